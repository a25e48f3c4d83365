"""The built-in sample: 2,500 small drawings in CIFAR-10's binary format.

It replaces CIFAR-10 where that is unavailable, so that the whole pipeline can
be tried and tested without a network. Each class is a drawing (`shapes.py`) at
a random place, size, tilt and colour on a random soft background, under noise:
a tiny CNN learns it in a few epochs, but the mean colour carries no information
about the class.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.image_example_gen.binary import BATCHES
from components.image_example_gen.shapes import DRAWINGS, Array, Layer, Tint

DATASET = "cifar10"
"""The data set that it stands for."""
CLASSES = len(DRAWINGS)
IMAGE_SIZE = 32
PER_CLASS = {"train": 40, "test": 50}  # in each file
# `DataSource.digest` of the six files; a test keeps it true.
DIGEST = "06ac92a9afab6a229aa09c25f9fc6d0732a82eb0c644f8a02aab67a54bbb96e4"
_SEED = 1009  # of the drawings; has nothing to do with a run's seed


class Random:
    """Uniform numbers that are the same in every version of numpy.

    numpy promises stable raw bits of a bit generator, not of the
    distributions drawn from them (NEP 19).
    """

    def __init__(self, seed: int):
        self._bits = np.random.PCG64(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Array:
        """float32 in [low, high), of the given shape."""
        raw = self._bits.random_raw(int(np.prod(shape)))
        unit = (raw >> np.uint64(40)).astype(np.float32) / np.float32(2**24)
        return (unit * np.float32(high - low) + np.float32(low)).reshape(shape)

    def permutation(self, size: int) -> npt.NDArray[np.intp]:
        """The numbers below `size`, shuffled."""
        return np.argsort(self._bits.random_raw(size), kind="stable")


def write(directory: Path) -> None:
    """Draws the sample's six batch files into an existing directory."""
    random = Random(_SEED)
    for split, names in BATCHES.items():
        for name in names:
            labels, pixels = draw(PER_CLASS[split], random)
            planes = pixels.transpose(0, 3, 1, 2).reshape(len(labels), -1)
            records = np.concatenate([labels[:, None], planes], axis=1)
            (directory / name).write_bytes(records.tobytes())


def draw(
    per_class: int, random: Random
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Draws `per_class` images of every class, in random order.

    Returns:
      Labels uint8 [N] and pixels uint8 [N, 32, 32, 3], N ten times
      `per_class`.
    """
    images = np.concatenate(
        [_draw_class(layers, per_class, random) for layers in DRAWINGS]
    )
    labels = np.repeat(np.arange(CLASSES, dtype=np.uint8), per_class)
    order = random.permutation(len(labels))
    return labels[order], images[order]


def _draw_class(
    layers: list[Layer], n: int, random: Random
) -> npt.NDArray[np.uint8]:
    """`n` pictures of one drawing, uint8 [n, 32, 32, 3]."""
    frame = _Frame.at_random(n, random)
    palette = _Palette.at_random(n, random)
    image = palette.background + _clouds(n, random)
    shade = 1 - np.float32(0.12) * frame.y[..., None]  # lit from above
    for layer in layers:
        cover = np.clip(0.5 - layer.shape(frame.x, frame.y) * frame.scale, 0, 1)
        colour = palette.tints[layer.tint] * shade
        image = image + (colour - image) * cover[..., None]
    return (image + _noise(image.shape, random)).clip(0, 255).astype(np.uint8)


@dataclasses.dataclass(frozen=True)
class _Frame:
    """Where the pixels of each image lie in its drawing's coordinates.

    Attributes:
      x, y: float32 [n, 32, 32].
      scale: pixels per unit, float32 [n, 1, 1].
    """

    x: Array
    y: Array
    scale: Array

    @classmethod
    def at_random(cls, n: int, random: Random) -> _Frame:
        """Random size, place, tilt (up to 17 degrees) and mirroring."""
        half = np.float32((IMAGE_SIZE - 1) / 2)
        scale = random.uniform(9.5, 14.0, n, 1, 1)
        room = IMAGE_SIZE / 2 - scale
        centre_x = half + room * random.uniform(-1, 1, n, 1, 1)
        centre_y = half + room * random.uniform(-1, 1, n, 1, 1)
        mirror = np.sign(random.uniform(-1, 1, n, 1, 1))
        tilt = random.uniform(-0.15, 0.15, n, 1, 1)  # tangent of half of it
        cos = (1 - tilt * tilt) / (1 + tilt * tilt)
        sin = 2 * tilt / (1 + tilt * tilt)
        grid = np.arange(IMAGE_SIZE, dtype=np.float32)
        across = (grid[None, None, :] - centre_x) / scale * mirror
        down = (grid[None, :, None] - centre_y) / scale
        return cls(across * cos + down * sin, down * cos - across * sin, scale)


@dataclasses.dataclass(frozen=True)
class _Palette:
    """The colours of each image, float32 [n, 1, 1, 3], 0 to 255."""

    background: Array
    tints: dict[Tint, Array]

    @classmethod
    def at_random(cls, n: int, random: Random) -> _Palette:
        """Any hue; the drawing is clearly lighter or darker than its ground."""
        ground = random.uniform(85, 170, n, 1, 1, 1)
        sign = np.sign(random.uniform(-1, 1, n, 1, 1, 1))
        main = ground + sign * random.uniform(50, 80, n, 1, 1, 1)
        background = ground + random.uniform(-45, 45, n, 1, 1, 3)
        colour = main + random.uniform(-45, 45, n, 1, 1, 3)
        return cls(
            background,
            {
                "body": colour,
                "dark": colour * np.float32(0.35),
                "light": colour + (255 - colour) * np.float32(0.65),
            },
        )


def _clouds(n: int, random: Random) -> Array:
    """Soft coloured unevenness, float32 [n, 32, 32, 3]."""
    knots = 5
    grey = random.uniform(-38, 38, n, knots, knots, 1)
    field = grey + random.uniform(-14, 14, n, knots, knots, 3)
    place = np.arange(IMAGE_SIZE, dtype=np.float32) * np.float32(
        (knots - 1) / IMAGE_SIZE
    )
    left = place.astype(np.intp)
    t = place - left
    t = (t * t * (3 - 2 * t))[:, None]
    field = field[:, left] * (1 - t[:, None]) + field[:, left + 1] * t[:, None]
    return field[:, :, left] * (1 - t) + field[:, :, left + 1] * t


def _noise(shape: tuple[int, ...], random: Random) -> Array:
    """Nearly Gaussian noise, standard deviation about 7."""
    return random.uniform(-12, 12, *shape) * np.float32(0.5) + random.uniform(
        -12, 12, *shape
    ) * np.float32(0.5)
