"""One line for what the disk refuses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from components.image_example_gen.image_file import printable
from modules.common.errors import UserError


@contextlib.contextmanager
def accessible(path: Path) -> Iterator[None]:
    """A block that reads or writes `path` and what is below it.

    Raises:
      UserError: in place of an OSError; it has the file's name, or `path`
        where the error has none.
    """
    try:
        yield
    except OSError as error:
        found = Path(error.filename) if error.filename else path
        raise UserError(
            f"{printable(found)} cannot be used: {error.strerror}; check the "
            "path, its permissions and the space on the disk."
        ) from error
