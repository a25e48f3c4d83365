"""The files for serving a model of another name than cifar10.

python -m serving.manifests NAME DIRECTORY

They are written as `DIRECTORY/kubernetes`, `config` and `monitoring`, with all
Deployments, Services, claims, probes and alerts named for the model.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from modules.common.errors import UserError

FOLDERS = ("kubernetes", "config", "monitoring")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_MODEL = re.compile(
    r"(models/|model_name=\"|model_name: |name: \"|serving/)cifar10"
)
_OBJECT = re.compile(r"(?<!\w)cifar10(?=-|'s|\"|(?<!`cifar10)$)", re.MULTILINE)


def write(name: str, directory: Path) -> None:
    """Writes the files for the model `name` into a new directory.

    Kubernetes takes no `_`, so that is `-` in the names of its objects.

    Raises:
      UserError: if the name is none of a model, or the directory exists.
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            f"the model's name is {name!r}, expected up to 48 lower-case "
            "letters, digits and _, a letter first."
        )
    if directory.exists():
        raise UserError(f"{directory} exists; expected a new directory.")
    for folder in FOLDERS:
        shutil.copytree(Path(__file__).parent / folder, directory / folder)
    for file in directory.rglob("*"):
        if file.is_file():
            text = file.read_text("utf-8")
            file.write_text(renamed(text, name), "utf-8")


def renamed(text: str, name: str) -> str:
    """`text` with the model and the objects of Kubernetes named for `name`."""
    text = _MODEL.sub(rf"\g<1>{name}", text)
    return _OBJECT.sub(name.replace("_", "-"), text)


def main(arguments: Sequence[str]) -> None:
    """Writes the files that the command line asks for.

    Raises:
      UserError: if it does not have two arguments, or they are not usable.
    """
    if len(arguments) != 2:
        raise UserError("expected the model's name and a directory.")
    name, directory = arguments
    write(name, Path(directory))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.exit(f"error: {error}")
