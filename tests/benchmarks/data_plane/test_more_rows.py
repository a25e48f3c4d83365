"""A data set several times over."""

import dataclasses

import numpy as np
import pytest

from benchmarks.data_plane import more_rows
from components.image_example_gen.formats import open_image_set
from modules.common.errors import UserError
from pipeline.data import source
from pipeline.request import Choices, configure


def test_a_data_set_several_times_over_has_no_image_twice(tmp_path):
    config = configure(Choices(), sample=True)
    dataset = config.dataset
    one = source.resolve("sample", cache=tmp_path / "cache", dataset=dataset)
    more_rows.write(one, dataset.spec, 3, tmp_path / "rows")
    three = source.resolve(
        str(tmp_path / "rows"), cache=tmp_path / "cache", dataset=dataset
    )

    assert three.train_count == 3 * one.train_count
    assert three.test_count == 3 * one.test_count
    images = open_image_set(tmp_path / "rows", three.format, dataset.spec)
    pixels = np.concatenate(
        [images.read(shard).pixels for shard in images.shards(5_000)]
    )
    assert len({image.tobytes() for image in pixels}) == len(pixels)


def test_another_layout_is_refused(tmp_path):
    config = configure(Choices(), sample=True)
    one = source.resolve("sample", cache=tmp_path, dataset=config.dataset)
    other = dataclasses.replace(one, format="image_folder")
    with pytest.raises(UserError, match="expected CIFAR-10"):
        more_rows.write(other, config.dataset.spec, 3, tmp_path / "rows")
