"""Selects the pushed model that a new one is compared with.

No TensorFlow here: the version is part of the cache key, so it is selected
while the pipeline is being built.
"""

from __future__ import annotations

from pathlib import Path

from components.pusher import comparison, models_config, rolled_back
from components.pusher.versions import serving_directory, versions
from modules.common.errors import UserError
from modules.export import metadata


def baseline_version(push_destination: str, model_digest: str) -> str:
    """The version that a model with `model_digest` has to measure up to.

    That is the one in production: the one with the label `stable` where there
    is one, otherwise the newest that was not rolled back. If that was less
    accurate than the version it was compared with itself, it is that version,
    so that drops that the gate allows do not add up.

    A model is never compared with itself. Where it is in production already,
    it is compared with what it was compared with before, so a rerun with
    nothing changed gets the same answer, although its first run has pushed.

    Args:
      push_destination: `<serving root>/<model name>`; it need not exist.
      model_digest: the digest of the model that is to be compared.

    Returns:
      The version's directory name, or "" if there is no other model.

    Raises:
      UserError: if a version that would be compared with is not a model that
        this pipeline pushed, or the label is on a version that is not there.
        Passing over it could let a bad model through.
    """
    directory = serving_directory(push_destination)
    found = candidates(directory)
    for version in found:
        path = directory / str(version)
        own = metadata.read(path).lineage.model_digest == model_digest
        made = comparison.read(path)
        bar = made.baseline if own or made.worse else ""
        if bar.isdecimal() and int(bar) in found:
            other = metadata.read(directory / bar)
            if other.lineage.model_digest != model_digest:
                return bar
        if not own:
            return str(version)
    return ""


def candidates(directory: Path) -> list[int]:
    """The versions that may be compared with, the one in production first.

    Raises:
      UserError: if the label is on a version that is not there.
    """
    there = versions(directory)
    stable = models_config.stable(directory.parent, directory.name)
    if stable is None:
        newest = there[0] if there else 0
    elif stable in there:
        newest = stable
    else:
        raise UserError(
            f"{directory.parent / models_config.FILE_NAME} has the label "
            f"stable on version {stable}, which is not in {directory}; "
            "expected the version in production to be there. Put the label on "
            "another with `cifar10 rollback`."
        )
    taken_back = rolled_back.read(directory) - {stable}
    return [v for v in there if v <= newest and v not in taken_back]
