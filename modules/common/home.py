"""Home directories in the paths that users give."""

from __future__ import annotations

from pathlib import Path

from modules.common.errors import UserError


def expanded(path: str | Path) -> Path:
    """A path that begins with `~` or `~user`, with that home directory.

    Raises:
      UserError: if there is no such user, or this one has no home.
    """
    path = Path(path)
    try:
        return path.expanduser()
    except RuntimeError as error:
        home = path.parts[0]
        raise UserError(
            f"the path {str(path)!r} begins with {home}, but no home directory "
            f"of that name is known here; write out what {home} stands for."
        ) from error
