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
