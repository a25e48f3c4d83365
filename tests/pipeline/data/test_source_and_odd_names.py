"""Data whose names are patterns, markup or options elsewhere: it is read."""

from pathlib import Path

import pytest

from components.image_example_gen.formats import open_image_set
from components.image_example_gen.image_set import SPLITS
from pipeline.data import source as data_source
from tests.support.image_sets import (
    CLASSES,
    DATASET,
    SPEC,
    write_archive,
    write_binary,
    write_folder,
)

NAMES = ("a [b]", "*", "c?[!d]", "[/x]", ":cat:", "{root}", "-rf", "é #%,$e'\"")


@pytest.fixture(params=NAMES)
def odd(request, tmp_path):
    """A directory with an odd name, and what reads a data set for a run."""
    directory = tmp_path / request.param
    directory.mkdir(parents=True)

    def read(data):
        """The keys of the images that a run reads."""
        found = data_source.resolve(
            str(data),
            cache=directory / "cache",
            dataset=DATASET,
        )
        images = open_image_set(Path(found.uri), found.format, SPEC)
        read = [images.read(shard) for shard in images.shards(100)]
        assert found.train_count + found.test_count == sum(
            len(each.keys) for each in read
        )
        return [key for each in read for key in each.keys]

    return directory, read


def test_a_directory_is_read(odd):
    directory, read = odd
    assert len(read(write_binary(directory / "data"))) == 36


def test_an_archive_is_read_into_the_cache(odd, tmp_path):
    directory, read = odd
    source = write_binary(tmp_path / "source")
    archive = write_archive(directory / "a [b] *.tar.gz", source)
    assert len(read(archive)) == 36
    assert list((directory / "cache").iterdir())


@pytest.mark.parametrize("name", ["a [b]", "*", "[x]", ":cat:", "-rf", "a\nb"])
def test_image_files_with_odd_names_are_read(odd, name):
    directory, read = odd
    data = write_folder(directory / "data")
    for split in SPLITS:
        image = data / split / CLASSES[0] / "0.png"
        image.rename(image.with_stem(name))
    assert f"train/{CLASSES[0]}/{name}.png" in read(data)
