"""Small data sets in exactly the layouts of the official files."""

import gzip
import io
import struct
import tarfile

import numpy as np
from PIL import Image
from scipy import io as matlab


def made(classes, size, *, per_class=2, channels=3, seed=0):
    """Pixels uint8 [N, H, W, 3] (or [N, H, W]) and labels from 0."""
    random = np.random.default_rng(seed)
    labels = np.tile(np.arange(classes), per_class)
    shape = (len(labels), size, size, 3)[: 3 + (channels == 3)]
    return random.integers(0, 256, shape, np.uint8), labels


def idx(array):
    """An IDX file of uint8."""
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    start = bytes((0, 0, 8, array.ndim))
    return start + shape + array.astype(np.uint8).tobytes()


def write(directory, dataset, **options):
    """The files of a data set of the package; the pixels and labels by split.

    Returns:
      For each split, pixels uint8 [N, H, W, 3] and labels int64 [N], -1 where
      the files have none.
    """
    directory.mkdir(parents=True)
    layout = dataset.layout
    written = {}
    for seed, (split, names) in enumerate(layout.files.items()):
        grey = 1 if layout.format == "idx" else 3
        pixels, labels = made(
            len(dataset.class_names),
            layout.image_size,
            channels=grey,
            seed=seed,
            **options,
        )
        if split == "unlabelled":
            labels = np.full(len(labels), -1)
        _WRITERS[layout.format](directory, names, layout, pixels, labels)
        if pixels.ndim == 3:
            pixels = np.stack([pixels] * 3, axis=3)
        written[split] = pixels, labels
    return written


def _binary(directory, names, layout, pixels, labels):
    marks = np.full((len(labels), layout.label_bytes), 255, np.uint8)
    marks[:, layout.label_at] = labels
    planes = pixels.transpose(0, 3, 1, 2).reshape(len(labels), -1)
    records = np.concatenate([marks, planes], axis=1)
    (directory / names[0]).write_bytes(records.tobytes())


def _idx(directory, names, layout, pixels, labels):
    for name, array in zip(names, (pixels, labels), strict=True):
        (directory / name).write_bytes(gzip.compress(idx(array)))


def _mat(directory, names, layout, pixels, labels):
    stored = (labels + layout.first_label)[:, None].astype(np.uint8)
    values = {"X": pixels.transpose(1, 2, 3, 0), "y": stored}
    matlab.savemat(directory / names[0], values, do_compression=True)


def _stl10(directory, names, layout, pixels, labels):
    images, *marks = names
    planes = pixels.transpose(0, 3, 2, 1)  # Each plane column by column.
    (directory / images).write_bytes(planes.tobytes())
    stored = (labels + layout.first_label).astype(np.uint8)
    for name in marks:
        (directory / name).write_bytes(stored.tobytes())


_WRITERS = {"binary": _binary, "idx": _idx, "mat": _mat, "stl10": _stl10}


def png(pixels):
    """An image as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def write_tar(path, members):
    """A plain tar file of (name, content)."""
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path
