"""`run_fn`: what is trained on, what sets the temperature, what is exported."""

import dataclasses
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from modules import examples
from modules.autoencoder.export import export_autoencoder
from modules.autoencoder.network import build_autoencoder
from modules.classifier import calibration, fitting, trainer
from modules.classifier.export import CLASSIFIER_FILE
from modules.classifier.network import build_classifier
from modules.common.errors import UserError
from modules.export.metadata import extra_assets, read
from modules.hparams import AutoencoderParams, ClassifierParams
from tests.support.modules import rows
from tests.support.modules.exported import description_of

NAMES = ["cat", "dog"]
COUNT, SAMPLED, HOLDOUT = 60, 40, 20
PARAMS = ClassifierParams(widths=(4,), calibration_share=0.5)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Transformed examples of two classes in turns, and an autoencoder."""
    directory = tmp_path_factory.mktemp("inputs")
    pixels = np.random.default_rng(0).integers(
        0, 256, (COUNT, 32, 32, 3), np.uint8
    )
    with tf.io.TFRecordWriter(str(directory / "rows.gz"), "GZIP") as writer:
        for index in range(COUNT):
            writer.write(
                rows.row(
                    pixels[index],
                    index % 2,
                    sampled=index < SAMPLED,
                    holdout=index < HOLDOUT,
                )
            )
    _, encoder, decoder = build_autoencoder(AutoencoderParams(), 32)
    export_autoencoder(
        encoder, decoder, str(directory / "base"), description_of(NAMES)
    )
    return directory


@pytest.fixture
def run(inputs, tmp_path, monkeypatch):
    """Runs `run_fn` without training; returns what it would train on."""
    given = {}

    def watched(pixels, labels, encoder, params, *, num_classes, seed, **_):
        given.update(pixels=pixels, labels=labels)
        return build_classifier(encoder, params, num_classes, seed)

    def run(params=PARAMS, train=watched):
        monkeypatch.setattr(trainer, "train", train)
        trainer.run_fn(
            types.SimpleNamespace(
                base_model=str(inputs / "base"),
                train_files=[str(inputs / "rows.gz")],
                model_run_dir=str(tmp_path / "model_run"),
                hyperparameters={"values": {}},
                serving_model_dir=str(tmp_path / "model"),
                custom_config={
                    "hparams": params.to_dict(),
                    "seed": 0,
                    "image_size": 32,
                    "metadata": description_of(NAMES).to_dict(),
                    "code_digest": "",
                },
            )
        )
        return given

    return run


def test_calibration_images_are_sampled_but_not_trained_on(run, inputs):
    given = run()

    images = examples.load_split([str(inputs / "rows.gz")], 32)
    kept_out = calibration.calibration_rows(images.labels, images.holdout, 0.5)
    trained = {p.tobytes() for p in given["pixels"]}
    sampled = {p.tobytes() for p in images.pixels[images.sampled]}
    assert kept_out.sum() == HOLDOUT // 2
    assert sampled - trained == {p.tobytes() for p in images.pixels[kept_out]}
    assert trained <= sampled
    assert np.bincount(given["labels"]).tolist() == [15, 15]


def test_the_temperature_is_that_of_the_images_kept_out(run, inputs, tmp_path):
    run()

    images = examples.load_split([str(inputs / "rows.gz")], 32)
    kept_out = calibration.calibration_rows(images.labels, images.holdout, 0.5)
    native = keras.saving.load_model(
        extra_assets(str(tmp_path / "model")) / CLASSIFIER_FILE
    )
    expected = calibration.calibrate(
        native, images.pixels[kept_out], images.labels[kept_out], "flip"
    )
    actual = read(tmp_path / "model").temperature
    assert actual == pytest.approx(expected, rel=1e-3)
    assert actual != 1


def test_without_a_share_all_sampled_images_are_trained_on(run, tmp_path):
    given = run(ClassifierParams(widths=(4,), calibration_share=0))

    assert len(given["labels"]) == SAMPLED
    assert read(tmp_path / "model").temperature == 1


def test_only_sampled_images_are_read(run, monkeypatch):
    splits = []

    def load_split(*arguments, **options):
        splits.append(load(*arguments, **options))
        return splits[-1]

    load = examples.load_split
    monkeypatch.setattr(trainer.examples, "load_split", load_split)
    run()
    (split,) = splits
    assert split.sampled.all()
    assert len(split) == SAMPLED


def test_a_run_that_diverges_blames_the_classifier(run):
    params = dataclasses.replace(
        PARAMS, epochs=2, batch_size=10, learning_rate=1e30
    )
    with pytest.raises(UserError, match=r"the classifier's loss is (nan|inf)"):
        run(params, train=fitting.train)
