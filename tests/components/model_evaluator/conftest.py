"""Examples and models for the Evaluators, made once for the whole folder."""

import pytest

from tests.support.components import tiny
from tests.support.components.evaluated import Data


@pytest.fixture(scope="package")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    pixels, labels, weights = tiny.images()
    weights[:, 2] = 0  # few emus are found, far fewer than the gate on all
    return Data(
        pixels=pixels,
        labels=labels,
        weights=weights,
        examples=tiny.examples_artifact(root / "examples", pixels, labels),
        classifier=tiny.model_artifact(root / "c", tiny.Classifier(weights)),
        autoencoder=tiny.model_artifact(root / "a", tiny.Autoencoder(16)),
    )
