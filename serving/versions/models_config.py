"""Writing `<serving root>/models.config`, which TF Serving polls.

It lies beside the models, so that one mounted directory holds both and a new
file replaces the old one atomically. No TensorFlow here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import filelock
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import (
    ModelConfig,
    ModelServerConfig,
)

from components.pusher.models_config import FILE_NAME, load, parse
from components.pusher.versions import versions
from modules.common import atomic
from modules.common.errors import UserError

PATTERN = Path(__file__).parents[1] / "config" / FILE_NAME
MOUNT = "/models"
"""Where the server sees the serving root."""
LOCK_NAME = f".{FILE_NAME}.lock"
"""Held while the file is written."""
MOVE_LOCK_NAME = ".labels.lock"
"""Held while a label moves, which takes as long as servers take to load."""
HEADER = (
    "# Written by `make serve` and `cifar10 label`, `promote` and `rollback`:\n"
    "# the versions and their labels. All else may be edited by hand.\n"
    "# docs/SERVING.md explains it.\n"
)


@contextlib.contextmanager
def edited(serving_root: Path) -> Iterator[ModelServerConfig]:
    """The configuration, to be changed in place and written at the end.

    Nothing is written where the block raises. Entries of models whose folder
    is gone are dropped: one of them would stop the server from serving all.

    Raises:
      UserError: if the file is no ModelServerConfig, or cannot be written.
    """
    path = serving_root / FILE_NAME
    with _locked(serving_root / LOCK_NAME, timeout=10.0):
        server = load(serving_root)
        _drop_gone(serving_root, server)
        yield server
        try:
            atomic.write_text(
                path, HEADER + text_format.MessageToString(server)
            )
        except OSError as error:
            raise UserError(
                f"cannot write {path} ({error}); the labels are unchanged."
            ) from error


def moving(serving_root: Path) -> contextlib.AbstractContextManager[None]:
    """Keeps other commands from moving labels until the block ends.

    Two moves at once would each have servers drop what the other is waiting
    for.

    Raises:
      UserError: if another command is moving labels.
    """
    return _locked(serving_root / MOVE_LOCK_NAME, timeout=0.0)


@contextlib.contextmanager
def _locked(path: Path, timeout: float) -> Iterator[None]:
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=timeout)
    except filelock.Timeout:
        raise UserError(
            f"another command is changing the labels in {path.parent}; wait "
            "for it to end, and try again."
        ) from None
    except OSError as error:
        raise UserError(
            f"cannot write to {path.parent} ({error.strerror}); expected a "
            "serving root that this user may write to."
        ) from error
    try:
        yield
    finally:
        lock.release()


def entry(server: ModelServerConfig, model: str) -> ModelConfig:
    """The model's entry, made from the pattern if there is none."""
    configs = server.model_config_list.config
    for config in configs:
        if config.name == model:
            return config
    (pattern,) = parse(PATTERN.read_text("utf-8")).model_config_list.config
    new = configs.add()
    new.CopyFrom(pattern)
    new.name, new.base_path = model, f"{MOUNT}/{model}"
    new.version_labels.clear()
    new.model_version_policy.Clear()
    return new


def served(config: ModelConfig) -> set[int]:
    """The versions that servers load; empty where a policy chooses them."""
    return set(config.model_version_policy.specific.versions)


def serve(config: ModelConfig, wanted: set[int]) -> None:
    """Has servers load exactly the `wanted` versions."""
    config.model_version_policy.Clear()
    config.model_version_policy.specific.versions.extend(sorted(wanted))


def _drop_gone(serving_root: Path, server: ModelServerConfig) -> None:
    configs = server.model_config_list.config
    for config in list(configs):
        parent = str(PurePosixPath(config.base_path).parent)
        ours = parent in (MOUNT, str(serving_root))
        if ours and not versions(serving_root / config.name):
            configs.remove(config)
