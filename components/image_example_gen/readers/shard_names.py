"""The names of shards: of which format and split they are, and are all there.

The split is a word of the file's name: `train-000000.tar`,
`flowers-test.tfrecord-00000-of-00002`; `val` and `validation` stand for `test`
where that is missing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from components.image_example_gen.folder_layout import VALIDATION
from components.image_example_gen.image_file import printable
from modules.common.errors import UserError

_PATTERNS = {
    "webdataset": re.compile(r".*\.tar"),
    "tfrecord": re.compile(r".*\.tfrecords?(-\d+-of-\d+)?"),
}
_COMPRESSED = re.compile(r"\.(gz|bz2|xz|zst|tgz|tbz2?|txz|tzst)$")
_PLAIN = dict.fromkeys((".tgz", ".tbz", ".tbz2", ".txz", ".tzst"), ".tar")
_NUMBERED = re.compile(r"(.*)-([0-9]+)-of-([0-9]+)(.*)")


def split_of(name: str, file_format: str) -> str | None:
    """The word in a shard's name that says its split; None if it is none."""
    if not _PATTERNS[file_format].fullmatch(name):
        return None
    words = re.split(r"[^a-z]+", name.lower())
    known = ("train", "test", *VALIDATION)
    return next((word for word in words if word in known), None)


def refuse_compressed(root: Path) -> None:
    """Names compressed shards for what they are.

    Raises:
      UserError: if there are any in the directory.
    """
    for path in sorted(root.iterdir()):
        plain = _COMPRESSED.sub(lambda end: _PLAIN.get(end[0], ""), path.name)
        if plain == path.name or not path.is_file():
            continue
        if any(split_of(plain, each) for each in _PATTERNS):
            raise UserError(
                f"{printable(path)} is a compressed shard, expected "
                f"{printable(Path(plain))}; decompress all of them (gunzip, "
                "unxz, bunzip2, unzstd)."
            )


def by_split(root: Path, file_format: str) -> dict[str, list[str]]:
    """The names of a directory's shards, sorted, by split.

    Raises:
      UserError: if a split has none, or not all, or a name is not UTF-8.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(root.iterdir()):
        split = split_of(path.name, file_format)
        if path.is_file() and split:
            found.setdefault(split, []).append(path.name)
    other = next((v for v in VALIDATION if v in found), "test")
    test = found.get("test") or found.get(other, [])
    for split, names in (("train", found.get("train")), ("test", test)):
        if not names:
            raise UserError(
                f"{printable(root)} has no shard of the split {split}, "
                f"expected names such as {split}-000000.tar or "
                f"{split}.tfrecord-00000-of-00001; add some."
            )
        _require_keys(root, names)
        _require_all(root, names)
    return {"train": found["train"], "test": test}


def _require_keys(root: Path, names: Sequence[str]) -> None:
    """Refuses a shard's name that cannot be a part of its images' keys."""
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise UserError(
                f"{printable(root / name)} has a name that is not UTF-8, which "
                "cannot be a part of an image's key; rename it."
            ) from error


def _require_all(root: Path, names: Sequence[str]) -> None:
    """Refuses shards that are numbered `-00000-of-00004` and not complete."""
    found: dict[tuple[str, str, str], dict[int, str]] = {}
    for name in names:
        if match := _NUMBERED.fullmatch(name):
            start, number, total, end = match.groups()
            found.setdefault((start, total, end), {})[int(number)] = number
    for (start, total, end), numbers in found.items():
        first = int(int(total) in numbers)  # Some count from 1.
        missing = next(i for i in itertools.count(first) if i not in numbers)
        if missing < first + int(total):
            width = min(map(len, numbers.values()))
            name = f"{start}-{missing:0{width}}-of-{total}{end}"
            raise UserError(
                f"{printable(root)} has {len(numbers)} of {int(total)} shards "
                f"({printable(Path(name))} is missing), expected all of them; "
                "get it again."
            )
