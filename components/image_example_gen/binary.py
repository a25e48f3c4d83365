"""CIFAR's binary format: files of fixed-size records.

A record is one label byte, or two in CIFAR-100 (coarse, fine), and the red,
green and blue planes, each row-major
(https://www.cs.toronto.edu/~kriz/cifar.html).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.image_example_gen.arrays import (
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
from components.image_example_gen.layout import CIFAR10, Layout
from modules.common.errors import UserError

DIRECTORY = CIFAR10.directory
BATCHES = CIFAR10.files
FILES = CIFAR10.names


@dataclasses.dataclass(frozen=True)
class BinaryImageSet:
    """The files in the directory `root`; CIFAR-10's without a layout."""

    root: Path
    spec: ImageSpec

    @property
    def _layout(self) -> Layout:
        if self.spec.layout:
            return self.spec.layout
        return dataclasses.replace(CIFAR10, image_size=self.spec.image_size)

    @property
    def _record_bytes(self) -> int:
        layout = self._layout
        return layout.label_bytes + 3 * layout.image_size**2

    def files(self) -> list[str]:
        """See `ImageSet.files`."""
        return list(self._layout.names)

    def counts(self) -> dict[str, int]:
        """See `ImageSet.counts`; training batches are of equal size."""
        sizes = self._batch_sizes()
        return {
            split: sum(sizes[name] for name in names)
            for split, names in self._layout.files.items()
        }

    def check(self, on_progress: OnProgress) -> None:
        """See `ImageSet.check`; reads the label bytes only."""
        sizes = self._batch_sizes()
        done, total = 0, sum(sizes.values())
        for split, names in self._layout.files.items():
            seen = np.zeros(len(self.spec.class_names), np.int64)
            for name in names:
                labels = self._labels(name, self._label_bytes(name))
                seen += np.bincount(labels, minlength=len(seen))
                done += sizes[name]
                on_progress(done, total)
            refuse_empty_class(self.root, split, seen, self.spec)

    def remarks(self) -> list[str]:
        """See `ImageSet.remarks`."""
        return resized_remarks(self._layout, self.spec)

    def shards(self, max_images: int) -> list[Shard]:
        """See `ImageSet.shards`; a shard never crosses a file."""
        sizes = self._batch_sizes()
        return [
            shard
            for split, names in self._layout.files.items()
            for name in names
            for shard in split_range(split, name, sizes[name], max_images)
        ]

    def read(self, shard: Shard) -> Images:
        """See `ImageSet.read`; keys read `data_batch_1.bin:00042`."""
        name, size = shard.source, self._layout.image_size
        rows = slice(shard.start, shard.stop)
        records = self._records(name)[rows, self._layout.label_bytes :]
        planes = records.reshape(-1, 3, size, size)
        return Images(
            keys_of(shard),
            resize_all(planes.transpose(0, 2, 3, 1), self.spec),
            self._labels(name, self._label_bytes(name)[rows], shard.start),
        )

    def _label_bytes(self, name: str) -> npt.NDArray[np.uint8]:
        return self._records(name)[:, self._layout.label_at]

    def _records(self, name: str) -> npt.NDArray[np.uint8]:
        """One file as uint8 [records, record_bytes], mapped, not loaded."""
        self._batch_size(name)
        data = np.memmap(self.root / name, np.uint8, mode="r")
        return data.reshape(-1, self._record_bytes)

    def _labels(
        self, name: str, stored: npt.NDArray[np.uint8], start: int = 0
    ) -> npt.NDArray[np.int64]:
        return labels_of(
            stored, self._layout, self.spec, file=self.root / name, start=start
        )

    def _batch_size(self, name: str) -> int:
        """The number of records in a file."""
        path = self.root / name
        if not path.is_file():
            raise UserError(
                f"{path} is missing; expected {', '.join(self._layout.names)} "
                "in one directory: extract the archive again."
            )
        size, side = path.stat().st_size, self._layout.image_size
        if size == 0 or size % self._record_bytes:
            raise UserError(
                f"{path} is truncated: found {size:,} bytes, expected a "
                f"multiple of {self._record_bytes:,} (one record, an "
                f"image of {side}x{side}); "
                "extract the archive again."
            )
        return size // self._record_bytes

    def _batch_sizes(self) -> dict[str, int]:
        """The number of records of every file, which must fit together."""
        sizes = {name: self._batch_size(name) for name in self._layout.names}
        expected = max(sizes[name] for name in self._layout.train)
        official = expected == CIFAR10.records and self.spec.layout is None
        for name in self._layout.names if official else self._layout.train:
            if sizes[name] != expected:
                raise UserError(
                    f"{self.root / name} is truncated: found {sizes[name]:,} "
                    f"records, expected {expected:,} as in the other files; "
                    "extract the archive again."
                )
        return sizes
