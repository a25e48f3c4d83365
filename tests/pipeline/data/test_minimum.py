"""A data set that is too small is refused before anything runs."""

import dataclasses

import pytest

from modules.common.errors import UserError
from pipeline.data import derive
from pipeline.data import source as data_source
from pipeline.data.minimum import require_enough
from pipeline.data.source import DataSource
from pipeline.presets import CIFAR10
from tests.support import made_images

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


def test_a_folder_of_too_few_images_is_refused_in_one_line(tmp_path):
    names = ("blå blomma", "röd ros")
    folder = made_images.write(
        tmp_path / "few", names=names, size=16, train=9, test=10
    )
    dataset = derive.choose(str(folder), None)
    source = data_source.resolve(
        str(folder), cache=tmp_path / "cache", dataset=dataset
    )
    with pytest.raises(UserError) as error:
        require_enough(source, dataset)
    assert str(error.value) == (
        f"found 18 images in the split train of {folder}, expected at least "
        "20. Add images, or set min_images in the file of the data set few."
    )
