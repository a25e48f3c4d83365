"""Makes files readable for other users, such as a model server's."""

from __future__ import annotations

from pathlib import Path

FOLDER, FILE = 0o755, 0o644


def make_shared(directory: Path) -> None:
    """Makes a directory and its missing parents, for every user to enter.

    Directories that are there already keep their permissions.
    """
    missing = [
        path for path in (directory, *directory.parents) if not path.exists()
    ]
    directory.mkdir(parents=True, exist_ok=True)
    for path in missing:
        path.chmod(FOLDER)


def share(directory: Path) -> None:
    """Lets every user read the directory and all that is below."""
    for path in (directory, *directory.rglob("*")):
        path.chmod(FOLDER if path.is_dir() else FILE)
