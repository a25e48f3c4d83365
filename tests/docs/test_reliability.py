"""The tests that docs/RELIABILITY.md names are there."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
TESTS = REPOSITORY / "tests"
TEXT = (REPOSITORY / "docs" / "RELIABILITY.md").read_text()


def test_every_file_that_is_named_exists():
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", TEXT))
    assert len(named) > 20
    assert [
        name
        for name in sorted(named)
        if not any((top / name).is_file() for top in (REPOSITORY, TESTS))
    ] == []
