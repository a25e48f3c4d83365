"""The autoencoder's training: its images, augmentation, and reports."""

import dataclasses
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from modules.autoencoder import trainer
from modules.autoencoder.trainer import train
from modules.common.errors import UserError
from tests.support.modules import rows
from tests.support.modules.bottleneck import BOTTLENECK, PIXELS, SIZE, moved
from tests.support.modules.exported import description_of

SAMPLED = 8


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


@pytest.fixture
def run(tmp_path):
    """Runs `run_fn` on a file of `PIXELS`, of which the first are sampled."""
    file = str(tmp_path / "rows.gz")
    with tf.io.TFRecordWriter(file, "GZIP") as writer:
        for index, image in enumerate(PIXELS):
            writer.write(
                rows.row(image, 0, sampled=index < SAMPLED, holdout=False)
            )

    def run(**params):
        params = dataclasses.replace(BOTTLENECK, **{"epochs": 1} | params)
        trainer.run_fn(
            types.SimpleNamespace(
                train_files=[file],
                model_run_dir=str(tmp_path / "model_run"),
                hyperparameters={"values": {}},
                serving_model_dir=str(tmp_path / "model"),
                custom_config={
                    "hparams": params.to_dict(),
                    "seed": 0,
                    "image_size": SIZE,
                    "metadata": description_of(["cat"]).to_dict(),
                    "code_digest": "",
                },
            )
        )

    return run


def test_only_sampled_images_are_read_and_trained_on(run, monkeypatch):
    given, splits = {}, []

    def watched(pixels, *_, **__):
        given["pixels"] = pixels
        return None, None

    def load_split(*arguments, **options):
        splits.append(load(*arguments, **options))
        return splits[-1]

    load = trainer.examples.load_split
    monkeypatch.setattr(trainer, "train", watched)
    monkeypatch.setattr(trainer.examples, "load_split", load_split)
    monkeypatch.setattr(trainer, "export_autoencoder", lambda *_: None)
    run()
    assert {p.tobytes() for p in given["pixels"]} == {
        p.tobytes() for p in PIXELS[:SAMPLED]
    }
    (split,) = splits
    assert split.sampled.all()
    assert len(split) == SAMPLED


def test_a_run_that_diverges_blames_the_autoencoder(run):
    with pytest.raises(UserError, match=r"autoencoder's loss is (nan|inf)"):
        run(learning_rate=1e30, epochs=2)


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
