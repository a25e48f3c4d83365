"""A serving directory to look for a baseline in."""

import pytest

from tests.support.components.pushed import add


@pytest.fixture
def serving(tmp_path):
    """Versions 8, 9 and 10, the last two of the same model."""
    directory = tmp_path / "serving"
    for version, digest in (("8", "old"), ("9", "new"), ("10", "new")):
        add(directory, version, digest)
    return directory
