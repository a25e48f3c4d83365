"""The two studies: what they train on, and what they are judged by."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from modules import examples
from modules.autoencoder import trainer as autoencoder_trainer
from modules.autoencoder import tuner as autoencoder_tuner
from modules.classifier import trainer as classifier_trainer
from modules.classifier import tuner as classifier_tuner
from modules.common.errors import UserError
from modules.hparams import AutoencoderParams, ClassifierParams
from modules.tuning.study import Inputs
from tests.support.modules.exported import description_of

TUNERS = {
    autoencoder_tuner: AutoencoderParams,
    classifier_tuner: ClassifierParams,
}
TRAINERS = {
    autoencoder_trainer: AutoencoderParams,
    classifier_trainer: ClassifierParams,
}


def images(sampled=40, holdout=10, count=60):
    number = np.arange(count)
    pixels = np.zeros((count, 4, 4, 3), np.uint8)
    pixels[:] = number[:, None, None, None]
    return examples.ImageSplit(
        pixels=pixels,
        labels=number % 2,
        sampled=number < sampled,
        holdout=number < holdout,
    )


@pytest.fixture
def study_of(monkeypatch):
    """A tuner module's study of `data`, and what its trials are trained on."""
    seen = []

    def make(tuner, data, base_model="autoencoder"):
        monkeypatch.setattr(examples, "load_split", lambda *_, **__: data)
        if tuner is classifier_tuner:
            monkeypatch.setattr(
                tuner, "load_encoder_decoder", lambda _: (None, None)
            )
        monkeypatch.setattr(
            tuner, "train", lambda *arrays, **_: seen.append(arrays)
        )
        config = {"hparams": TUNERS[tuner]().to_dict(), "seed": 0}
        config |= {"image_size": 4, "num_classes": 2}
        return tuner.study(Inputs([], base_model, config)), seen

    return make


@pytest.mark.parametrize("tuner", TUNERS)
def test_a_trial_trains_on_what_is_sampled_and_not_held_out(study_of, tuner):
    study, seen = study_of(tuner, images())
    study.train(study.params, Path(), [])
    ((pixels, *_),) = seen
    assert sorted(set(pixels.ravel())) == list(range(10, 40))
    assert study.holdout_images == 10


@pytest.mark.parametrize("tuner", TUNERS)
def test_it_is_judged_by_the_holdout(study_of, tuner):
    study, _ = study_of(tuner, images())
    judged = []

    def predict(pixels):
        judged.extend(pixels[:, 0, 0, 0])
        if tuner is classifier_tuner:
            return np.tile([1.0, 0.0], (len(pixels), 1))
        return pixels / 255 + 0.5

    found = study.contributions(SimpleNamespace(predict_on_batch=predict))
    assert found.shape == study.weights.shape == (10,)
    score = study.weights @ found
    assert judged == list(range(10))
    expected = 0.5 if tuner is classifier_tuner else 0.25
    assert score == pytest.approx(expected)


@pytest.mark.parametrize("tuner", TUNERS)
@pytest.mark.parametrize("counts", [(40, 0), (10, 10)])
def test_without_images_on_both_sides_there_is_no_search(
    study_of, tuner, counts
):
    with pytest.raises(UserError, match="a search needs both"):
        study_of(tuner, images(*counts))


def test_without_an_autoencoder_there_is_no_search(study_of):
    with pytest.raises(UserError, match="base_model"):
        study_of(classifier_tuner, images(), base_model=None)


class Taken(Exception):
    """Ends a training that has got its values."""


@pytest.mark.parametrize("trainer", TRAINERS)
def test_a_trainer_takes_the_values_of_its_tuner(monkeypatch, trainer):
    taken = []

    def train(*arrays, **_):
        (params,) = (a for a in arrays if isinstance(a, TRAINERS[trainer]))
        taken.append(params)
        raise Taken

    monkeypatch.setattr(examples, "load_split", lambda *_, **__: images())
    monkeypatch.setattr(trainer, "train", train)
    if trainer is classifier_trainer:
        monkeypatch.setattr(
            trainer, "load_encoder_decoder", lambda _: (None, None)
        )
    known = TRAINERS[trainer](epochs=7)
    with pytest.raises(Taken):
        trainer.run_fn(
            SimpleNamespace(
                train_files=[],
                base_model="autoencoder",
                model_run_dir="",
                hyperparameters={
                    "space": [],
                    "values": {"learning_rate": 0.02},
                },
                custom_config={
                    "hparams": known.to_dict(),
                    "seed": 0,
                    "image_size": 4,
                    "metadata": description_of(["a", "b"]).to_dict(),
                    "code_digest": "",
                },
            )
        )
    (params,) = taken
    assert params == TRAINERS[trainer](epochs=7, learning_rate=0.02)
