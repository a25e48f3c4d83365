"""`make pin-images`: base images by digest, since a tag can move.

    python -m kubeflow.image.pins

Asks the registry for the digest of each image that a file of `FILES` names, and
writes it into the file, as NAME:TAG@sha256:DIGEST. Docker and Podman then go by
the digest; the tag is for the reader.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from modules.common import atomic
from modules.common.errors import UserError

REPOSITORY = Path(__file__).parents[2]
DOCKERFILE = Path("kubeflow") / "image" / "Dockerfile"
FILES = {
    DOCKERFILE: re.compile(r"^ARG \w+_IMAGE=(\S+)", re.MULTILINE),
    Path("serving/compose.yaml"): re.compile(r"^ +image: (\S+)", re.MULTILINE),
    Path("serving/kubernetes/base/deployment.yaml"): re.compile(
        r"^ +image: (\S+)", re.MULTILINE
    ),
}
"""The files that name images of others, and how they do."""

TIMEOUT = 60.0
"""Seconds that a registry has to answer."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INSPECT = (
    [
        "docker",
        "buildx",
        "imagetools",
        "inspect",
        "--format={{json .Manifest}}",
    ],
    ["skopeo", "inspect", "--no-tags", "--format={{json .}}"],
)
"""What asks a registry and prints JSON; skopeo wants a transport named."""


def unpinned(root: Path, file: Path) -> list[str]:
    """The images without a digest that `file`, below `root`, names."""
    images = FILES[file].findall((root / file).read_text("utf-8"))
    return [image for image in images if "@" not in image]


def require_pinned(root: Path = REPOSITORY) -> None:
    """Refuses a Dockerfile that is not built from digests.

    Raises:
      UserError: if a base image has none.
    """
    if images := unpinned(root, DOCKERFILE):
        raise UserError(
            f"{DOCKERFILE} names {' and '.join(images)} without a digest; a "
            "release is built from NAME:TAG@sha256:DIGEST. Run `make "
            "pin-images` where the registry can be reached, and commit it."
        )


def digest(image: str) -> str:
    """The digest that a registry has for `image`, NAME:TAG.

    Raises:
      UserError: if nothing here can ask, or the answer is none.
    """
    for command in _INSPECT:
        if shutil.which(command[0]) is None:
            continue
        name = (
            image if command[0] == "docker" else f"docker://docker.io/{image}"
        )
        answer = _ask([*command, name])
        if answer.returncode:
            last = (answer.stderr.strip() or "no reason").splitlines()[-1]
            raise UserError(f"{command[0]} cannot look up {image}: {last}")
        values = {k.lower(): v for k, v in json.loads(answer.stdout).items()}
        if _DIGEST.fullmatch(str(values.get("digest"))):
            return values["digest"]
        raise UserError(f"{command[0]} found no digest of {image}.")
    raise UserError(
        "cannot ask a registry: found neither docker nor skopeo; install one."
    )


def _ask(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise UserError(
            f"no registry answered {command[0]} in {TIMEOUT:.0f} s."
        ) from None


def pin(root: Path = REPOSITORY) -> list[str]:
    """Writes the digests of today into the files; returns the pinned images.

    Raises:
      UserError: as `digest` does; then no file has changed.
    """
    written: dict[Path, str] = {}
    found: dict[str, str] = {}
    for file, naming in FILES.items():
        text = (root / file).read_text("utf-8")
        for image in naming.findall(text):
            tagged = image.partition("@")[0]
            if tagged not in found:
                found[tagged] = f"{tagged}@{digest(tagged)}"
            text = text.replace(image, found[tagged])
        written[file] = text
    for file, text in written.items():
        atomic.write_text(root / file, text)
    return list(found.values())


if __name__ == "__main__":
    try:
        for pinned in pin():
            print(pinned)
    except UserError as error:
        sys.exit(f"error: {error}")
