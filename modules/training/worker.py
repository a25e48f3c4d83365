"""One machine of several that train: `python -m modules.training.worker ROOT`.

ROOT is the run's, under the same path on all machines, as the data and the
cache are. The first machine runs the pipeline; when it comes to the training,
it writes down what to train, and this process takes part. TensorFlow wants the
strategy to be made before anything else, and the pipeline's process has done
much by then, so the training has a process of its own there too.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import logging
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

from modules.common import atomic
from modules.common.digests import source_digest
from modules.common.errors import UserError
from modules.training import own_process
from modules.training.machines import VARIABLE, Machines

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

FOLDER = "checkpoints"
FILE = "multi_worker.json"
"""In the root's checkpoints: what the machines train now."""

_POLL = 0.5  # Seconds.
_LOST = (
    "the training on several machines broke off ({why}). Start the run and the "
    "workers again: they go on after the last whole epoch."
)

_SAME = "this machine has; expected the same commit on all machines."


@dataclasses.dataclass(frozen=True)
class Call:
    """What to train: `run_fn` of a module, and those of its arguments it reads.

    Attributes:
      module: dotted; has `run_fn`.
      train_files: as in TFX's `FnArgs`, like the rest.
      source: the digest of the module's code.
      key: different for every call.
    """

    module: str
    train_files: list[str]
    base_model: str | None
    serving_model_dir: str
    model_run_dir: str
    hyperparameters: dict[str, Any] | None
    custom_config: dict[str, Any]
    source: str
    key: str

    @classmethod
    def of(cls, module: str, fn_args: FnArgs) -> Self:
        """The call of this module's `run_fn` with these arguments."""
        return cls(
            module=module,
            train_files=fn_args.train_files,
            base_model=fn_args.base_model,
            serving_model_dir=fn_args.serving_model_dir,
            model_run_dir=fn_args.model_run_dir,
            hyperparameters=fn_args.hyperparameters,
            custom_config=fn_args.custom_config,
            source=source_digest(module),
            key=uuid.uuid4().hex,
        )

    def run(self) -> None:
        """Calls it."""
        arguments: Any = SimpleNamespace(**dataclasses.asdict(self))
        importlib.import_module(self.module).run_fn(arguments)


def lead(module: str, fn_args: FnArgs) -> None:
    """Calls `run_fn` of `module` together with the other machines.

    In a process of its own, whose log and progress are this one's.

    Raises:
      UserError: if a machine is lost, or whatever `run_fn` raises.
    """
    directory = fn_args.custom_config.get("checkpoints")
    if not directory:
        raise UserError(
            f"{VARIABLE} names several machines, but the Trainer has no "
            "directory that they share; expected a local run. Unset it here."
        )
    file = Path(directory, FILE)
    call = Call.of(module, fn_args)
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(file, json.dumps(dataclasses.asdict(call)))
    try:
        own_process.run(train, call)
    except own_process.Died as error:
        raise UserError(_LOST.format(why="its process died")) from error
    finally:
        file.unlink(missing_ok=True)


def train(call: Call) -> None:
    """Trains in this process, in which TensorFlow has done nothing yet.

    Raises:
      UserError: if another machine is lost, or whatever `run_fn` raises.
    """
    import tensorflow as tf

    from modules.training import multi_worker

    machines = Machines.of(os.environ)
    try:
        multi_worker.join(machines)
        call.run()
    except tf.errors.OpError as error:
        logging.exception("The training broke off")
        why = f"machine {machines.own}: {type(error).__name__}"
        raise UserError(_LOST.format(why=why)) from None


def take_part(root: Path) -> None:
    """Waits for a training of the run in `root`, and takes part in it.

    Returns when the first machine has exported the model: TensorFlow breaks
    off what it does if one that it has met leaves.

    Raises:
      UserError: if this is the first machine or none, if its code is not the
        first one's, or if that is lost.
    """
    machines = Machines.of(os.environ)
    if machines.first:
        raise UserError(
            f"{VARIABLE} does not say that this is a worker with an index "
            "above 0; the machine with index 0 runs the pipeline."
        )
    file = root / FOLDER / FILE
    while (call := _read(file)) is None:
        time.sleep(_POLL)
    if call.source != source_digest(call.module):
        raise UserError(f"the code of the training is not what {_SAME}")
    with tempfile.TemporaryDirectory() as scratch:
        train(
            dataclasses.replace(
                call,
                model_run_dir=scratch,
                serving_model_dir=f"{scratch}/model",
            )
        )
    while _read(file) == call:
        if not machines.first_answers():
            raise UserError(_LOST.format(why="the first machine is gone"))
        time.sleep(_POLL)


def _read(file: Path) -> Call | None:
    """The call in `file`, if it is there.

    Raises:
      UserError: if other code wrote it.
    """
    try:
        return Call(**json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise UserError(f"{file} is not what {_SAME}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes part in one training; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m modules.training.worker",
        description="Take part in the training of a run on several machines.",
    )
    parser.add_argument("root", type=Path, help="the run's root")
    root = parser.parse_args(arguments).root
    print(f"waiting for a training of the run in {root}", flush=True)
    try:
        take_part(root)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("the training is over", flush=True)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # TensorFlow's server may wait at exit for machines that are gone.
    os._exit(code)
