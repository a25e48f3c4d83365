"""A training that was killed is resumed, and computes the same, bit for bit."""

import dataclasses
import os

import keras
import numpy as np
import pytest

from modules.autoencoder import trainer as autoencoder_trainer
from modules.autoencoder.network import build_autoencoder
from modules.classifier import fitting
from modules.common.errors import UserError
from modules.hparams import AutoencoderParams, ClassifierParams
from modules.training.callbacks import RequireFinite
from modules.training.curves import Curves
from modules.training.resume import Checkpoints
from tests.support.modules.stored import stored

SIZE, COUNT, CLASSES = 8, 24, 3
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (COUNT, SIZE, SIZE, 3), np.uint8)
LABELS = RNG.integers(0, CLASSES, COUNT)
AUTOENCODER = AutoencoderParams(
    widths=(4, 4),
    hidden_channels=4,
    epochs=3,
    batch_size=6,
    augment=True,
)
STEPS = COUNT // AUTOENCODER.batch_size


class Killed(BaseException):
    """Ends a training as nothing in it expects."""


class KillAfter(keras.callbacks.Callback):
    """Ends the training after so many steps; counts them."""

    def __init__(self, steps=0):
        super().__init__()
        self.steps = steps
        self.done = 0

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        if self.done == self.steps:
            raise Killed


def train_autoencoder(
    directory, watching, checkpoints, *, pixels=PIXELS, **changes
):
    encoder, decoder = autoencoder_trainer.train(
        pixels,
        dataclasses.replace(AUTOENCODER, **changes),
        seed=3,
        model_run_dir=str(directory),
        extra_callbacks=[watching],
        checkpoints=checkpoints,
    )
    return [*encoder.get_weights(), *decoder.get_weights()]


def train_classifier(
    directory, watching, checkpoints, *, pixels=PIXELS, **changes
):
    keras.utils.set_random_seed(1)
    _, encoder, decoder = build_autoencoder(AUTOENCODER, SIZE)
    params = {
        "widths": (6,),
        "epochs": 2.5,
        "batch_size": 6,
        "crop_padding": 1,
        "lookahead": True,
        **changes,
    }
    classifier = fitting.train(
        pixels,
        LABELS,
        encoder,
        ClassifierParams(**params),
        num_classes=CLASSES,
        seed=3,
        model_run_dir=str(directory),
        decoder=decoder,
        extra_callbacks=[watching],
        holdout=(PIXELS[:5], LABELS[:5]),
        checkpoints=checkpoints,
    )
    return [*classifier.get_weights(), *decoder.get_weights()]


TRAININGS = {
    "autoencoder": train_autoencoder,
    "denoising autoencoder": lambda *a: train_autoencoder(
        *a, corruption="noise", corruption_strength=0.2
    ),
    "masked autoencoder": lambda *a: train_autoencoder(
        *a,
        architecture="stacked",
        corruption="masking",
        corruption_strength=0.5,
    ),
    "classifier": lambda *a: train_classifier(
        *a, precision="mixed_bfloat16", imbalance="oversampling"
    ),
    "classifier, fused": lambda *a: train_classifier(
        *a,
        precision="bfloat16_convolutions",
        normalization="fused",
        activation="relu",
    ),
    "classifier, in a bank": lambda *a: train_classifier(
        *a, data_on_device=True
    ),
    "autoencoder, from a file": lambda run, watching, kept: train_autoencoder(
        run, watching, kept, pixels=stored(PIXELS)
    ),
    "classifier, from a file": lambda run, watching, kept: train_classifier(
        run, watching, kept, pixels=stored(PIXELS), cutout=3
    ),
}


def kill(train, directory, steps):
    """A training that is killed; it leaves the checkpoints in `directory`."""
    with pytest.raises(Killed):
        train(
            directory / "killed",
            KillAfter(steps),
            Checkpoints(str(directory / "kept")),
        )


@pytest.mark.parametrize("name", TRAININGS)
def test_what_a_resumed_training_computes_is_the_same(name, tmp_path):
    train = TRAININGS[name]
    whole = KillAfter()
    expected = train(tmp_path / "whole", whole, Checkpoints(None))

    kill(train, tmp_path, STEPS + 1)
    resumed = KillAfter()
    checkpoints = Checkpoints(str(tmp_path / "kept"))
    found = train(tmp_path / "resumed", resumed, checkpoints)

    assert resumed.done == whole.done - STEPS
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_array_equal(a, b)
    assert Curves.read(tmp_path / "resumed") == Curves.read(tmp_path / "whole")
    checkpoints.remove()
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    "train",
    [
        train_autoencoder,
        lambda *a, **k: train_classifier(*a, cutout=3, encoder="joint", **k),
        # On the device in memory; a file is not put there.
        lambda *a, **k: train_classifier(*a, data_on_device=True, **k),
    ],
    ids=["autoencoder", "classifier", "classifier, in a bank"],
)
def test_a_training_from_a_file_computes_what_one_from_memory_does(
    train, tmp_path
):
    from_memory, from_file = (
        train(tmp_path / "run", KillAfter(), Checkpoints(None), pixels=pixels)
        for pixels in (PIXELS, stored(PIXELS))
    )
    for a, b in zip(from_memory, from_file, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_training_of_something_else_starts_from_the_start(tmp_path):
    kill(train_autoencoder, tmp_path, STEPS + 1)
    other = Checkpoints(str(tmp_path / "kept"), "edited code")
    watching = KillAfter()
    train_autoencoder(tmp_path / "other", watching, other)
    assert watching.done == 3 * STEPS


@pytest.mark.parametrize(
    "content", [b"garbage" * 99, None], ids=["garbage", "half"]
)
def test_a_damaged_checkpoint_is_not_used(tmp_path, content):
    kill(train_autoencoder, tmp_path, STEPS + 1)
    (file,) = (tmp_path / "kept").iterdir()
    half = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(half if content is None else content)
    watching = KillAfter()
    train_autoencoder(
        tmp_path / "again", watching, Checkpoints(str(tmp_path / "kept"))
    )
    assert watching.done == 3 * STEPS


def test_a_checkpoint_that_cannot_be_written_ends_no_training(
    tmp_path, monkeypatch
):
    def full(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    checkpoints = Checkpoints(str(tmp_path / "kept"))
    train_autoencoder(tmp_path / "run", KillAfter(), checkpoints)
    assert os.listdir(tmp_path / "kept") == []


def test_a_training_that_diverges_is_named(tmp_path):
    with pytest.raises(UserError, match="the autoencoder's loss is nan after"):
        autoencoder_trainer.train(
            PIXELS,
            AutoencoderParams(
                widths=(4, 4),
                hidden_channels=4,
                epochs=2,
                batch_size=6,
                learning_rate=1e30,
            ),
            seed=0,
            model_run_dir=None,
            extra_callbacks=[RequireFinite("autoencoder")],
        )
