"""A data set's archive: contents and safe extraction.

An archive may be damaged or hostile. All of it is read once before the first
byte is written, because gzip's checksum is at the end, and oversized members
may be too.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from components.image_example_gen.binary import FILES
from components.image_example_gen.formats import foreign_kind, hint
from components.image_example_gen.readers.tar_headers import BoundedTar
from modules.common.errors import UserError

MAX_MEMBERS = 1_000
MAX_OTHER_BYTES = 16 << 20
"""The most bytes of all that is no batch: names, notes, tar's own headers."""
_MAX_READ = 4 << 20  # At once.

_GZIP = b"\x1f\x8b"
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
_OTHER_ARCHIVES = {
    b"PK": "a .zip archive",
    b"\xfd7zXZ": "compressed by xz (.tar.xz)",
    b"BZh": "compressed by bzip2 (.tar.bz2)",
    b"\x28\xb5\x2f\xfd": "compressed by zstd (.tar.zst)",
    b"\x80": "a Python pickle",
}


def file_digest(path: Path, algorithm: str) -> str:
    """The hexadecimal digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def require_md5(path: Path, expected: str) -> None:
    """Refuses a damaged or foreign file.

    Raises:
      UserError: if the file's MD5 checksum is not `expected`.
    """
    if (found := file_digest(path, "md5")) != expected:
        raise UserError(
            f"{path.name} has the wrong checksum: found md5 {found}, expected "
            f"{expected}; it is damaged or not the official archive, download "
            "it again."
        )


def extract_batches(
    archive: Path,
    directory: Path,
    max_bytes: int,
    files: Sequence[str] = FILES,
) -> None:
    """Extracts the batch files of `archive`, and nothing else.

    The batch files go into `directory` by their own names, whatever folder
    they have in the archive.

    Args:
      archive: a .tar.gz file.
      directory: an existing directory.
      max_bytes: the most bytes that a batch file may have.
      files: the names of the batch files.

    Raises:
      UserError: if it is no .tar.gz or damaged, holds links, sparse files or
        paths that lead out of it, is larger than such files need, or lacks
        a batch file or has it twice; then nothing has been written.
    """
    _refuse_other_kinds(archive)
    with _readable(archive, len(files) * max_bytes + MAX_OTHER_BYTES) as tar:
        batches = _batch_members(archive, tar, max_bytes, files)
        for name in files:
            source = tar.extractfile(batches[name])
            assert source is not None  # a regular file
            with source, (directory / name).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def _refuse_other_kinds(archive: Path) -> None:
    """Names an archive of another kind for what it is."""
    with archive.open("rb") as file:
        start = file.read(512)
    if start.startswith(_GZIP):
        return
    kind = "no archive"
    if start[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC):
        kind = "a plain .tar archive that is not compressed"
    for magic, other in _OTHER_ARCHIVES.items():
        if start.startswith(magic):
            kind = other
    raise UserError(
        f"{archive} cannot be read as a .tar.gz archive: it is {kind}. Give "
        "the official archive, or extract it and give the directory."
    )


@contextlib.contextmanager
def _readable(archive: Path, max_bytes: int) -> Iterator[tarfile.TarFile]:
    """The archive, with one line for whatever is wrong with it."""
    try:
        with (
            gzip.open(archive) as unpacked,
            _Bounded(unpacked, max_bytes) as bounded,
            BoundedTar(bounded) as tar,
        ):
            yield tar
    except (
        tarfile.TarError,
        EOFError,
        zlib.error,
        OSError,
        # Of tar's fields that hold no number, or no text.
        ValueError,
        OverflowError,
        RecursionError,  # A header that is about another, and so on.
    ) as error:
        if isinstance(error, UserError):
            raise
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, not the archive's
        raise UserError(
            f"{archive} cannot be read as a .tar.gz archive ({error}); get "
            "it again."
        ) from error


class _Bounded(io.RawIOBase):
    """An unpacked stream that ends in an error after `limit` bytes."""

    def __init__(self, stream: gzip.GzipFile, limit: int):
        self._stream = stream
        self._limit = limit

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, which must not be many at once."""
        if not 0 <= size <= _MAX_READ:
            raise tarfile.ReadError(f"a piece of {size:,} bytes")
        self._check(self.tell() + size)
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a place, counted from the start."""
        assert whence == io.SEEK_SET
        self._check(offset)
        return self._stream.seek(offset)

    def tell(self) -> int:
        """The place, counted from the start."""
        return self._stream.tell()

    def _check(self, position: int) -> None:
        # What is asked for may reach over the end by a little.
        if position > self._limit + _MAX_READ:
            raise tarfile.ReadError(
                f"it unpacks to more than {self._limit:,} bytes, which is all "
                "that its files need"
            )


def _batch_members(
    archive: Path, tar: tarfile.TarFile, max_bytes: int, files: Sequence[str]
) -> dict[str, tarfile.TarInfo]:
    """The batch files among the members, by name; every member is vetted."""
    found: dict[str, tarfile.TarInfo] = {}
    names = set()
    for count, member in enumerate(tar, start=1):
        if problem := _problem(member, count, max_bytes, found, files):
            raise UserError(
                f"{archive} is unsafe: its member {member.name!r} {problem}; "
                "nothing was extracted, get the official archive."
            )
        name = PurePosixPath(member.name).name
        names.add(name)
        if name in files and member.isreg():
            found[name] = member
    _drain(tar)
    if missing := [name for name in files if name not in found]:
        kind = foreign_kind(names)
        raise UserError(
            f"{archive} lacks {missing[0]}{f' and is {kind}' if kind else ''}; "
            f"expected {files[0]} to {files[-1]}"
            f"{hint(kind) if kind else ''}."
        )
    return found


def _problem(
    member: tarfile.TarInfo,
    count: int,
    max_bytes: int,
    found: dict[str, tarfile.TarInfo],
    files: Sequence[str],
) -> str | None:
    """What speaks against a member, continuing a sentence, if anything."""
    path = PurePosixPath(member.name)
    if count > MAX_MEMBERS:
        return f"comes after {MAX_MEMBERS:,} others, the most that are read"
    if path.is_absolute() or ".." in path.parts:
        return "leads out of the archive, expected a name inside it"
    if not (member.isreg() or member.isdir()) or member.issparse():
        return (
            "is a link, a device or a sparse file, expected plain files and "
            "folders only"
        )
    if path.name in files and member.isreg():
        if path.name in found:
            return (
                "is the second of that name, expected each batch file once "
                f"(the first is {found[path.name].name!r})"
            )
        if member.size > max_bytes:
            return f"has {member.size:,} bytes, expected at most {max_bytes:,}"
    elif member.size > MAX_OTHER_BYTES:
        return (
            f"has {member.size:,} bytes, expected at most {MAX_OTHER_BYTES:,} "
            "of what is no batch"
        )
    return None


def _drain(tar: tarfile.TarFile) -> None:
    """Reads to the end of the stream, where gzip's checksum stands."""
    assert tar.fileobj is not None
    while tar.fileobj.read(1 << 20):
        pass
