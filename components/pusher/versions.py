"""The versions in a serving directory, as TensorFlow Serving sees them.

No TensorFlow here: BaselineModel uses it while the pipeline is being built.
"""

from __future__ import annotations

import pathlib

from modules.common.errors import UserError

_DIGITS = len(str(2**63))


def serving_directory(push_destination: str) -> pathlib.Path:
    """The directory that models are pushed to; it need not exist.

    Raises:
      UserError: if `push_destination` is a URI, or something but a directory.
    """
    if "://" in push_destination:
        raise UserError(
            f"the push destination is {push_destination}; expected a "
            "directory, since only there can a push be atomic. Mount the "
            "storage and give its path."
        )
    path = pathlib.Path(push_destination)
    if path.exists() and not path.is_dir():
        raise UserError(
            f"the push destination {path} is a file; expected a directory."
        )
    return path


def versions(directory: pathlib.Path) -> list[int]:
    """The numbers that are subdirectories of `directory`, the newest first.

    Anything else in there, a push under way included, is no version.
    """
    if not directory.is_dir():
        return []
    names = [path.name for path in directory.iterdir() if path.is_dir()]
    return sorted((int(n) for n in names if _is_version(n)), reverse=True)


def _is_version(name: str) -> bool:
    """Whether it is the plain decimal of an int64 from 1 on.

    TF Serving takes 0 and what is negative as well, but a push counts time.
    """
    if not (name.isascii() and name.isdecimal() and len(name) <= _DIGITS):
        return False
    return 0 < int(name) < 2**63 and str(int(name)) == name
