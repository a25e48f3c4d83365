"""Shards of encoded images: WebDataset's tar files, TFRecords of tf.Example.

`shard_names.py` has the rules of their names. Labels are numbers from 0.
"""

from __future__ import annotations

import dataclasses
import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.image_example_gen.arrays import refuse_empty_class
from components.image_example_gen.image_file import (
    decode,
    printable,
    quietly,
    resize,
)
from components.image_example_gen.image_set import (
    Images,
    ImageSpec,
    OnProgress,
    Shard,
    split_range,
)
from components.image_example_gen.readers import (
    example_records,
    shard_names,
    webdataset,
)
from components.image_example_gen.readers.entry import (
    Entry,
    Listing,
    Version,
    version,
)
from modules.common.errors import UserError

_READERS = {"webdataset": webdataset, "tfrecord": example_records}
_CHECK_CHUNK = 500


def found_format(root: Path) -> str | None:
    """The format of the shards in a directory, if there are any."""
    names = [path.name for path in root.iterdir() if path.is_file()]
    for found in _READERS:
        if any(shard_names.split_of(name, found) for name in names):
            return found
    return None


@dataclasses.dataclass(frozen=True)
class ShardImageSet:
    """The shards in the directory `root`."""

    root: Path
    spec: ImageSpec
    format: str

    def files(self) -> list[str]:
        """See `ImageSet.files`."""
        return [n for names in self._files.values() for n in names]

    def counts(self) -> dict[str, int]:
        """See `ImageSet.counts`; reads the shards' headers."""
        return {
            split: sum(len(self._entries(name)) for name in names)
            for split, names in self._files.items()
        }

    def check(self, on_progress: OnProgress) -> None:
        """See `ImageSet.check`; decodes every image, in threads."""
        done, total = 0, sum(self.counts().values())
        with quietly(), ThreadPoolExecutor() as pool:
            for split, names in self._files.items():
                seen = np.zeros(len(self.spec.class_names), np.int64)
                for name in names:
                    labels = self._labels(name)
                    seen += np.bincount(labels, minlength=len(seen))
                    for start in range(0, len(labels), _CHECK_CHUNK):
                        chunk = self._entries(name)[start:][:_CHECK_CHUNK]
                        for _ in pool.map(
                            lambda e, name=name: self._decode(name, e), chunk
                        ):
                            pass
                        done += len(chunk)
                        on_progress(done, total)
                refuse_empty_class(self.root, split, seen, self.spec)

    def remarks(self) -> list[str]:
        """See `ImageSet.remarks`."""
        used = {*self.files()}
        left = sum(
            1
            for path in self.root.iterdir()
            if path.name not in used and not path.name.startswith(".")
        )
        without = sum(self._listing(name).left_out for name in used)
        counts = (
            (left, "other files, left out"),
            (without, "classes without a PNG or JPEG image, left out"),
        )
        return [f"{count:,} {what}" for count, what in counts if count]

    def shards(self, max_images: int) -> list[Shard]:
        """See `ImageSet.shards`; a shard never crosses a file."""
        return [
            shard
            for split, names in self._files.items()
            for name in names
            for shard in split_range(
                split, name, len(self._entries(name)), max_images
            )
        ]

    def read(self, shard: Shard) -> Images:
        """See `ImageSet.read`; keys read `train-000000.tar:cat_17`."""
        rows = slice(shard.start, shard.stop)
        entries = self._entries(shard.source)[rows]
        size = self.spec.image_size
        pixels = np.empty((len(entries), size, size, 3), np.uint8)
        with quietly():
            for i, entry in enumerate(entries):
                pixels[i] = self._decode(shard.source, entry)
        return Images(
            [f"{shard.source}:{entry.key}" for entry in entries],
            pixels,
            self._labels(shard.source)[rows],
        )

    @functools.cached_property
    def _files(self) -> dict[str, list[str]]:
        """The shards' names, sorted, by split."""
        return shard_names.by_split(self.root, self.format)

    def _listing(self, name: str) -> Listing:
        path = self.root / name
        return _listing(path, self.format, version(path))

    def _entries(self, name: str) -> list[Entry]:
        return self._listing(name).entries

    def _labels(self, name: str) -> npt.NDArray[np.int64]:
        entries = self._entries(name)
        last = len(self.spec.class_names) - 1
        for entry in entries:
            if not 0 <= entry.label <= last:
                raise UserError(
                    f"{printable(self.root / name)}: {entry.shown} has the "
                    f"label {entry.label}, expected 0 to {last}; correct it, "
                    "or the classes in the data set's file."
                )
        return np.array([entry.label for entry in entries], np.int64)

    def _decode(self, name: str, entry: Entry) -> npt.NDArray[np.uint8]:
        reader = _READERS[self.format]
        path = self.root / name
        try:
            pixels = decode(reader.image(path, entry))
        except UserError:
            raise
        except ValueError as error:
            raise UserError(
                f"{printable(path)}: {entry.shown} {error}; replace or "
                "remove it."
            ) from error
        return resize(pixels, self.spec.image_size, self.spec.resize)


@functools.lru_cache(maxsize=256)
def _listing(path: Path, file_format: str, _: Version) -> Listing:
    reader = _READERS[file_format]
    found = reader.entries(path)
    if not found.entries:
        raise UserError(
            f"{printable(path)} has no images, expected PNG or JPEG files with "
            "their classes; write it again, or remove it."
        )
    if len({entry.key for entry in found.entries}) < len(found.entries):
        raise UserError(
            f"{printable(path)} has two images of one key, expected each key "
            "once; write it again."
        )
    return found
