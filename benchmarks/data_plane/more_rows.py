"""A data set several times over, with no image twice: for benchmarks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from components.image_example_gen.formats import open_image_set

if TYPE_CHECKING:
    from components.image_example_gen.image_set import ImageSpec
    from pipeline.data.source import DataSource

MAX_TIMES = 256
_SHARD = 5_000


def write(
    source: DataSource, spec: ImageSpec, times: int, directory: Path
) -> None:
    """Writes both splits, `times` as large, as TFRecords of PNG files.

    The copies of an image differ in the red value of its first pixel.

    Args:
      source: the data set.
      spec: of its images.
      times: from 1 to `MAX_TIMES`.
      directory: for the files; made if need be.
    """
    import tensorflow as tf

    directory.mkdir(parents=True, exist_ok=True)
    images = open_image_set(Path(source.uri), source.format, spec)
    for index, shard in enumerate(images.shards(_SHARD)):
        found = images.read(shard)
        for copy in range(times):
            name = f"{shard.split}-{index:04d}-{copy:03d}.tfrecord"
            with tf.io.TFRecordWriter(str(directory / name)) as writer:
                for image, label in varied(found.pixels, found.labels, copy):
                    writer.write(_example(image, label))


def varied(
    pixels: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], copy: int
) -> Iterator[tuple[npt.NDArray[np.uint8], int]]:
    """The images of one copy, uint8 [S, S, 3], and their labels.

    Args:
      pixels: uint8 [N, S, S, 3].
      labels: int64 [N].
      copy: which one; 0 leaves the images as they are.
    """
    pixels = pixels.copy()
    pixels[:, 0, 0, 0] ^= np.uint8(copy)
    yield from zip(pixels, labels.tolist(), strict=True)


def _example(image: npt.NDArray[np.uint8], label: int) -> bytes:
    """A serialized tf.Example, as `readers/example_records.py` reads it."""
    import tensorflow as tf
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1)
    encoded = tf.train.BytesList(value=[file.getvalue()])
    number = tf.train.Int64List(value=[label])
    feature = {
        "image": tf.train.Feature(bytes_list=encoded),
        "label": tf.train.Feature(int64_list=number),
    }
    features = tf.train.Features(feature=feature)
    serialized: bytes = tf.train.Example(features=features).SerializeToString()
    return serialized
