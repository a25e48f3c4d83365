"""Every file of the fuzzers' corpus, and a few seconds of fuzzing."""

import pytest

from tests.fuzz.__main__ import CORPUS, fuzz
from tests.fuzz.targets import TARGETS

FILES = [
    pytest.param(target, path, id=f"{target}/{path.name}")
    for target in TARGETS
    for path in sorted((CORPUS / target).iterdir())
]


@pytest.mark.parametrize(("target", "path"), FILES)
def test_the_corpus_is_read_or_refused_in_one_line(target, path):
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_a_few_seconds_of_fuzzing_find_nothing(target):
    assert fuzz(target, seconds=2, seed=15) > 10
