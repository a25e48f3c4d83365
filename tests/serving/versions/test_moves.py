"""Forward is promote, back is rollback."""

import pytest

from modules.common.errors import UserError
from serving.versions import labels, moves
from tests.support.serving.fixtures import pushed


@pytest.fixture
def root(tmp_path):
    for version in (100, 200):
        pushed(tmp_path / "cifar10" / str(version))
    return tmp_path


def at_once(*_):
    """Servers that have loaded what they are told to."""


def test_a_version_finds_its_model(root):
    pushed(root / "other" / "100")
    assert moves.model_of(root, 200) == "cifar10"
    with pytest.raises(UserError, match=r"cifar10 and other .*--model-name"):
        moves.model_of(root, 100)
    with pytest.raises(UserError, match=r"no model .* version 5"):
        moves.model_of(root, 5)


def test_promotion_goes_forward_and_rollback_back(root):
    labels.complete(root)
    pushed(root / "cifar10" / "300")
    moves.label(root, "cifar10", 300, "canary", at_once)
    moves.promote(root, "cifar10", None, at_once)
    assert labels.read(root)["cifar10"] == {
        "stable": 300,
        "canary": 300,
        "previous": 200,
    }
    with pytest.raises(UserError, match="300 of cifar10 is stable already"):
        moves.promote(root, "cifar10", None, at_once)
    with pytest.raises(UserError, match=r"older .*cifar10 rollback 100"):
        moves.promote(root, "cifar10", 100, at_once)
    moves.rollback(root, "cifar10", None, at_once)
    assert labels.read(root)["cifar10"] == {
        "stable": 200,
        "canary": 200,
        "previous": 300,
    }
    with pytest.raises(UserError, match=r"not older .*cifar10 promote 300"):
        moves.rollback(root, "cifar10", None, at_once)


def test_going_back_to_what_is_still_loaded_tells_servers_nothing(root):
    labels.complete(root)
    pushed(root / "cifar10" / "300")
    moves.promote(root, "cifar10", 300, at_once)
    told = []
    moves.rollback(root, "cifar10", None, lambda *asked: told.append(asked))
    assert told == [("cifar10", 200, False)]


def test_a_rollback_from_nothing_is_one_line(root):
    with pytest.raises(UserError, match="cifar10 label VERSION stable"):
        moves.rollback(root, "cifar10", None, at_once)
