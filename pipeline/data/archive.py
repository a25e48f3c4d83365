"""Reading CIFAR-10's binary archive: what is in it, and safe extraction."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from components.image_example_gen.binary import FILES
from modules.common.errors import UserError


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


def extract_batches(archive: Path, directory: Path) -> None:
    """Extracts the six batch files of `archive`, and nothing else.

    The whole archive is looked through before the first byte is written, and
    the batch files go into `directory` by their own names, whatever folder
    they have in the archive.

    Raises:
      UserError: if it is no .tar.gz, holds links or paths that lead out of
        it, or lacks a batch file; then nothing has been written.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            members = _batch_members(archive, tar.getmembers())
            for name in FILES:
                source = tar.extractfile(members[name])
                assert source is not None  # a regular file
                with source, (directory / name).open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, not the archive's
        raise UserError(
            f"{archive} cannot be read as a .tar.gz archive ({error}); get "
            "cifar-10-binary.tar.gz again."
        ) from error


def _batch_members(
    archive: Path, members: list[tarfile.TarInfo]
) -> dict[str, tarfile.TarInfo]:
    """The batch files among the members, by name; every member is vetted."""
    for member in members:
        _refuse_unsafe(archive, member)
    files = {PurePosixPath(m.name).name: m for m in members if m.isreg()}
    if missing := [name for name in FILES if name not in files]:
        pickled = "data_batch_1" in files
        raise UserError(
            f"{archive} lacks {missing[0]}"
            f"{' and is the Python version of CIFAR-10' if pickled else ''}; "
            f"expected {FILES[0]} to {FILES[-1]}: get the binary version, "
            "cifar-10-binary.tar.gz."
        )
    return files


def _refuse_unsafe(archive: Path, member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        problem = "leads out of the archive"
    elif not (member.isreg() or member.isdir()):
        problem = "is a link or a device"
    else:
        return
    raise UserError(
        f"{archive} is unsafe: its member {member.name!r} {problem}, expected "
        "plain files and folders only; nothing was extracted, get the "
        "official archive."
    )
