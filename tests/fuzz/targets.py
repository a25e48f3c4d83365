"""What is fuzzed: the readers of files that come from somewhere else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from components.image_example_gen import image_file
from components.image_example_gen.binary import FILES
from modules.common.errors import UserError
from modules.common.image_header import MAX_PIXELS
from pipeline.data.archive import extract_batches
from tests.fuzz import readers
from tests.fuzz.readers import require_one_line

MAX_BATCH_BYTES = 490


def images(content: bytes) -> None:
    """An image file is decoded, or refused in one printable line."""
    try:
        with image_file.quietly():
            pixels = image_file.decode(content)
    except ValueError as error:
        require_one_line(str(error))
        return
    height, width, channels = pixels.shape
    assert channels == 3
    assert pixels.dtype == np.uint8
    assert 0 < height * width <= MAX_PIXELS


def archives(content: bytes) -> None:
    """An archive gives the six files, or nothing and one line."""
    with tempfile.TemporaryDirectory() as folder:
        archive, target = Path(folder, "a.tar.gz"), Path(folder, "target")
        archive.write_bytes(content)
        target.mkdir()
        try:
            extract_batches(archive, target, MAX_BATCH_BYTES)
        except UserError as error:
            require_one_line(str(error))
            assert not list(target.iterdir())
            return
        assert sorted(f.name for f in target.iterdir()) == sorted(FILES)
        assert all(
            f.stat().st_size <= MAX_BATCH_BYTES for f in target.iterdir()
        )


TARGETS: dict[str, Callable[[bytes], None]] = {
    "images": images,
    "archives": archives,
    "idx": readers.idx,
    "mat": readers.mat,
    "stl10": readers.stl10,
    "webdataset": readers.webdataset,
    "tfrecord": readers.tfrecord,
}
