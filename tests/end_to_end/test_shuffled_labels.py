"""Shuffled labels change no statistic of the data: the accuracy tells."""

import types

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from modules.classifier import trainer
from modules.evaluation import configs, evaluations
from modules.examples import load_split
from modules.export import metadata
from pipeline.request import Choices, configure
from tests.support.components import evaluated
from tests.support.modules import rows

CONFIG = configure(Choices(preset="smoke"), sample=True)
SIZE = CONFIG.dataset.image_size


def output(root, node, key):
    """The directory of a component's output in a root with one run."""
    (directory,) = (root / "artifacts" / node / key).iterdir()
    return directory


@pytest.fixture(scope="module")
def shuffled(first_run, tmp_path_factory):
    """The run's training images under each other's labels."""
    root = first_run[0] / "root"
    train = output(root, "Transform", "transformed_examples") / "Split-train"
    images = load_split([f"{train}/*"], SIZE, sampled_only=True)
    file = tmp_path_factory.mktemp("shuffled") / "rows.gz"
    labels = np.random.default_rng(0).permutation(images.labels)
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        for pixels, label in zip(images.pixels, labels, strict=True):
            writer.write(rows.row(pixels, label, sampled=True, holdout=False))
    return file


def artifact(kind, directory):
    made = kind()
    made.uri = str(directory)
    return made


def test_a_model_of_shuffled_labels_is_not_blessed(
    first_run, shuffled, tmp_path
):
    """The same training on the right labels was: that run pushed its model."""
    root = first_run[0] / "root"
    (pushed,) = (root / "serving" / "cifar10_sample").iterdir()
    base = output(root, "AutoencoderTrainer", "model")
    model = artifact(standard_artifacts.Model, tmp_path / "model")
    trainer.run_fn(
        types.SimpleNamespace(
            base_model=path_utils.serving_model_dir(str(base)),
            train_files=[str(shuffled)],
            model_run_dir=str(tmp_path / "model_run"),
            hyperparameters={"values": {}},
            serving_model_dir=path_utils.serving_model_dir(model.uri),
            custom_config={
                "hparams": CONFIG.classifier.to_dict(),
                "seed": 0,
                "image_size": SIZE,
                "metadata": metadata.read(pushed).to_dict(),
                "code_digest": "",
            },
        )
    )
    examples = artifact(
        standard_artifacts.Examples,
        output(root, "ImageExampleGen", "examples"),
    )
    examples.split_names = '["train", "test"]'
    names, gates = CONFIG.dataset.class_names, CONFIG.gates
    evaluation, blessing = evaluated.evaluate(
        tmp_path,
        types.SimpleNamespace(examples=examples),
        model,
        configs.classifier_eval_config(
            names,
            min_accuracy=gates.min_accuracy,
            min_recall=gates.min_recall,
            max_accuracy_drop=gates.max_accuracy_drop,
        ),
    )
    assert blessing.get_int_custom_property("blessed") == 0
    refusals = evaluations.load(evaluation.uri, names).refusals
    assert any("that the labels belong to the images" in r for r in refusals)
