"""The autoencoder's training: its augmentation, and whom it reports to."""

import dataclasses

import keras
import numpy as np
import pytest

from modules.autoencoder.trainer import train
from tests.support.modules.bottleneck import BOTTLENECK, PIXELS, moved


def test_an_augmented_autoencoder_learns_other_weights():
    plain, augmented = (
        train(
            PIXELS,
            dataclasses.replace(BOTTLENECK, augment=augment, epochs=1),
            seed=0,
            model_run_dir=None,
        )[0]
        for augment in (False, True)
    )
    assert moved(plain, augmented)


def test_callbacks_are_heard():
    seen = []
    record = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(logs)
    )
    train(
        PIXELS,
        dataclasses.replace(BOTTLENECK, epochs=1),
        seed=0,
        model_run_dir=None,
        extra_callbacks=[record],
    )
    (logs,) = seen
    assert "loss" in logs
    assert "accuracy" not in logs


@pytest.mark.parametrize(
    "corruption",
    [
        {"corruption": "noise", "corruption_strength": 0.3},
        {"corruption": "masking", "corruption_strength": 0.5},
    ],
    ids=["noise", "masking"],
)
def test_the_clean_image_is_the_target(corruption):
    """A decoder of constants learns the mean of the clean images."""
    pixels = np.zeros_like(PIXELS)
    pixels[:, :8] = 200
    encoder, decoder = train(
        pixels,
        dataclasses.replace(
            BOTTLENECK,
            **corruption,
            epochs=60,
            batch_size=len(pixels),
            learning_rate=0.02,
        ),
        seed=0,
        model_run_dir=None,
    )
    restored = decoder(encoder(pixels))
    error = float(np.square(restored - pixels / 255.0).mean())
    blank = float(np.square(pixels / 255.0 - pixels.mean() / 255).mean())
    assert error < 0.3 * blank


def test_a_stacked_autoencoder_leaves_its_whitening_layer_alone():
    before, after = (
        train(
            PIXELS,
            dataclasses.replace(
                BOTTLENECK, architecture="stacked", epochs=epochs
            ),
            seed=0,
            model_run_dir=None,
        )[0]
        for epochs in (1, 2)
    )
    changed = moved(before, after)
    assert "block_0_whitening" not in changed
    assert {"block_1_convolution", "node_2_convolution"} <= changed
