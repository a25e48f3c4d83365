"""What a data set may be, and what follows from it."""

import dataclasses
import json

import pytest

from modules.common.errors import UserError
from pipeline.datasets.config import DatasetConfig

FLOWERS = DatasetConfig(
    name="flowers",
    class_names=("rose", "tulip"),
    image_size=64,
    defaults={"sampling.caps.rose": 5, "classifier.widths": [8, 8]},
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "My flowers"}, "'My flowers', expected up to 48 lower-case"),
        ({"class_names": ("rose",)}, "has 1 classes, expected 2 to 1,000"),
        ({"class_names": ("rose", "rose")}, "'rose' twice"),
        ({"class_names": ("ros\u00e9", "rose\u0301")}, "'ros\u00e9' twice"),
        (
            {"class_names": ("rose", "\n")},
            r"the class '.n', expected a printable",
        ),
        ({"class_names": ("rose", " ")}, "the class ' ', expected a printable"),
        ({"title": "a\x1b[2J"}, r"the title 'a.x1b\[2J', expected one line"),
        ({"image_size": 513}, "513x513 pixels, expected an image_size of up"),
        ({"resize": "crop"}, "'crop', expected squash or letterbox"),
    ],
)
def test_an_invalid_data_set_is_refused_in_one_line(change, said):
    with pytest.raises(UserError, match=said) as error:
        dataclasses.replace(FLOWERS, **change)
    assert "\n" not in str(error.value)


def test_it_survives_json():
    text = json.dumps(FLOWERS.to_dict())
    assert DatasetConfig.from_dict(json.loads(text)) == FLOWERS


@pytest.mark.parametrize(("classes", "least"), [(2, 20), (10, 20), (200, 400)])
def test_a_split_needs_two_images_a_class_and_twenty(classes, least):
    names = tuple(f"c{i}" for i in range(classes))
    found = dataclasses.replace(FLOWERS, class_names=names)
    assert found.min_examples == least
    assert dataclasses.replace(found, min_images=7).min_examples == 7


def test_what_is_said_of_a_data_set_does_not_make_it_another():
    said = dataclasses.replace(FLOWERS, title="Flowers", defaults={})
    assert said.identity() == FLOWERS.identity()
    other = dataclasses.replace(FLOWERS, resize="letterbox")
    assert other.identity() != FLOWERS.identity()


def test_kubeflow_gets_a_name_that_it_takes():
    found = dataclasses.replace(FLOWERS, name="my_flowers")
    assert found.pipeline_name == "my-flowers"
