"""A data set that is too small is refused before anything runs."""

import dataclasses

import pytest

from modules.common.errors import UserError
from pipeline.data.minimum import require_enough
from pipeline.data.source import DataSource
from pipeline.presets import CIFAR10

ENOUGH = DataSource(
    uri="/data",
    format="binary",
    digest="1",
    sample=False,
    description="images",
    train_count=100,
    test_count=100,
)


def test_the_data_sets_minimum_is_enough():
    require_enough(ENOUGH, CIFAR10)


@pytest.mark.parametrize("split", ["train", "test"])
def test_fewer_images_are_refused_with_both_numbers(split):
    few = dataclasses.replace(ENOUGH, **{f"{split}_count": 99})
    with pytest.raises(
        UserError, match=f"found 99 images in the split {split} .* least 100"
    ):
        require_enough(few, CIFAR10)
