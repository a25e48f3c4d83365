"""A data set whose files store pixels and labels: IDX, MATLAB, STL-10."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.image_example_gen.arrays import (
    Pixels,
    keys_of,
    labels_of,
    refuse_empty_class,
    resize_all,
    resized_remarks,
)
from components.image_example_gen.image_set import (
    Images,
    ImageSpec,
    OnProgress,
    Shard,
    split_range,
)
from components.image_example_gen.layout import UNLABELLED, Layout
from components.image_example_gen.readers import idx, mat, stl10
from components.image_example_gen.readers.entry import Version, version
from modules.common.errors import UserError
from modules.features import NO_LABEL

_READERS = {
    "idx": (idx.load, 2),
    "mat": (mat.load, 1),
    "stl10": (stl10.load, 2),
}
"""Of each format: its reader, and how many files it reads together.

Files of the split `UNLABELLED` are read one by one, and of STL-10 only.
"""


@dataclasses.dataclass(frozen=True)
class StoredImageSet:
    """The files of `spec.layout` in the directory `root`."""

    root: Path
    spec: ImageSpec

    @property
    def _layout(self) -> Layout:
        assert self.spec.layout is not None
        return self.spec.layout

    def files(self) -> list[str]:
        """See `ImageSet.files`."""
        return [self._existing(name).name for name in self._layout.names]

    def counts(self) -> dict[str, int]:
        """See `ImageSet.counts`."""
        return {
            split: sum(len(self._loaded(s)[1]) for s in sources)
            for split, sources in self._sources().items()
        }

    def check(self, on_progress: OnProgress) -> None:
        """See `ImageSet.check`; looks at the labels, if there are any."""
        done, total = 0, sum(self.counts().values())
        for split, sources in self._sources().items():
            seen = np.zeros(len(self.spec.class_names), np.int64)
            for source in sources:
                labels = self._labels(source)
                if split != UNLABELLED:
                    seen += np.bincount(labels, minlength=len(seen))
                done += len(labels)
                on_progress(done, total)
            if split != UNLABELLED:
                refuse_empty_class(self.root, split, seen, self.spec)

    def remarks(self) -> list[str]:
        """See `ImageSet.remarks`."""
        found = resized_remarks(self._layout, self.spec)
        if unlabelled := self.counts().get(UNLABELLED):
            found.append(
                f"{unlabelled:,} images without labels, for the autoencoder"
            )
        return found

    def shards(self, max_images: int) -> list[Shard]:
        """See `ImageSet.shards`; a shard never crosses a file."""
        return [
            shard
            for split, sources in self._sources().items()
            for source in sources
            for shard in split_range(
                split, source, len(self._loaded(source)[1]), max_images
            )
        ]

    def read(self, shard: Shard) -> Images:
        """See `ImageSet.read`; keys read `train_32x32.mat:00042`."""
        rows = slice(shard.start, shard.stop)
        pixels, _ = self._loaded(shard.source)
        return Images(
            keys_of(shard),
            resize_all(pixels[rows], self.spec),
            self._labels(shard.source)[rows],
        )

    def _sources(self) -> dict[str, list[str]]:
        """The names of the files with the images, by split."""
        _, together = _READERS[self._layout.format]
        return {
            split: list(names if split == UNLABELLED else names[::together])
            for split, names in self._layout.files.items()
        }

    def _labels(self, source: str) -> npt.NDArray[np.int64]:
        _, stored = self._loaded(source)
        if source in self._layout.unlabelled:
            return np.full(len(stored), NO_LABEL, np.int64)
        file = self.root / source
        return labels_of(stored, self._layout, self.spec, file=file)

    def _loaded(self, source: str) -> tuple[Pixels, Pixels]:
        _, together = _READERS[self._layout.format]
        names = self._layout.names
        at = names.index(source)
        if source in self._layout.unlabelled:
            together = 1
        paths = tuple(map(self._existing, names[at : at + together]))
        return _load(paths, self._layout, tuple(map(version, paths)))

    def _existing(self, name: str) -> Path:
        """The path of a file, which may be unpacked."""
        for path in (self.root / name, self.root / name.removesuffix(".gz")):
            if path.is_file():
                return path
        raise UserError(
            f"{self.root / name} is missing; expected "
            f"{', '.join(self._layout.names)} in one directory."
        )


@functools.lru_cache(maxsize=2)
def _load(
    paths: tuple[Path, ...], layout: Layout, _: tuple[Version, ...]
) -> tuple[Pixels, Pixels]:
    """The images and labels of files, kept for the next shard."""
    if len(paths) < _READERS[layout.format][1]:  # Without labels.
        pixels = stl10.load_images(paths[0], layout)
        return pixels, np.zeros(len(pixels), np.uint8)
    load = _READERS[layout.format][0]
    pixels, labels = load(paths, layout)
    if len(pixels) != len(labels):
        raise UserError(
            f"{paths[-1]} has {len(labels):,} labels, expected "
            f"{len(pixels):,}, one for each image of {paths[0].name}; get "
            "both again."
        )
    return pixels, labels


def marks(layout: Layout) -> list[str]:
    """The names by which the files of a layout are recognised."""
    plain = [name.removesuffix(".gz") for name in layout.names]
    return list(dict.fromkeys(itertools.chain(layout.names, plain)))
