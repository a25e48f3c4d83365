"""The process that serves the model knows nothing of the project."""

import pytest

from components.serving_check.probe import NotHere


def test_nothing_of_the_project_is_at_hand_in_the_process():
    with pytest.raises(ModuleNotFoundError):
        NotHere.find_spec("modules.layers")
    assert NotHere.find_spec("numpy") is None
