from pathlib import Path

import pytest

from modules.common.errors import UserError
from modules.common.home import expanded


def test_a_tilde_stands_for_the_home_directory(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert expanded("~/data") == expanded(Path("~/data"))
    assert expanded("~/data") == Path("/home/me/data")
    assert expanded("data/~x") == Path("data/~x")


@pytest.mark.parametrize("path", ["~no-such-user/data", "~no-such-user"])
def test_an_unknown_users_home_is_refused_in_one_line(path):
    with pytest.raises(UserError, match=r"begins with ~no-such-user, ") as said:
        expanded(path)
    assert "\n" not in str(said.value)
