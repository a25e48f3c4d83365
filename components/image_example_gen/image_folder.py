"""An image folder: `train/<class>/*.{png,jpg,jpeg}`, `test/<class>/*`.

Every image is a file of the configured size. Modes other than RGB (grey,
palette, alpha) are converted; Exif orientation is not applied.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from components.image_example_gen.image_set import (
    SPLITS,
    Images,
    ImageSpec,
    OnProgress,
    Shard,
    split_range,
)
from modules.common.errors import UserError

SUFFIXES = (".png", ".jpg", ".jpeg")
_CHECK_CHUNK = 500


@dataclasses.dataclass(frozen=True)
class FolderImageSet:
    """The image files under the directory `root`."""

    root: Path
    spec: ImageSpec

    def files(self) -> list[str]:
        """See `ImageSet.files`; paths with forward slashes."""
        return [name for split in SPLITS for name, _ in self._listing[split]]

    def counts(self) -> dict[str, int]:
        """See `ImageSet.counts`."""
        return {split: len(self._listing[split]) for split in SPLITS}

    def check(self, on_progress: OnProgress) -> None:
        """See `ImageSet.check`; decodes every image, in threads."""
        names = self.files()
        with ThreadPoolExecutor() as pool:
            try:
                for start in range(0, len(names), _CHECK_CHUNK):
                    chunk = names[start : start + _CHECK_CHUNK]
                    for _ in pool.map(self._decode, chunk):
                        pass
                    on_progress(start + len(chunk), len(names))
            finally:
                pool.shutdown(cancel_futures=True)

    def shards(self, max_images: int) -> list[Shard]:
        """See `ImageSet.shards`."""
        return [
            shard
            for split, count in self.counts().items()
            for shard in split_range(split, "", count, max_images)
        ]

    def read(self, shard: Shard) -> Images:
        """See `ImageSet.read`; keys read `train/<class>/<file>`."""
        rows = self._listing[shard.split][shard.start : shard.stop]
        names = [name for name, _ in rows]
        return Images(
            names,
            np.stack([self._decode(name) for name in names]),
            np.array([label for _, label in rows], np.int64),
        )

    @functools.cached_property
    def _listing(self) -> dict[str, list[tuple[str, int]]]:
        """(path below the root, label) of each split's images, sorted."""
        return {split: self._list_split(split) for split in SPLITS}

    def _list_split(self, split: str) -> list[tuple[str, int]]:
        found = _visible(self.root / split, "directory of classes")
        expected = self.spec.class_names
        if strangers := sorted(set(found) - set(expected)):
            raise UserError(
                f"{self.root / split / strangers[0]} is no class of this data "
                f"set, expected {', '.join(expected)}; rename or remove it."
            )
        return [
            (f"{split}/{name}/{file}", label)
            for label, name in enumerate(expected)
            for file in self._list_class(self.root / split / name)
        ]

    def _list_class(self, directory: Path) -> Sequence[str]:
        found = _visible(directory, "directory of images")
        images = [f for f in found if f.lower().endswith(SUFFIXES)]
        if not images:
            raise UserError(
                f"{directory} has no images: found {len(found)} other files, "
                f"expected *{', *'.join(SUFFIXES)}; every class needs at "
                "least one."
            )
        return images

    def _decode(self, name: str) -> npt.NDArray[np.uint8]:
        """One image as uint8 [H, W, 3]."""
        path, size = self.root / name, self.spec.image_size
        try:
            with Image.open(path) as image:
                found = image.size
                if found == (size, size):
                    return np.asarray(image.convert("RGB"))
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise UserError(
                f"{path} cannot be decoded as an image ({error}), expected a "
                "PNG or JPEG file; replace or remove it."
            ) from error
        raise UserError(
            f"{path} is {found[0]}x{found[1]} pixels, expected {size}x{size}; "
            "resize it or remove it."
        )


def _visible(directory: Path, expected: str) -> list[str]:
    """The sorted names in a directory, without hidden files."""
    if not directory.is_dir():
        raise UserError(
            f"{directory} is missing, expected a {expected}; create it."
        )
    names = (child.name for child in directory.iterdir())
    return sorted(name for name in names if not name.startswith("."))
