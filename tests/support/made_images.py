"""Folders of images that are made, and that a small network can tell apart.

Every class has a pattern of blocks of its own; an image is that pattern,
shifted and in changing brightness, under noise.

    python -m tests.support.made_images DIRECTORY CLASSES SIZE PER_CLASS [grey]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

BLOCKS = 4
NAMES = ("rose", "tulip", "daisy", "lily", "orchid")


def write(directory, *, names, size, train, test, grey=False):
    """`train/<class>/*.png` and `test/<class>/*.png`; returns `directory`."""
    random = np.random.default_rng(len(names))
    channels = 1 if grey else 3
    block = -(-size // BLOCKS)
    for name in names:
        pattern = random.integers(0, 256, (BLOCKS, BLOCKS, channels))
        large = np.kron(pattern, np.ones((block, block, 1)))[:size, :size]
        for split, count in (("train", train), ("test", test)):
            folder = Path(directory, split, name)
            folder.mkdir(parents=True)
            for index in range(count):
                image = _varied(large, random)
                saved = Image.fromarray(image[..., 0] if grey else image)
                saved.save(folder / f"{index:04d}.png", compress_level=1)
    return Path(directory)


def _varied(pattern, random):
    shift = random.integers(-2, 3, 2)
    moved = np.roll(pattern, shift, (0, 1)) * random.uniform(0.8, 1.2)
    noise = random.normal(0, 8, (len(moved), len(moved), 1))
    return (moved + noise).clip(0, 255).astype(np.uint8)


def class_names(count):
    """Names for so many classes, not in sorted order."""
    return [*NAMES, *(f"class_{i:03d}" for i in range(count))][:count]


if __name__ == "__main__":
    where, classes, pixels, per_class, *rest = sys.argv[1:]
    write(
        where,
        names=class_names(int(classes)),
        size=int(pixels),
        train=int(per_class),
        test=max(2, int(per_class) // 4),
        grey=bool(rest),
    )
