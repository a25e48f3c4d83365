"""Data set files: what they may say, and what is wrong with others."""

import pytest

from modules.common.errors import UserError
from pipeline import presets
from pipeline.datasets import files
from pipeline.datasets.config import DatasetConfig


@pytest.fixture
def written(tmp_path):
    """A function that reads a file of the given text."""

    def read(text):
        path = tmp_path / "flowers.toml"
        path.write_text(text)
        return files.read(path)

    return read


def test_a_file_states_what_a_run_needs(written):
    found = DatasetConfig(
        **written(
            """
            title = "Garden flowers"
            classes = ["tulip", "rose"]
            image_size = 64
            resize = "letterbox"
            [sampling.caps]
            rose = 500
            [gates]
            min_accuracy = 0.7
            [classifier]
            flip = false
            """
        )
    )
    assert (found.name, found.label) == ("flowers", "Garden flowers")
    assert found.class_names == ("tulip", "rose")
    config = presets.cpu(found)
    assert config.sampling.limits(found.class_names) == (None, 500)
    assert config.gates.min_accuracy == 0.7
    assert not config.classifier.flip
    assert config.classifier.test_time_augmentation == "none"
    # What it does not state is relative to chance.
    assert config.gates.min_recall == 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clases = []", "has 'clases', expected name, title, image_size"),
        ("sampling = 3", "has 'sampling', expected"),
        ("image_size = '64'", "image_size is '64', expected a whole number"),
        ("grey = 1", "grey is 1, expected true or false"),
        ("classes = [1]", "classes has 1, expected names in quotes"),
        ("classes = [", "is not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file(written, text, said):
    with pytest.raises(UserError, match=said) as error:
        written(text)
    assert "flowers.toml" in str(error.value)
    assert "\n" not in str(error.value)


OFFICIAL = {
    "format": '"binary"',
    "directory": '"flowers"',
    "train": '["a.bin"]',
    "test": '["b.bin"]',
    "image_size": "32",
    "records": "100",
}


def layout(**changes):
    """The text of a [layout] with these values, as TOML; "" leaves one out."""
    values = OFFICIAL | changes
    lines = [f"{key} = {value}" for key, value in values.items() if value]
    return "\n".join(["[layout]", *lines])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"train": ""}, "has no train"),
        ({"train": "[]"}, r"train = \[\], expected at least one name"),
        ({"train": "[1]"}, r"train = \[1\], expected names of files"),
        ({"train": '["a/b.bin"]'}, "train = .*expected names of files"),
        ({"train": '{ a = "b" }'}, "train = .*expected names of files"),
        ({"test": '["a.bin"]'}, r"test = \['a.bin'\], expected each file once"),
        (
            {"format": '"stl10"'},
            r"train = \['a.bin'\], expected names by turns",
        ),
        ({"format": '"idx"'}, r"train = \['a.bin'\], expected names by turns"),
        ({"format": '"zip"'}, "format = 'zip', expected binary, idx, mat or"),
        (
            {"unlabelled": '["c.bin"]'},
            r"\['c.bin'\], expected none in the form",
        ),
        (
            {"image_size": "0"},
            "image_size = 0, expected a whole number of at l",
        ),
        ({"image_size": "true"}, "image_size = True, expected a whole number"),
        (
            {"records": "-1"},
            "records = -1, expected a whole number of at least",
        ),
        ({"first_label": "256"}, "first_label = 256, expected a whole number"),
        ({"label_bytes": "0"}, "label_bytes = 0, expected a whole number"),
        (
            {"format": '"mat"', "label_bytes": "2"},
            "label_bytes = 2, expected 1 in the format mat; 2 or more",
        ),
        (
            {"label_at": "-1"},
            "label_at = -1, expected 0 to 0, one of the label",
        ),
        ({"label_at": "1"}, "label_at = 1, expected 0 to 0, one of the label"),
        (
            {"directory": '"../x"'},
            "directory = '../x', expected the name of one",
        ),
        ({"directory": '".."'}, "directory = '..', expected the name of one"),
        (
            {"directory": '"/tmp"'},
            "directory = '/tmp', expected the name of one",
        ),
        ({"directory": '""'}, "directory = '', expected the name of one"),
        ({"directory": "3"}, "directory = 3, expected a text"),
        ({"colour": "3"}, "has 'colour', expected format, directory"),
    ],
)
def test_an_impossible_layout_is_refused_by_key(written, changes, said):
    with pytest.raises(UserError, match=said) as error:
        written(layout(**changes))
    assert "flowers.toml: [layout] has " in str(error.value)
    assert str(error.value).isprintable()


