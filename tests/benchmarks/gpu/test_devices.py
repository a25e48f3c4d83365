"""Which backend the preset `gpu` is measured on."""

import json

import pytest

from benchmarks.gpu import devices
from modules.common.errors import UserError


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"tensorflow": ["A"], "jax": ["B"]}, ("tensorflow", "A")),
        ({"tensorflow": ["A", "A"], "jax": []}, ("tensorflow", "2 x A")),
        ({"tensorflow": [], "jax": ["B", "B"]}, ("jax", "B")),
    ],
)
@pytest.mark.parametrize("allow_cpu", [False, True])
def test_tensorflow_comes_first_and_uses_all(found, expected, allow_cpu):
    assert devices.choose(found, allow_cpu=allow_cpu) == expected


def test_without_an_accelerator_there_is_a_line():
    found = {"tensorflow": [], "jax": []}
    with pytest.raises(UserError, match="tensorflow or jax can use") as error:
        devices.choose(found, allow_cpu=False)
    assert "\n" not in str(error.value)
    assert devices.choose(found, allow_cpu=True) == ("tensorflow", "CPU")
    assert devices.choose({"jax": []}, allow_cpu=True) == ("jax", "CPU")


def test_a_backend_that_is_not_installed_has_none(monkeypatch):
    def probe(program):
        monkeypatch.setitem(devices.PROBES, "jax", program)
        return devices.accelerators("jax")

    assert probe("import no_such_backend") == []
    assert probe(f"print('{json.dumps(['A', 'B'])}')") == ["A", "B"]
