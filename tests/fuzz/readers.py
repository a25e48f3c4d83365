"""Targets: the readers of data sets that keep many images in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from components.image_example_gen.formats import DataFormat, open_image_set
from components.image_example_gen.image_set import ImageSpec
from components.image_example_gen.layout import UNLABELLED, FileFormat, Layout
from modules.common.errors import UserError
from modules.features import NO_LABEL
from tests.support import official

CLASSES, SIZE, RECORDS = ("ant", "bee"), 4, 20


def idx(content: bytes) -> None:
    """As a file of images, and as one of labels."""
    pixels, labels = official.made(len(CLASSES), SIZE, channels=1)
    names = ("train_X", "train_y", "test_X", "test_y")
    good = dict(
        zip(names, map(official.idx, (pixels, labels) * 2), strict=True)
    )
    layout = _layout("idx", names[:2], names[2:])
    for name in names[:2]:
        _read("idx", good | {name: content}, layout)


def mat(content: bytes) -> None:
    """A MATLAB file, in place of both."""
    layout = _layout("mat", ("train.mat",), ("test.mat",))
    _read("mat", {"train.mat": content, "test.mat": content}, layout)


def stl10(content: bytes) -> None:
    """As a file of images, with labels or without, and as one of labels."""
    pixels, labels = official.made(len(CLASSES), SIZE)
    images = pixels.transpose(0, 3, 2, 1).tobytes()
    marks = (labels + 1).astype(np.uint8).tobytes()
    names = ("train_X", "train_y", "test_X", "test_y", "unlabelled_X")
    good = dict(zip(names, (images, marks) * 2 + (images,), strict=True))
    layout = _layout("stl10", names[:2], names[2:4], names[4:])
    for name in (names[0], names[1], names[4]):
        _read("stl10", good | {name: content}, layout)


def webdataset(content: bytes) -> None:
    """A shard, in place of both."""
    _read("webdataset", {"train.tar": content, "test.tar": content})


def tfrecord(content: bytes) -> None:
    """A file, in place of both."""
    names = "train.tfrecord", "test.tfrecord"
    _read("tfrecord", dict.fromkeys(names, content))


def _layout(
    file_format: FileFormat,
    train: tuple[str, ...],
    test: tuple[str, ...],
    unlabelled: tuple[str, ...] = (),
) -> Layout:
    return Layout(
        format=file_format,
        directory="data",
        train=train,
        test=test,
        unlabelled=unlabelled,
        image_size=SIZE,
        records=RECORDS,
        first_label=1 if file_format == "stl10" else 0,
    )


def _read(
    data_format: DataFormat,
    files: Mapping[str, bytes],
    layout: Layout | None = None,
) -> None:
    """Reads a data set as a run does, or is refused in one printable line."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        spec = ImageSpec(CLASSES, SIZE, layout=layout)
        try:
            _use(Path(folder), data_format, spec)
        except UserError as error:
            require_one_line(str(error))


def _use(root: Path, data_format: DataFormat, spec: ImageSpec) -> None:
    """What is read is whole: as many images as were counted, each with a key.

    A key and a label have to fit into a tf.Example.
    """
    images = open_image_set(root, data_format, spec)
    counts = dict(images.counts())
    images.check(lambda done, total: None)
    require_one_line("; ".join(images.remarks()))
    keys: set[str] = set()
    for shard in images.shards(3):
        found = images.read(shard)
        number = shard.stop - shard.start
        counts[shard.split] -= number
        assert found.pixels.shape == (number, SIZE, SIZE, 3)
        assert found.pixels.dtype == np.uint8
        expected = (
            {NO_LABEL} if shard.split == UNLABELLED else range(len(CLASSES))
        )
        assert found.labels.shape == (number,)
        assert set(found.labels.tolist()) <= set(expected)
        assert all(key.encode() for key in found.keys)
        assert len(found.keys) == len(set(found.keys)) == number
        assert not keys & set(found.keys)
        keys.update(found.keys)
    assert not any(counts.values())


def require_one_line(message: str) -> None:
    """What is said to the user is one line that a terminal can show."""
    assert message.isprintable(), message
    message.encode()
