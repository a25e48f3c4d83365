"""An exported classifier that outlives every request."""

import numpy as np
import pytest

from components.serving_check.probe import Model
from tests.support.modules import exported
from tests.support.modules.asked import PNGS, ask


@pytest.fixture(scope="package")
def model(tmp_path_factory):
    directory = tmp_path_factory.mktemp("models") / "classifier"
    exported.classifier(directory)
    return Model(str(directory))


@pytest.fixture
def _alive(model):
    """After each test, a normal request is answered."""
    before = ask(model, "serving_bytes", PNGS)
    yield
    after = ask(model, "serving_bytes", PNGS)
    np.testing.assert_array_equal(before, after)
