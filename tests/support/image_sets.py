"""Small image sets on disk, for tests: random pixels, known labels."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from components.image_example_gen.binary import BATCHES, DIRECTORY
from pipeline.datasets.config import DatasetConfig

CLASSES = ("ant", "bee", "cow")
DATASET = DatasetConfig(name="cifar10", class_names=CLASSES, image_size=4)
SPEC = DATASET.spec
RECORD_BYTES = 1 + 3 * 4 * 4
PER_BATCH = 6  # two of each class


def batch(*, seed: int = 0, records: int = PER_BATCH) -> np.ndarray:
    """A batch file's content, uint8 [records, RECORD_BYTES]."""
    random = np.random.default_rng(seed)
    content = random.integers(0, 256, (records, RECORD_BYTES), np.uint8)
    content[:, 0] = np.arange(records) % len(CLASSES)
    return content


def write_binary(directory: Path) -> Path:
    """The six batch files, each different; returns `directory`."""
    directory.mkdir(parents=True)
    names = [name for split in BATCHES.values() for name in split]
    for seed, name in enumerate(names):
        (directory / name).write_bytes(batch(seed=seed).tobytes())
    return directory


def write_folder(
    directory: Path,
    *,
    per_class: int = 2,
    classes: Sequence[str] = CLASSES,
    image_size: int = 4,
) -> Path:
    """An image folder of PNG and JPEG files; returns `directory`."""
    shape = (image_size, image_size, 3)
    for split in ("train", "test"):
        for label, name in enumerate(classes):
            (directory / split / name).mkdir(parents=True)
            for i in range(per_class):
                image = Image.fromarray(
                    np.full(shape, (40 * label + i) % 256, np.uint8)
                )
                suffix = "png" if i % 2 == 0 else "jpg"
                image.save(directory / split / name / f"{i}.{suffix}")
    return directory


def write_archive(path: Path, source: Path, *, folder: str = DIRECTORY) -> Path:
    """A .tar.gz of the files in `source`; returns `path`."""
    with tarfile.open(path, "w:gz") as tar:
        for file in sorted(source.iterdir()):
            tar.add(file, arcname=f"{folder}/{file.name}")
    return path


def write_odd_archive(path: Path, member: tarfile.TarInfo) -> Path:
    """A .tar.gz with one member of any kind; returns `path`."""
    content = b"x" if member.isreg() else b""
    member.size = len(content)
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(member, io.BytesIO(content))
    return path


def write_examples(folder, files):
    """Uncompressed TFRecords of tf.Examples, from a list of rows for each.

    A row is a dictionary of bytes and ints by feature.
    """
    import tensorflow as tf

    def feature(value):
        if isinstance(value, bytes):
            return tf.train.Feature(
                bytes_list=tf.train.BytesList(value=[value])
            )
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    folder.mkdir(parents=True)
    for number, rows in enumerate(files):
        path = folder / f"data_tfrecord-{number:05d}-of-{len(files):05d}"
        with tf.io.TFRecordWriter(str(path)) as writer:
            for row in rows:
                features = {k: feature(v) for k, v in row.items()}
                example = tf.train.Example(
                    features=tf.train.Features(feature=features)
                )
                writer.write(example.SerializeToString())
