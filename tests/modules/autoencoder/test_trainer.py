"""The autoencoder's training: its augmentation, and whom it reports to."""

import dataclasses

import keras

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
