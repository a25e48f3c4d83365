"""Counted operations against counts by hand."""

import keras
import pytest
from keras import layers

from modules import flops
from modules.autoencoder.network import build_autoencoder
from modules.classifier.network import build_classifier, prepare_encoder
from modules.hparams import AutoencoderParams, ClassifierParams

# 8x8 positions, 3x3 taps, 3 channels to 5; stride 2 leaves 4x4, 5 to 7.
FIRST = 2 * 64 * 9 * 3 * 5
SECOND = 2 * 16 * 9 * 5 * 7
LAST = 2 * 7 * 10


def model():
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(5, 3, padding="same", name="first")(image)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.Conv2D(7, 3, strides=2, padding="same", name="second")(x)
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(image, layers.Dense(10)(x))


def test_an_answer_is_two_operations_a_tap():
    assert flops.count(model()).forward == FIRST + SECOND + LAST


def test_training_spares_the_gradient_of_the_image():
    expected = 2 * FIRST + 3 * SECOND + 3 * LAST
    assert flops.count(model()).training == expected


def test_a_frozen_front_costs_only_its_answer():
    frozen = model()
    for layer in frozen.layers[:-1]:
        layer.trainable = False
    assert flops.count(frozen).training == FIRST + SECOND + 2 * LAST


def test_a_frozen_layer_behind_a_trained_one_passes_the_gradient_on():
    frozen = model()
    frozen.get_layer("second").trainable = False
    expected = 2 * FIRST + 2 * SECOND + 3 * LAST
    assert flops.count(frozen).training == expected


def test_nested_models_are_counted_where_they_stand():
    inner = model()
    image = keras.Input((8, 8, 3))
    assert flops.count(keras.Model(image, inner(image))) == flops.count(inner)


@pytest.mark.parametrize(
    ("mode", "encoder_factor", "first_factor"),
    [("frozen", 1, 2), ("fine_tuned", 2, 3), ("random", 2, 3)],
)
def test_the_encoder_costs_what_is_trained_of_it(
    mode, encoder_factor, first_factor
):
    params = ClassifierParams(encoder=mode, widths=(4,), depth=1)
    _, encoder, _ = build_autoencoder(AutoencoderParams(), 32)
    classifier = build_classifier(
        prepare_encoder(encoder, params), params, 10, seed=0
    )
    node_1 = 2 * 32 * 32 * (2 * 2 * 3) * 24
    first = 2 * 30 * 30 * (3 * 3 * 24) * 4
    last = 2 * 4 * 10
    assert flops.count(classifier) == flops.Cost(
        node_1 + first + last,
        encoder_factor * node_1 + first_factor * first + 3 * last,
    )


def test_a_transposed_convolution_is_counted_by_its_input():
    hidden = keras.Input((4, 4, 7))
    layer = layers.Conv2DTranspose(3, 2, 2, padding="same")
    model = keras.Model(hidden, layer(hidden))
    assert flops.count(model).forward == 2 * 16 * 4 * 7 * 3
