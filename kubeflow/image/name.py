"""The name of the image that all steps run in. Nothing slow is imported."""

from __future__ import annotations

import importlib.metadata
import re

from modules.common.errors import UserError

PACKAGE = "tfx-cifar10"
_TAGGED = re.compile(
    r"[^\s:@]+(:\d+/[^\s:@]+)?(:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})"
)


def default_image() -> str:
    """The image of the installed version of this project."""
    return f"{PACKAGE}:{importlib.metadata.version(PACKAGE)}"


def has_tag(image: str) -> bool:
    """Whether `image` says which one it is, by a tag or a digest."""
    return bool(_TAGGED.fullmatch(image))


def require_tag(image: str) -> None:
    """Refuses an image that does not say which one it is.

    Raises:
      UserError: if `image` has neither a tag nor a digest.
    """
    if not has_tag(image):
        raise UserError(
            f"the image is {image!r}; expected NAME:TAG or NAME@sha256:DIGEST, "
            "so that all steps of all runs have the same code: give --image."
        )
