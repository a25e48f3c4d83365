"""The files of predictions: what is read is what was written, or nothing."""

import numpy as np
import pytest

from modules.common.errors import UserError
from modules.evaluation import prediction_files
from tests.support.components import inputs

LABELS = np.array([2, 0, 1, 0, 2])
PROBABILITIES = np.random.default_rng(0).dirichlet([1, 1, 1], 5).astype("f4")


@pytest.fixture
def directory(tmp_path):
    inputs.write_predictions(tmp_path, LABELS, PROBABILITIES)
    return tmp_path


def test_rows_are_in_order_of_their_keys(directory):
    found = prediction_files.read(str(directory), expected=5)

    assert found.names == [f"test:{i:05d}" for i in range(5)]
    np.testing.assert_array_equal(found.labels, LABELS)
    np.testing.assert_array_equal(found.probabilities, PROBABILITIES)
    np.testing.assert_array_equal(found.predicted, PROBABILITIES.argmax(1))
    np.testing.assert_array_equal(found.confidence, PROBABILITIES.max(1))


def test_a_lost_file_is_an_error(directory):
    next(directory.glob("predictions-00001*")).unlink()
    with pytest.raises(UserError, match=r"3 predictions, expected .* 5 test"):
        prediction_files.read(str(directory), expected=5)


def test_a_file_that_ends_too_soon_is_an_error(directory):
    file = next(directory.glob("predictions-00001*"))
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(UserError, match="is damaged"):
        prediction_files.read(str(directory), expected=5)


def test_an_evaluation_without_predictions_is_an_error(tmp_path):
    with pytest.raises(UserError, match="contains 0 predictions"):
        prediction_files.read(str(tmp_path), expected=5)