def test_a_layout_is_read(written):
    found = written(layout(label_bytes="2", label_at="1"))["layout"]
    assert found.names == ("a.bin", "b.bin")
    assert (found.label_bytes, found.label_at) == (2, 1)


def archive(url='"https://a.org/x.tar.gz"', md5=f'"{"0" * 32}"'):
    return f"[[archives]]\nurl = {url}\nmd5 = {md5}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (archive(url="5"), "url = 5, expected an address of http"),
        (archive(url='"x.tar.gz"'), "url = 'x.tar.gz', expected an address"),
        (archive(url='"ftp://a.org/x"'), "url = 'ftp:.*, expected an address"),
        (archive(url='"https://a.org/"'), "url = .*ends with the name of a"),
        (archive(url='"https://a.org/.."'), "url = .*ends with the name of a"),
        (archive(url='"https://[a/x"'), "url = .*expected an address"),
        (archive(md5="0"), "md5 = 0, expected 32 hexadecimal digits"),
        (archive(md5='"abc"'), "md5 = 'abc', expected 32 hexadecimal digits"),
        ('[[archives]]\nurl = "x"', r"\{'url': 'x'\}, expected a url and an"),
        (
            '[archives]\nurl = "x"',
            r"archives is \{'url': 'x'\}, expected a tab",
        ),
        (
            "archives = [1]",
            r"\[\[archives\]\] has 1, expected a url and an md5",
        ),
        ("layout = 5", r"layout is 5, expected a table \[layout\]"),
    ],
)
def test_an_impossible_archive_is_refused_by_key(written, text, said):
    with pytest.raises(UserError, match=said) as error:
        written(text)
    assert "flowers.toml: " in str(error.value)
    assert str(error.value).isprintable()


def test_a_checksum_in_capitals_is_the_same(written):
    (found,) = written(archive(md5=f'"{"AB" * 16}"'))["archives"]
    assert found.md5 == "ab" * 16


def test_a_question_in_an_address_is_not_in_the_files_name(written):
    (found,) = written(archive(url='"https://a.org/x.gz?d=1/2"'))["archives"]
    assert (found.name, found.host) == ("x.gz", "a.org")


def test_a_file_from_windows_is_read(written):
    assert written('\ufefftitle = "Flowers"')["title"] == "Flowers"


def test_an_unknown_data_set_is_answered_with_those_there_are():
    with pytest.raises(UserError, match=r"'imagenet', expected cifar10.*toml"):
        files.shipped("imagenet")


@pytest.mark.parametrize("name", files.names())
@pytest.mark.parametrize("preset", presets.PRESETS)
def test_every_data_set_of_the_package_suits_every_preset(name, preset):
    dataset = files.shipped(name)
    assert dataset.name == name
    config = presets.PRESETS[preset](dataset)
    assert config.dataset == dataset
    assert config.model_name == name


def test_the_default_has_its_caps_and_gates_from_its_file():
    config = presets.cpu()
    names = config.dataset.class_names
    caps = dict(zip(names, config.sampling.limits(names), strict=True))
    assert caps["bird"] == caps["deer"] == caps["truck"] == 2_500
    assert set(caps.values()) == {2_500, 5_000}
    assert config.gates.min_accuracy == 0.80
    assert presets.smoke().gates == presets.chance_gates(10)
