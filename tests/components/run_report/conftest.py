"""RunReport's inputs: a small model, images and two evaluations."""

import json

import pytest
import tensorflow as tf

from components.serving_check.report import CheckReport
from modules.evaluation.classification import score
from tests.support.components import inputs, made, tiny

MODEL_JSON = {
    "model_name": "tiny",
    "class_names": tiny.CLASS_NAMES,
    "capped_classes": tiny.CAPPED,
    "caps": {"cat": 9, "dog": 5, "emu": 9, "fox": 5},
    "image_size": 32,
    "lineage": {
        "model_digest": "m",
        "data_digest": "d",
        "seed": 3,
        "sample": False,
    },
}


class Classifier(tiny.Classifier):
    """`tiny.Classifier` with a second signature, in 16 levels."""

    @tf.function(
        input_signature=[tf.TensorSpec([None, *tiny.SHAPE], tf.uint8, "pixels")]
    )
    def reconstruct(self, pixels):
        coarse = tf.cast(pixels // 16 * 16, tf.float32)
        return {"reconstruction": coarse / 255}


@pytest.fixture(scope="package")
def images():
    return tiny.images(count=40)


@pytest.fixture(scope="package")
def probabilities(images):
    pixels, _, weights = images
    return tiny.probabilities(pixels, weights)


@pytest.fixture(scope="package")
def root(tmp_path_factory, images, probabilities):
    """The inputs, each in a directory of its name."""
    root = tmp_path_factory.mktemp("inputs")
    pixels, labels, weights = images
    tiny.examples_artifact(root / "examples", pixels, labels)
    saved_model = root / "model" / "Format-Serving"
    module = Classifier(weights)
    signatures = {"serving_default": module.serve}
    signatures["reconstruct"] = module.reconstruct
    tf.saved_model.save(module, str(saved_model), signatures=signatures)
    (saved_model / "assets.extra").mkdir()
    text = json.dumps(MODEL_JSON)
    (saved_model / "assets.extra" / "model.json").write_text(text)
    inputs.write_transformed(root / "transformed_examples", [9, 5, 8, 5])
    autoencoder, classifier = made.CURVES
    inputs.write_training(root, "autoencoder", {"batch_size": 100}, autoencoder)
    inputs.write_training(root, "classifier", {"momentum": 0.9}, classifier)
    inputs.write_classifier_evaluation(
        root / "classifier_evaluation", score(labels, probabilities)
    )
    inputs.write_predictions(
        root / "classifier_evaluation", labels, probabilities
    )
    inputs.write_autoencoder_evaluation(root / "autoencoder_evaluation")
    CheckReport(passed=(), problems=(), figures={}).write(
        root / "infra_blessing"
    )
    inputs.write_outcome(root / "pushed_model", str(root), {})
    inputs.write_profile(root / "data_profile", made.DATA.verdict)
    return root
