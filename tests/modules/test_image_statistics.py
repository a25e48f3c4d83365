"""Image statistics: their values, their ranges, what they tell apart."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from modules.image_statistics import STATISTICS, image_statistics
from modules.schema import SCHEMA


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 256, (7, 6, 8, 3), np.uint8)


def of(image):
    """The statistics of one image, uint8 [H, W, 3]."""
    found = image_statistics(image[None])
    return {name: float(values[0]) for name, values in found.items()}


def test_they_are_what_they_say(pixels):
    found = image_statistics(pixels)
    unit = pixels / 255
    luma = unit @ [0.299, 0.587, 0.114]
    upright = np.abs(np.diff(luma, axis=2)).mean((1, 2))
    level = np.abs(np.diff(luma, axis=1)).mean((1, 2))
    expected = {
        "brightness": luma.mean((1, 2)),
        "contrast": luma.std((1, 2)),
        "saturation": np.ptp(unit, axis=3).mean((1, 2)),
        "sharpness": (upright + level) / 2,
        "red": unit[..., 0].mean((1, 2)),
        "green": unit[..., 1].mean((1, 2)),
        "blue": unit[..., 2].mean((1, 2)),
        "vertical_balance": luma[:, :3].mean((1, 2)) - luma[:, 3:].mean((1, 2)),
        "horizontal_balance": luma[:, :, :4].mean((1, 2))
        - luma[:, :, 4:].mean((1, 2)),
        "edge_direction": (upright - level) / (upright + level),
    }
    assert found.keys() == expected.keys() == STATISTICS.keys()
    for name, values in found.items():
        assert values.dtype == np.float32
        np.testing.assert_allclose(
            values, expected[name], atol=2.5 / 255, err_msg=name
        )


def test_a_batch_gives_what_its_images_give():
    shape = (601, 32, 32, 3)  # More than are looked at together.
    many = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    together = image_statistics(many)
    for i in (0, 249, 250, 600):
        assert of(many[i]) == {n: float(v[i]) for n, v in together.items()}


def test_the_memory_does_not_grow_with_the_size_of_the_images():
    images = np.zeros((250, 256, 256, 3), np.uint8)
    tracemalloc.start()
    image_statistics(images)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


def test_no_images_have_no_statistics():
    found = image_statistics(np.zeros((0, 4, 4, 3), np.uint8))
    assert {len(values) for values in found.values()} == {0}


@pytest.mark.parametrize("level", [0, 1, 77, 254, 255])
def test_a_constant_image_has_exactly_no_contrast(level):
    found = of(np.full((32, 32, 3), level, np.uint8))
    assert found["brightness"] == pytest.approx(level / 255)
    for name in ("contrast", "saturation", "sharpness", "edge_direction"):
        assert found[name] == 0


def test_a_grey_image_has_exactly_no_saturation(pixels):
    grey = np.repeat(pixels[0, ..., :1], 3, axis=2)
    assert of(grey)["saturation"] == 0
    assert of(grey)["contrast"] > 0


def test_turned_and_inverted_images_are_told_apart():
    rows = np.linspace(250, 5, 32).astype(np.uint8)
    lit_from_above = np.repeat(rows[:, None, None], 32, 1).repeat(3, 2)
    upright = of(lit_from_above)
    assert upright["vertical_balance"] > 0.4
    assert upright["edge_direction"] == -1
    inverted = of(255 - lit_from_above)
    assert inverted["vertical_balance"] == -upright["vertical_balance"]
    turned = of(np.rot90(lit_from_above))
    assert turned["vertical_balance"] == 0
    assert turned["horizontal_balance"] > 0.4
    assert turned["edge_direction"] == 1


def test_extreme_images_stay_in_the_schemas_range():
    schema = text_format.Parse(SCHEMA.read_text(), schema_pb2.Schema())
    domains = {f.name: f.float_domain for f in schema.feature}
    size = 64
    stripes = np.zeros((4, size, size, 3), np.uint8)
    stripes[0, ::2] = 255
    stripes[1, :, ::2] = 255
    stripes[2, : size // 2] = 255
    stripes[3, :, : size // 2] = (255, 0, 0)
    for name, values in image_statistics(stripes).items():
        assert domains[name].min == STATISTICS[name].low
        assert (values >= domains[name].min).all()
        assert (values <= domains[name].max).all()
