"""Which version of a model is `stable` and which is `canary`.

That is `<serving root>/models.config`, which TF Serving reads again every few
seconds. It lies beside the models, so that one mounted directory has both and
a new file takes the place of the old one atomically. No TensorFlow here.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import (
    ModelConfig,
    ModelServerConfig,
)

from components.pusher import rolled_back
from components.pusher.models_config import FILE_NAME, STABLE, load, parse
from components.pusher.versions import versions
from modules.common.errors import UserError

PATTERN = Path(__file__).parent / "config" / FILE_NAME
MOUNT = "/models"
"""Where the server sees the serving root."""
LABELS = (STABLE, "canary")
HEADER = (
    "# Written by `cifar10 rollback` and `make serve`; see docs/SERVING.md.\n"
)


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


def model_of(serving_root: Path, version: int) -> str:
    """The one model that has `version`.

    Raises:
      UserError: if none has, or several have.
    """
    names = models(serving_root)
    having = [n for n in names if version in versions(serving_root / n)]
    if len(having) == 1:
        return having[0]
    if having:
        raise UserError(
            f"{' and '.join(having)} have a version {version}; say which is "
            "meant with --model-name."
        )
    raise UserError(
        f"no model in {serving_root} has a version {version}; `cifar10 models` "
        "lists what was pushed."
    )


def assign(
    serving_root: Path,
    model: str,
    version: int,
    labels: Iterable[str] = LABELS,
) -> dict[str, int]:
    """Puts `labels` of the model on `version`; all else stays as it is.

    Returns:
      The version that each label was on.

    Raises:
      UserError: if there is no such version, or the file cannot be read.
    """
    known = versions(serving_root / model)
    if version not in known:
        found = ", ".join(map(str, known)) or "none"
        raise UserError(
            f"{serving_root / model} has no version {version}; expected one "
            f"of its versions: {found}."
        )
    server = load(serving_root)
    config = _config(server, model)
    labels = tuple(labels)
    before = dict(config.version_labels)
    for label in labels:
        config.version_labels[label] = version
    for label in LABELS:  # A file that is new lacks the others.
        config.version_labels.setdefault(label, known[0])
    _write(serving_root, server)
    if STABLE in labels and STABLE in before:
        rolled_back.moved(serving_root / model, known, before[STABLE], version)
    return before


def complete(serving_root: Path, mount: str = MOUNT) -> Path:
    """Makes the file, or adds to it what it lacks, and returns its path.

    A model that is not in it gets all labels on its newest version; a label
    that is there stays where it is.

    Args:
      serving_root: where models are pushed, `<model>/<version>/`.
      mount: where the server sees that directory.

    Raises:
      UserError: if no model has been pushed, or the file cannot be read.
    """
    names = models(serving_root)
    if not names:
        raise UserError(
            f"no model has been pushed to {serving_root}; `make run` trains "
            "and pushes one."
        )
    server = load(serving_root)
    for name in names:
        config = _config(server, name)
        config.base_path = f"{mount}/{name}"
        newest = versions(serving_root / name)[0]
        for label in LABELS:
            config.version_labels.setdefault(label, newest)
    _write(serving_root, server)
    return serving_root / FILE_NAME


def _config(server: ModelServerConfig, model: str) -> ModelConfig:
    """The model's entry, which is made from the pattern if there is none."""
    configs = server.model_config_list.config
    for config in configs:
        if config.name == model:
            return config
    (pattern,) = parse(PATTERN.read_text("utf-8")).model_config_list.config
    new = configs.add()
    new.CopyFrom(pattern)
    new.name, new.base_path = model, f"{MOUNT}/{model}"
    new.version_labels.clear()
    return new


def _write(serving_root: Path, server: ModelServerConfig) -> None:
    """Replaces the file at once: a server reads the old one or the new one."""
    descriptor, temporary = tempfile.mkstemp(
        prefix=f".{FILE_NAME}.", dir=serving_root
    )
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(HEADER + text_format.MessageToString(server))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp's is private
        Path(temporary).replace(serving_root / FILE_NAME)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
