"""`make image`: builds the Dockerfile with whichever builder is there.

    python -m kubeflow.image.build [IMAGE] [cpu|gpu] [release]

A release is built from base images by digest only.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from kubeflow.image.name import PACKAGE, default_image, require_tag
from kubeflow.image.pins import DOCKERFILE, REPOSITORY, require_pinned
from modules.common.errors import UserError
from pipeline import revision

ACCELERATORS = ("cpu", "gpu")
PLATFORM = "linux/amd64"
"""The only one that TFX has binary packages for."""
PROBE_TIMEOUT = 30.0
"""Seconds that a daemon has to answer."""

BUILDERS = {
    "docker": (
        ["docker", "buildx", "build", "--load"],
        (["docker", "buildx", "version"], ["docker", "info"]),
    ),
    "podman": (["podman", "build", "--format", "docker"], ()),
    "buildah": (["buildah", "build", "--format", "docker"], ()),
}
"""Each program that can build: its command, and what must work first."""


def builder() -> list[str]:
    """The command of the first of `BUILDERS` that works here.

    Raises:
      UserError: if none does.
    """
    lacking = []
    for program, (command, probes) in BUILDERS.items():
        if shutil.which(program) is None:
            lacking.append(f"no {program}")
        elif failed := next((p for p in probes if not _works(p)), None):
            lacking.append(f"`{' '.join(failed)}` fails")
        else:
            return command
    raise UserError(
        f"cannot build an image here: {', '.join(lacking)}; start Docker with "
        "its buildx plugin, or install podman or buildah."
    )


def _works(probe: Sequence[str]) -> bool:
    try:
        subprocess.run(
            probe, check=True, capture_output=True, timeout=PROBE_TIMEOUT
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def build_arguments(image: str, accelerator: str, revision: str) -> list[str]:
    """The arguments of whichever builder; it runs in the repository.

    Args:
      image: the name of the image, with a tag.
      accelerator: one of `ACCELERATORS`.
      revision: the commit that is built, for the image's label; "" where it
        is not known.

    Raises:
      UserError: if the image has no tag, or there is no such accelerator.
    """
    require_tag(image)
    if accelerator not in ACCELERATORS:
        raise UserError(
            f"found ACCELERATOR={accelerator}, expected one of: "
            f"{', '.join(ACCELERATORS)}."
        )
    values = {
        "ACCELERATOR": accelerator,
        "REVISION": revision or "unknown",
        "VERSION": importlib.metadata.version(PACKAGE),
    }
    return [
        f"--platform={PLATFORM}",
        f"--file={DOCKERFILE}",
        f"--tag={image}",
        *(f"--build-arg={name}={value}" for name, value in values.items()),
        ".",
    ]


def main(arguments: Sequence[str]) -> None:
    """Becomes the build.

    Raises:
      UserError: if nothing here can build, the arguments are wrong, or a
        release would be built from tags.
    """
    given = iter(arguments)
    image = next(given, "") or default_image()
    accelerator = next(given, "") or ACCELERATORS[0]
    if next(given, ""):
        require_pinned()
    told = build_arguments(image, accelerator, revision.commit())
    command = builder()
    os.chdir(REPOSITORY)
    os.execvp(command[0], [*command, *told])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.exit(f"error: {error}")
