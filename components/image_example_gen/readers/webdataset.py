"""WebDataset's shards: plain tar files, an image and its class side by side.

`0001.jpg` and `0001.cls` are one example; the class is a number in decimal
(https://github.com/webdataset/webdataset). Other members are passed over, and
classes without an image are counted.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from components.image_example_gen.image_file import MAX_BYTES, printable
from components.image_example_gen.readers.entry import Entry, Listing
from components.image_example_gen.readers.tar_headers import (
    BoundedTar,
    require_end,
)
from modules.common.errors import UserError, escaped

IMAGES = ("png", "jpg", "jpeg")
CLASS = "cls"
MAX_MEMBERS = 1_000_000
_MAX_CLASS_BYTES = 20


def entries(path: Path) -> Listing:
    """The images of a shard, in its order.

    Raises:
      UserError: if it is damaged, or an image has no class.
    """
    try:
        places, labels = _members(path)
    except (
        tarfile.TarError,
        EOFError,
        ValueError,
        OverflowError,
        RecursionError,  # A header that is about another, and so on.
    ) as error:
        raise UserError(
            f"{printable(path)} cannot be read as a WebDataset shard "
            f"({error}); expected a plain .tar file of KEY.png or KEY.jpg and "
            "KEY.cls; get or write it again."
        ) from error
    if unlabelled := next((key for key in places if key not in labels), None):
        name = escaped(unlabelled)
        raise UserError(
            f"{printable(path)}: {name} has no class, expected "
            f"{name}.{CLASS} beside its image."
        )
    return Listing(
        [Entry(key, labels[key], *at) for key, at in places.items()],
        len(labels) - len(places),
    )


def _members(path: Path) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """Where each image is, offset and size, and the labels, by key."""
    places: dict[str, tuple[int, int]] = {}
    labels: dict[str, int] = {}
    size = path.stat().st_size
    with path.open("rb") as file, BoundedTar(file) as tar:
        for count, member in enumerate(tar):
            if count >= MAX_MEMBERS:
                raise tarfile.ReadError(f"over {MAX_MEMBERS:,} members")
            if tar.offset > size:  # Where the next header is to be.
                raise tarfile.ReadError(f"it ends within {member.name!r}")
            key, kind = _key_and_kind(member.name)
            if kind not in (*IMAGES, CLASS):
                continue
            _require_usable(member)
            if kind == CLASS:
                if key in labels:
                    raise tarfile.ReadError(f"{key!r} has two classes")
                file.seek(member.offset_data)
                text = file.read(min(member.size, _MAX_CLASS_BYTES))
                labels[key] = _label(member.name, text)
            elif key in places:
                raise tarfile.ReadError(f"{key!r} has two images")
            else:
                places[key] = member.offset_data, member.size
        require_end(file, tar.offset)
    return places, labels


def _key_and_kind(name: str) -> tuple[str, str]:
    """Parts a member's name as WebDataset does: at its file's first dot."""
    folder, slash, file = name.rpartition("/")
    start, _, kind = file.partition(".")
    return folder + slash + start, kind.lower() if start else ""


def _require_usable(member: tarfile.TarInfo) -> None:
    """Refuses what is no plain file, too large, or of a name that is no key."""
    if not member.isreg() or member.issparse():
        raise tarfile.ReadError(f"{member.name!r} is no plain file")
    if member.size > MAX_BYTES:
        raise tarfile.ReadError(f"{member.name!r} is too large")
    try:
        member.name.encode()
    except UnicodeEncodeError as error:
        raise tarfile.ReadError(
            f"{member.name!r} has a name that is not UTF-8"
        ) from error


def _label(name: str, text: bytes) -> int:
    if not text.strip().isdigit():
        raise tarfile.ReadError(f"{name!r} is {text!r}, no number")
    return int(text)


def image(path: Path, entry: Entry) -> bytes:
    """An entry's image file."""
    with path.open("rb") as file:
        file.seek(entry.offset)
        return file.read(entry.size)
