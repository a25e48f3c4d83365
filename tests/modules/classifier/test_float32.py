"""What is exported computes in float32, whatever it was trained in."""

import dataclasses
import typing

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from modules import hparams
from modules.autoencoder.network import build_autoencoder
from modules.classifier.export import export_classifier
from modules.classifier.float32 import copy_by_path, in_float32
from modules.classifier.network import build_classifier
from modules.hparams import AutoencoderParams, ClassifierParams
from tests.support.modules.exported import description_of, noise

PIXELS = noise(5)
NAMES = [f"class {i}" for i in range(10)]


def trained(precision, normalization):
    """A classifier with weights as a training might leave them."""
    params = ClassifierParams(
        widths=(6, 8), precision=precision, normalization=normalization
    )
    _, encoder, decoder = build_autoencoder(AutoencoderParams(), 32)
    model = build_classifier(encoder, params, 10, seed=0)
    rng = np.random.default_rng(0)
    for weight in model.get_layer("head").weights:
        shape = weight.shape
        low, high = (0.5, 1.5) if "variance" in weight.path else (-0.5, 0.5)
        weight.assign(rng.uniform(low, high, shape))
    return model, params, encoder, decoder


def logits_in_float32(model, params, encoder):
    """Of a float32 model that was given the weights layer by layer."""
    exact = build_classifier(
        encoder, dataclasses.replace(params, precision="float32"), 10, seed=9
    )
    head = exact.get_layer("head")
    for layer in model.get_layer("head").layers:
        if layer.weights:
            head.get_layer(layer.name).set_weights(layer.get_weights())
    return exact(PIXELS).numpy()


@pytest.mark.parametrize("normalization", ["keras", "fused"])
@pytest.mark.parametrize(
    "precision", [p for p in typing.get_args(hparams.Precision) if p != "auto"]
)
def test_exported_probabilities_are_those_of_float32(
    precision, normalization, tmp_path
):
    model, params, encoder, decoder = trained(precision, normalization)
    served = in_float32(model, params, 10, seed=3)
    export_classifier(
        served, encoder, decoder, str(tmp_path), description_of(NAMES)
    )
    loaded = tf.saved_model.load(str(tmp_path))
    answer = loaded.signatures["serving_pixels"](pixels=tf.constant(PIXELS))
    exact = logits_in_float32(model, params, encoder)
    np.testing.assert_allclose(
        answer["probabilities"], special.softmax(exact, axis=1), atol=1e-5
    )
    if precision != "float32":
        rough = special.softmax(model(PIXELS).numpy(), axis=1)
        assert np.abs(rough - answer["probabilities"]).max() > 1e-5


def test_weights_go_by_their_paths_not_by_their_order():
    def model(*names):
        x = keras.Input((2,))
        return keras.Model(
            x, [keras.layers.Dense(2, name=name)(x) for name in names]
        )

    first, second = model("a", "b"), model("b", "a")
    copy_by_path(first, second)
    for name in "ab":
        np.testing.assert_array_equal(
            first.get_layer(name).kernel, second.get_layer(name).kernel
        )
    with pytest.raises(ValueError, match=r"a/kernel.*expected.*c/kernel"):
        copy_by_path(first, model("a", "c"))
