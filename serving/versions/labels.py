"""Which version of a model is `stable`, which `canary`, which `previous`.

A server refuses a label on a version that it has not loaded, and then looks at
no versions either (UpdateModelVersionLabelMap in TF Serving's server_core.cc).
So a label moves in two steps: servers are told to load the version; once they
have, the label is put on it, and versions without a label are unloaded.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from tensorflow_serving.config.model_server_config_pb2 import ModelConfig

from components.pusher import rolled_back
from components.pusher.models_config import FILE_NAME, STABLE, load
from components.pusher.versions import versions
from modules.common import manifest
from modules.common.errors import UserError
from serving.versions import models_config
from serving.versions.models_config import MOUNT

CANARY = "canary"
PREVIOUS = "previous"
"""The version that `stable` was on before; it stays loaded, to go back to."""
LABELS = (STABLE, CANARY)
"""The labels that are moved; `previous` follows."""

AwaitLoaded = Callable[[str, int, bool], None]
"""Returns when servers have loaded a version of a model; the third argument
is whether they were told to only now. Raises UserError where they cannot."""


@dataclasses.dataclass(frozen=True)
class Moved:
    """A label that was moved: the version it is on, and was on, if any."""

    label: str
    version: int
    before: int | None


def models(serving_root: Path) -> list[str]:
    """The models under the serving root that have a version, sorted."""
    if not serving_root.is_dir():
        return []
    names = [path.name for path in serving_root.iterdir() if path.is_dir()]
    return sorted(n for n in names if versions(serving_root / n))


def read(serving_root: Path) -> dict[str, dict[str, int]]:
    """The version that each label of each model is on.

    Raises:
      UserError: if the file is no ModelServerConfig.
    """
    return {
        config.name: dict(config.version_labels)
        for config in load(serving_root).model_config_list.config
    }


def production(serving_root: Path, model: str) -> int:
    """The stable version, or the newest whole one where there is no label.

    Raises:
      UserError: if there is no complete version.
    """
    version = read(serving_root).get(model, {}).get(STABLE)
    version = version or _newest_whole(serving_root / model)
    if version is None:
        raise UserError(
            f"{serving_root / model} has no complete version; `cifar10 "
            "models` shows what is there."
        )
    return version


def check(serving_root: Path, model: str, version: int) -> None:
    """Raises UserError unless the version is there, whole and unchanged."""
    known = versions(serving_root / model)
    if version not in known:
        found = ", ".join(map(str, known)) or "none"
        raise UserError(
            f"{serving_root / model} has no version {version}; expected one "
            f"of its versions: {found}."
        )
    if problems := manifest.verify(serving_root / model / str(version)):
        more = f" and {len(problems) - 1} more" if problems[1:] else ""
        raise UserError(
            f"version {version} of {model} is incomplete: {problems[0]}{more}; "
            "push or deliver it again."
        )


def assign(
    serving_root: Path,
    model: str,
    wanted: Mapping[str, int],
    await_loaded: AwaitLoaded,
) -> list[Moved]:
    """Moves labels of the model; all else stays as it is.

    Args:
      serving_root: where models are pushed, `<model>/<version>/`.
      model: its name.
      wanted: the version for each label that moves.
      await_loaded: asked before a label moves; see `AwaitLoaded`.

    Raises:
      UserError: if there is no such version, it is incomplete, a server could
        not load it, or another command is moving labels; then none has moved.
    """
    targets = set(wanted.values())
    for version in targets:
        check(serving_root, model, version)
    with models_config.moving(serving_root):
        before = read(serving_root).get(model, {})
        stable = before.get(STABLE)
        if before:  # Else no server has labels that it could hold on to.
            _load_first(serving_root, model, targets, await_loaded)
        with models_config.edited(serving_root) as server:
            config = models_config.entry(server, model)
            after = _complete(dict(config.version_labels) | dict(wanted))
            if stable is not None and stable != after[STABLE]:
                after[PREVIOUS] = stable
            _put(config, after)
    if stable is not None and STABLE in wanted:
        rolled_back.moved(
            serving_root / model,
            versions(serving_root / model),
            stable,
            wanted[STABLE],
        )
    return [
        Moved(label, version, before.get(label))
        for label, version in wanted.items()
    ]


def complete(serving_root: Path, mount: str = MOUNT) -> Path:
    """Makes the file, or adds the models it lacks, and returns its path.

    A model that is not in it gets all labels on its newest whole version; a
    label that is there stays where it is.

    Args:
      serving_root: where models are pushed, `<model>/<version>/`.
      mount: where the server sees that directory.

    Raises:
      UserError: if no model has been pushed, `stable` is on a version that is
        gone, or the file cannot be read.
    """
    newest = {
        name: version
        for name in models(serving_root)
        if (version := _newest_whole(serving_root / name)) is not None
    }
    if not newest:
        raise UserError(
            f"no complete model is in {serving_root}; `make run` trains and "
            "pushes one, `cifar10 models` shows what is there."
        )
    with models_config.edited(serving_root) as server:
        for name, version in newest.items():
            config = models_config.entry(server, name)
            config.base_path = f"{mount}/{name}"
            known = versions(serving_root / name)
            there = {
                label: on
                for label, on in config.version_labels.items()
                if on in known
            }
            if STABLE not in there and STABLE in config.version_labels:
                raise UserError(
                    f"{name}: {STABLE} is on version "
                    f"{config.version_labels[STABLE]}, which is not there any "
                    f"more; put it on another: `cifar10 label {version} "
                    f"{STABLE}`."
                )
            _put(config, _complete(there or dict.fromkeys(LABELS, version)))
    return serving_root / FILE_NAME


def _load_first(
    serving_root: Path,
    model: str,
    targets: set[int],
    await_loaded: AwaitLoaded,
) -> None:
    """Has servers load the versions, or leaves everything as it was."""
    with models_config.edited(serving_root) as server:
        config = models_config.entry(server, model)
        served = models_config.served(config)
        new = targets - served
        models_config.serve(
            config, served | set(config.version_labels.values()) | targets
        )
    try:
        for version in sorted(targets):
            await_loaded(model, version, version in new)
    except BaseException:
        with models_config.edited(serving_root) as server:
            config = models_config.entry(server, model)
            models_config.serve(config, set(config.version_labels.values()))
        raise


def _complete(labelled: dict[str, int]) -> dict[str, int]:
    """Adds the labels that a model must have."""
    either = labelled.get(STABLE, labelled.get(CANARY))
    assert either is not None, "at least one label is given"
    return dict.fromkeys(LABELS, either) | labelled


def _put(config: ModelConfig, labelled: dict[str, int]) -> None:
    """Sets the labels, and has servers load the versions that have one."""
    config.version_labels.clear()
    config.version_labels.update(labelled)
    models_config.serve(config, set(labelled.values()))


def _newest_whole(directory: Path) -> int | None:
    for version in versions(directory):
        if not manifest.verify(directory / str(version)):
            return version
    return None
