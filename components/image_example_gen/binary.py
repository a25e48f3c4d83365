"""CIFAR-10's binary format: six files of fixed-size records.

A record is one label byte and the red, green and blue planes, each row-major
(https://www.cs.toronto.edu/~kriz/cifar.html): 3,073 bytes at 32 by 32 pixels.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.image_example_gen.image_set import (
    Images,
    ImageSpec,
    OnProgress,
    Shard,
    split_range,
)
from modules.common.errors import UserError

DIRECTORY = "cifar-10-batches-bin"
BATCHES = {
    "train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test": ("test_batch.bin",),
}
FILES = BATCHES["train"] + BATCHES["test"]
OFFICIAL_RECORDS = 10_000


@dataclasses.dataclass(frozen=True)
class BinaryImageSet:
    """The six batch files in the directory `root`."""

    root: Path
    spec: ImageSpec

    def files(self) -> list[str]:
        """See `ImageSet.files`."""
        return list(FILES)

    def counts(self) -> dict[str, int]:
        """See `ImageSet.counts`; training batches are of equal size."""
        sizes = self._batch_sizes()
        return {
            split: sum(sizes[name] for name in names)
            for split, names in BATCHES.items()
        }

    def check(self, on_progress: OnProgress) -> None:
        """See `ImageSet.check`; reads the label bytes only."""
        sizes = self._batch_sizes()
        done, total = 0, sum(sizes.values())
        for split, names in BATCHES.items():
            seen = np.zeros(len(self.spec.class_names), np.int64)
            for name in names:
                labels = self._labels(name, self._records(name)[:, 0])
                seen += np.bincount(labels, minlength=len(seen))
                done += sizes[name]
                on_progress(done, total)
            self._refuse_empty_class(split, seen)

    def remarks(self) -> list[str]:
        """See `ImageSet.remarks`; all of the files is used as it is."""
        return []

    def shards(self, max_images: int) -> list[Shard]:
        """See `ImageSet.shards`; a shard never crosses a file."""
        sizes = self._batch_sizes()
        return [
            shard
            for split, names in BATCHES.items()
            for name in names
            for shard in split_range(split, name, sizes[name], max_images)
        ]

    def read(self, shard: Shard) -> Images:
        """See `ImageSet.read`; keys read `data_batch_1.bin:00042`."""
        name, size = shard.source, self.spec.image_size
        records = self._records(name)[shard.start : shard.stop]
        planes = records[:, 1:].reshape(-1, 3, size, size)
        return Images(
            [f"{name}:{i:05d}" for i in range(shard.start, shard.stop)],
            np.ascontiguousarray(planes.transpose(0, 2, 3, 1)),
            self._labels(name, records[:, 0], shard.start),
        )

    def _records(self, name: str) -> npt.NDArray[np.uint8]:
        """One file as uint8 [records, record_bytes], mapped, not loaded."""
        self._batch_size(name)
        data = np.memmap(self.root / name, np.uint8, mode="r")
        return data.reshape(-1, self.spec.record_bytes)

    def _labels(
        self, name: str, labels: npt.NDArray[np.uint8], start: int = 0
    ) -> npt.NDArray[np.int64]:
        last = len(self.spec.class_names) - 1
        if (wrong := np.flatnonzero(labels > last)).size:
            raise UserError(
                f"{self.root / name}: record {start + wrong[0]} has the label "
                f"{labels[wrong[0]]}, expected 0 to {last}; the file is "
                "damaged or not in CIFAR-10's binary format, get it again."
            )
        return labels.astype(np.int64)

    def _batch_size(self, name: str) -> int:
        """The number of records in a file."""
        path = self.root / name
        if not path.is_file():
            raise UserError(
                f"{path} is missing; expected {', '.join(FILES)} in one "
                "directory: extract the archive again."
            )
        size = path.stat().st_size
        if size == 0 or size % self.spec.record_bytes:
            raise UserError(
                f"{path} is truncated: found {size:,} bytes, expected a "
                f"multiple of {self.spec.record_bytes:,} (one record, an "
                f"image of {self.spec.image_size}x{self.spec.image_size}); "
                "extract the archive again."
            )
        return size // self.spec.record_bytes

    def _batch_sizes(self) -> dict[str, int]:
        """The number of records of every file, which must fit together."""
        sizes = {name: self._batch_size(name) for name in FILES}
        expected = max(sizes[name] for name in BATCHES["train"])
        official = expected == OFFICIAL_RECORDS
        for name in FILES if official else BATCHES["train"]:
            if sizes[name] != expected:
                raise UserError(
                    f"{self.root / name} is truncated: found {sizes[name]:,} "
                    f"records, expected {expected:,} as in the other files; "
                    "extract the archive again."
                )
        return sizes

    def _refuse_empty_class(
        self, split: str, seen: npt.NDArray[np.int64]
    ) -> None:
        if (empty := np.flatnonzero(seen == 0)).size:
            name = self.spec.class_names[empty[0]]
            raise UserError(
                f"{self.root}: the {split} split has no image of class "
                f"{name!r} (label {empty[0]}), expected at least one; use "
                "complete batch files."
            )
