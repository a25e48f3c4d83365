"""A bank's batches are those of tf.data, and so is what is learned."""

import keras
import numpy as np
import pytest

from modules.autoencoder.network import build_autoencoder
from modules.classifier.fitting import train
from modules.hparams import AutoencoderParams, ClassifierParams
from modules.training.bank import from_bank, image_bank
from modules.training.batches import Augmentation, training_batches

COUNT, SIZE = 12, 8
PIXELS = np.random.default_rng(0).integers(
    0, 256, (COUNT, SIZE, SIZE, 3), np.uint8
)
LABELS = np.arange(COUNT) % 3


def all_batches(augmentation, *, in_bank):
    dataset, _ = training_batches(
        PIXELS,
        LABELS,
        batch_size=4,
        epochs=2,
        seed=0,
        augmentation=augmentation,
        in_bank=in_bank,
    )
    return list(dataset)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize(
    "augmentation",
    [
        Augmentation(),
        Augmentation(crop_padding=2, flip=True, cutout=3),
        Augmentation(cutout=3, initial_crop=5, initial_share=0.5),
    ],
    ids=["plain", "augmented", "crops"],
)
def test_a_bank_makes_the_batches_of_the_dataset(augmentation, jit):
    bank = image_bank(PIXELS, augmentation)
    side = None if augmentation.initial_crop else SIZE
    images = keras.Input((side, side, 3), dtype="uint8")
    model = from_bank(keras.Model(images, images), bank)
    model.compile(jit_compile=jit)
    pairs = zip(
        all_batches(augmentation, in_bank=True),
        all_batches(augmentation, in_bank=False),
        strict=True,
    )
    for (where, labels), (pixels, expected_labels) in pairs:
        np.testing.assert_array_equal(labels, expected_labels)
        np.testing.assert_array_equal(model.predict_on_batch(where), pixels)


@pytest.mark.parametrize("imbalance", ["none", "class_weights"])
def test_training_from_a_bank_learns_the_same(imbalance):
    _, encoder, _ = build_autoencoder(AutoencoderParams(), SIZE)
    weights = [
        train(
            PIXELS,
            LABELS,
            encoder,
            ClassifierParams(
                widths=(6,),
                epochs=2,
                batch_size=4,
                cutout=2,
                imbalance=imbalance,
                lookahead=True,
                data_on_device=on_device,
            ),
            num_classes=3,
            seed=0,
            model_run_dir=None,
        ).get_weights()
        for on_device in (True, False)
    ]
    for banked, plain in zip(*weights, strict=True):
        np.testing.assert_allclose(banked, plain, rtol=1e-4, atol=1e-6)


def test_the_checkpoint_is_the_classifier_s_without_the_images(tmp_path):
    _, encoder, _ = build_autoencoder(AutoencoderParams(), SIZE)
    classifier = train(
        PIXELS,
        LABELS,
        encoder,
        ClassifierParams(
            widths=(6,), epochs=1, batch_size=4, data_on_device=True
        ),
        num_classes=3,
        seed=0,
        model_run_dir=str(tmp_path),
    )
    trained = classifier.get_weights()
    for weight in classifier.weights:
        weight.assign(np.zeros(weight.shape))
    classifier.load_weights(tmp_path / "checkpoints" / "last.weights.h5")
    for expected, loaded in zip(trained, classifier.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, loaded)
