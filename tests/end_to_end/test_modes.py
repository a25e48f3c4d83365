"""Whatever becomes of the encoder, what is exported serves as it was trained.

The pipeline's own end-to-end tests have the presets' frozen encoder; here both
Trainers' `run_fn` and ServingCheck, on a few images of random pixels.
"""

import types

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.serving_check import predict_requests
from components.serving_check.executor import EXAMPLES, Executor
from components.serving_check.report import read_problems
from modules.autoencoder import trainer as autoencoder_trainer
from modules.classifier import trainer as classifier_trainer
from modules.hparams import AutoencoderParams, ClassifierParams
from tests.support.modules import exported, rows

BOTTLENECK = AutoencoderParams(
    architecture="bottleneck", widths=(4, 6), hidden_channels=8, epochs=1
)
WHITENING = AutoencoderParams(epochs=1)
SMALL = {"widths": (8,), "epochs": 1, "calibration_share": 0.5}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Transformed examples for the Trainers, and test examples to ask."""
    folder = tmp_path_factory.mktemp("data")
    pixels = exported.noise(120)
    with tf.io.TFRecordWriter(str(folder / "rows.gz"), "GZIP") as writer:
        for index, image in enumerate(pixels):
            writer.write(
                rows.row(image, index % 10, sampled=True, holdout=index < 40)
            )
    (folder / "Split-test").mkdir()
    path = str(folder / "Split-test" / "data-0")
    with tf.io.TFRecordWriter(path) as writer:
        for image in exported.noise(EXAMPLES, seed=1):
            writer.write(predict_requests.example(exported.encoded(image)))
    return folder


def train(module, data, params, model, base=None):
    """Runs a Trainer's `run_fn`; its model is written to `model`."""
    module.run_fn(
        types.SimpleNamespace(
            base_model=base,
            train_files=[str(data / "rows.gz")],
            model_run_dir=f"{model}-run",
            hyperparameters={"values": {}},
            serving_model_dir=model,
            custom_config={
                "hparams": params.to_dict(),
                "seed": 0,
                "code_digest": "c",
                "image_size": exported.SIZE,
                "metadata": {
                    "class_names": exported.NAMES,
                    "capped_classes": [],
                    "image_size": exported.SIZE,
                    "lineage": {"model_digest": "digest"},
                },
            },
        )
    )


@pytest.mark.parametrize(
    ("autoencoder", "classifier", "stays"),
    [
        (BOTTLENECK, {"encoder": "fine_tuned", "frozen_blocks": 1}, True),
        (WHITENING, {"encoder": "joint", "reconstruction_weight": 0.5}, False),
        (WHITENING, {"encoder": "random", "data_on_device": True}, True),
        (BOTTLENECK, {"head": "dense"}, True),
        (
            WHITENING,
            {
                "encoder": "fine_tuned",
                "initial_crop": 3 * exported.SIZE // 4,
                "initial_share": 0.5,
            },
            True,
        ),
    ],
    ids=["fine_tuned", "joint", "random", "dense", "crops"],
)
def test_what_is_exported_serves_as_it_was_trained(
    data, tmp_path, autoencoder, classifier, stays
):
    """And nodes 2 and 3 are the autoencoder's own if the encoder `stays`."""
    base = str(tmp_path / "base")
    train(autoencoder_trainer, data, autoencoder, base)
    model = standard_artifacts.Model()
    model.uri = str(tmp_path / "model")
    train(
        classifier_trainer,
        data,
        ClassifierParams(**{**SMALL, **classifier}),
        path_utils.serving_model_dir(model.uri),
        base,
    )
    examples = standard_artifacts.Examples()
    examples.uri = str(data)
    blessing = standard_artifacts.InfraBlessing()
    blessing.uri = str(tmp_path / "blessing")
    Executor().Do(
        {"model": [model], "examples": [examples]},
        {"blessing": [blessing]},
        {},
    )
    assert read_problems(blessing.uri) == ()
    assert blessing.get_int_custom_property("blessed") == 1
    served = tf.saved_model.load(path_utils.serving_model_dir(model.uri))
    trained = tf.saved_model.load(base)
    images = tf.constant(exported.noise(4, seed=2))
    for ours, theirs, output in (
        ("embed", "encode", "embedding"),
        ("reconstruct", "reconstruct", "reconstruction"),
    ):
        found = served.signatures[ours](pixels=images)[output]
        before = trained.signatures[theirs](pixels=images)[output]
        as_before = np.allclose(found, before, rtol=0, atol=1e-5)
        assert as_before == stays, output
