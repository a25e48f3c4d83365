"""Presets as TOML files."""

import pytest

from cli import options
from modules.common.errors import UserError
from pipeline.preset_file import PresetFile
from pipeline.request import configure

LONG = """
base = "smoke"
description = "Twice the epochs."

[classifier]
epochs = 16
widths = [8, 16]

[sampling.caps]
bird = 10

[tune.search]
trials = 3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "long.toml"
    path.write_text(LONG)
    return path


def test_a_file_is_its_base_and_what_differs(file):
    found = PresetFile.read(file)
    assert (found.name, found.base) == ("long", "smoke")
    assert found.overrides == {
        "classifier.epochs": 16.0,
        "classifier.widths": (8, 16),
        "sampling.caps.bird": 10,
        "tune.search.trials": 3,
    }
    assert str(found) == f"long ({file}, based on smoke): Twice the epochs."


def test_a_file_from_windows_is_read(file):
    file.write_text(LONG, encoding="utf-8-sig")
    assert PresetFile.read(file).base == "smoke"


def test_an_option_goes_over_the_file_and_the_file_over_its_base(file):
    request = options.request(
        preset=str(file), set_=["classifier.epochs=2"], cap=["bird=11"]
    )
    config = configure(request, sample=False)
    assert config.preset == "smoke"
    assert config.classifier.epochs == 2
    assert config.classifier.widths == (8, 16)
    assert config.classifier.batch_size == 100
    assert config.sampling.caps["bird"] == 11


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("epochs = 1", "base is missing, expected smoke, cpu or gpu."),
        ('base = "huge"', "base is 'huge', expected smoke, cpu or gpu."),
        ('base = "cpu"\nname = 1', "name is 1, expected a text."),
        ('base = "cpu"\n[classifier]\nepoch = 1', "'classifier.epoch' to set"),
        (
            'base = "cpu"\n[classifier]\nepochs = "1"',
            "classifier.epochs is '1', expected a number above 0.",
        ),
        (
            'base = "cpu"\n[classifier]\nwidths = 3',
            "classifier.widths is 3, expected whole numbers",
        ),
        ('base = "cpu"\nseed = 1', "there is no 'seed' to set"),
        ("base =", "is not TOML"),
    ],
)
def test_a_mistake_is_one_line_with_file_key_and_what_is_expected(
    text, told, file
):
    file.write_text(text)
    with pytest.raises(UserError) as error:
        PresetFile.read(file)
    (line,) = str(error.value).splitlines()
    assert line.startswith(str(file))
    assert told in line


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"cannot read the preset .*no\.toml"):
        PresetFile.read(tmp_path / "no.toml")
