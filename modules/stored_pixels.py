"""Images that are too many for memory: in a file, read batch by batch.

A row of the file is an image. Which rows there are, and in what order, is a
list in memory of eight bytes an image, so any order costs the same as any
other: training sees the images in the order in which it would from memory.
"""

from __future__ import annotations

import os
import tempfile
import threading
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_CHUNK = 1_000


class PixelFile:
    """A file of images, written in any order from any thread.

    It has no name, and is gone with this object or with the process.

    Args:
      directory: which has the space for it.
      image_size: height and width of all images, pixels.
    """

    def __init__(self, directory: str, image_size: int) -> None:
        self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115
        self._lock = threading.Lock()
        self._count = 0
        self.shape = (image_size, image_size, 3)
        self._bytes = 3 * image_size**2

    def append(self, pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Writes images, uint8 [N, S * S * 3]; returns their rows, int64 [N].

        Raises:
          OSError: if the disk is full.
        """
        with self._lock:
            start = self._count
            self._count += len(pixels)
        at, rest = start * self._bytes, memoryview(pixels.tobytes())
        while rest:
            written = os.pwrite(self._file.fileno(), rest, at)
            at, rest = at + written, rest[written:]
        return np.arange(start, start + len(pixels))

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The images of these rows, uint8 [N, S, S, 3]."""
        found = np.empty((len(rows), self._bytes), np.uint8)
        for image, row in zip(found, rows.tolist(), strict=True):
            os.preadv(self._file.fileno(), [image.data], row * self._bytes)
        return found.reshape(-1, *self.shape)


class StoredPixels:
    """Some images of a file, in an order of their own.

    It has what training uses of a uint8 array [N, S, S, 3].

    Args:
      file: has the images.
      rows: int64 [N], which of them.
      digest: of the images in their order; it stands for them in keys.
    """

    def __init__(
        self, file: PixelFile, rows: NDArray[np.int64], digest: str
    ) -> None:
        self._file, self._rows, self._digest = file, rows, digest
        self.shape = (len(rows), *file.shape)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        """What it holds, whatever file it is in; see `training/resume.py`."""
        return f"StoredPixels({self.shape}, {self._digest})"

    def __getitem__(
        self, chosen: slice | NDArray[np.int64] | NDArray[np.bool_]
    ) -> NDArray[np.uint8]:
        """These images in memory."""
        return self._file.read(self._rows[chosen])

    def subset(self, chosen: NDArray[np.bool_]) -> StoredPixels:
        """These images, still in the file."""
        digest = f"{self._digest} {np.flatnonzero(chosen).tobytes()!r}"
        return StoredPixels(self._file, self._rows[chosen], digest)

    def mean_colour(self) -> NDArray[np.float64]:
        """The mean of each channel over all images, float64 [3]."""
        total = np.zeros(3, np.int64)
        for start in range(0, len(self), _CHUNK):
            chunk = self[start : start + _CHUNK]
            total += chunk.sum(axis=(0, 1, 2), dtype=np.int64)
        return total / (len(self) * self.shape[1] * self.shape[2])


Pixels: TypeAlias = NDArray[np.uint8] | StoredPixels


def subset(pixels: Pixels, chosen: NDArray[np.bool_]) -> Pixels:
    """Some of the images, where the images are."""
    if isinstance(pixels, StoredPixels):
        return pixels.subset(chosen)
    return pixels[chosen]


def mean_colour(pixels: Pixels) -> NDArray[np.float64]:
    """The mean of each channel over all images, float64 [3].

    Sums of uint8 are exact, so it is the same from memory and from a file.
    """
    if isinstance(pixels, StoredPixels):
        return pixels.mean_colour()
    found: NDArray[np.float64] = pixels.mean(axis=(0, 1, 2))
    return found
