"""An image folder: `train/<class>/*.{png,jpg,jpeg}` and `test/<class>/*`.

`folder_layout.py` has the other layouts.

`image_file.py` decodes the files, as the served graph does. Skipped entries
(files of other kinds, sub-folders) are counted, and so are resized images.
"""

from __future__ import annotations

import dataclasses
import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.image_example_gen.folder_layout import (
    SUFFIXES,
    VALIDATION,
    by_class,
    class_name,
    part,
    split_folders,
    visible,
)
from components.image_example_gen.image_file import (
    printable,
    quietly,
    read_image,
)
from components.image_example_gen.image_set import (
    SPLITS,
    Images,
    ImageSpec,
    OnProgress,
    Shard,
    split_range,
)
from modules.common.errors import UserError
from modules.common.fields import some_of

_CHECK_CHUNK = 500


@dataclasses.dataclass(frozen=True)
class FolderImageSet:
    """The image files under the directory `root`."""

    root: Path
    spec: ImageSpec

    def remarks(self) -> list[str]:
        """See `ImageSet.remarks`."""
        listings = [
            each
            for folder in dict.fromkeys(self._folders.values())
            for each in self._listing[folder]
        ]
        others = sum(each.others for each in listings)
        folders = sum(each.folders for each in listings)
        size = self.spec.image_size
        resized = len(self._resized)
        counts = (
            (others, f"not {', '.join(SUFFIXES)}, left out"),
            (folders, "sub-folders of classes, left out"),
            (resized, f"of other sizes, resized to {size}x{size}"),
        )
        unused = [
            f"{name}/ is left out"
            for name in VALIDATION
            if "test" in self._folders.values() and (self.root / name).is_dir()
        ]
        return [f"{count:,} {what}" for count, what in counts if count] + unused

    def files(self) -> list[str]:
        """See `ImageSet.files`; paths with forward slashes."""
        return [name for split in SPLITS for name, _ in self._rows(split)]

    def counts(self) -> dict[str, int]:
        """See `ImageSet.counts`."""
        return {split: len(self._rows(split)) for split in SPLITS}

    def check(self, on_progress: OnProgress) -> None:
        """See `ImageSet.check`; decodes every image, in threads."""
        names = self.files()
        with quietly(), ThreadPoolExecutor() as pool:
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
        rows = self._rows(shard.split)[shard.start : shard.stop]
        names = [name for name, _ in rows]
        size = self.spec.image_size
        pixels = np.empty((len(names), size, size, 3), np.uint8)
        with quietly():
            for i, name in enumerate(names):
                pixels[i] = self._decode(name)
        return Images(
            names,
            pixels,
            np.array([label for _, label in rows], np.int64),
        )

    def _rows(self, split: str) -> list[tuple[str, int]]:
        """(path below the root, label) of a split's images, sorted."""
        folder = self._folders[split]
        rows = []
        for label, listing in enumerate(self._listing[folder]):
            name, chosen = listing.name, listing.images
            if not folder:
                chosen = part(split, self.root / name, chosen)
            start = f"{folder}/{name}" if folder else name
            rows += [(f"{start}/{file}", label) for file in chosen]
        return rows

    @functools.cached_property
    def _folders(self) -> dict[str, str]:
        return split_folders(self.root)

    @functools.cached_property
    def _listing(self) -> dict[str, list[_Listing]]:
        """What is in the class folders, in label order, by the folder."""
        return {
            folder: self._list_split(folder)
            for folder in dict.fromkeys(self._folders.values())
        }

    @functools.cached_property
    def _resized(self) -> set[str]:
        """The images of other sizes among those that were decoded."""
        return set()

    def _list_split(self, folder: str) -> list[_Listing]:
        directory = self.root / folder
        found = by_class(directory, visible(directory, "directory of classes"))
        expected = [class_name(name) for name in self.spec.class_names]
        if strangers := sorted(set(found) - set(expected)):
            raise UserError(
                f"{printable(directory / found[strangers[0]])} is not a "
                f"class of this data set, expected {some_of(expected)}; rename "
                "or remove it."
            )
        return [_list_class(directory / found.get(n, n)) for n in expected]

    def _decode(self, name: str) -> npt.NDArray[np.uint8]:
        """One image as uint8 [H, W, 3]."""
        pixels, resized = read_image(
            self.root / name, self.spec.image_size, self.spec.resize
        )
        if resized:
            self._resized.add(name)
        return pixels


@dataclasses.dataclass(frozen=True)
class _Listing:
    """What is in the folder of a class.

    Attributes:
      name: of the folder.
      images: the names of the image files, sorted.
      others: the number of files that are skipped.
      folders: the number of sub-folders, which are skipped.
    """

    name: str
    images: list[str]
    others: int
    folders: int


def _list_class(directory: Path) -> _Listing:
    found = visible(directory, "directory of images")
    folders = {name for name, is_folder in found.items() if is_folder}
    images = [
        name
        for name in found
        if name.lower().endswith(SUFFIXES) and name not in folders
    ]
    others = len(found) - len(images) - len(folders)
    if not images:
        raise UserError(
            f"{printable(directory)} has no images: found {others} other files "
            f"and {len(folders)} folders, expected *{', *'.join(SUFFIXES)}; "
            "every class needs at least one."
        )
    for name in images:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise UserError(
                f"{printable(directory / name)} has a name that is not UTF-8, "
                "which cannot be an image's key; rename it."
            ) from error
    return _Listing(directory.name, images, others, len(folders))
