"""One machine of several: `python -m modules.multi_worker.worker ROOT`.

ROOT is the run's, under the same path on all machines, as the data and the
cache are. The first machine runs the pipeline; when it comes to the training,
it writes down what to train, and this process takes part. TensorFlow wants the
strategy to be made before anything else, and the pipeline's process has done
much by then, so the training has a process of its own there too.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from modules.common import atomic
from modules.common.digests import source_digest
from modules.common.errors import UserError
from modules.multi_worker import calls, own_process
from modules.multi_worker.machines import VARIABLE, Machines

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

_TRAINED, _FILES = "trained", "checkpoints.json"
_MODELS = ("classifier.keras", "decoder.keras")

_POLL = 0.5  # Seconds.
_PATIENCE = 60.0  # Seconds, with others that end their last epoch.
_LOST = (
    "the training on several machines broke off ({why}). Start the run and the "
    "workers again: they go on after the last whole epoch."
)


def lead(
    module: str, fn_args: FnArgs
) -> tuple[keras.Model, keras.Model, list[str]]:
    """Calls `run_fn` of `module` together with the other machines.

    In a process of its own, whose log and progress are this one's. It hands the
    models over: exported there, they would name the machines' devices.

    Args:
      module: dotted; its `run_fn` ends with `hand_over`.
      fn_args: of this process.

    Returns:
      The classifier, the decoder, and the training's checkpoints.

    Raises:
      UserError: if a machine is lost, or whatever `run_fn` raises.
    """
    directory = fn_args.custom_config.get("checkpoints")
    if not directory:
        raise UserError(
            f"{VARIABLE} names several machines, but the Trainer has no "
            "directory that they share; expected a local run. Unset it here."
        )
    file = Path(directory, calls.FILE)
    call = calls.Call.of(module, fn_args)
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(file, json.dumps(dataclasses.asdict(call)))
    try:
        own_process.run(_lead, call, file.parent)
    except own_process.Died as error:
        raise UserError(_LOST.format(why="its process died")) from error
    finally:
        file.unlink(missing_ok=True)
        for done in file.parent.glob(f"{calls.FILE}.*"):
            done.unlink()
    trained = Path(fn_args.model_run_dir, _TRAINED)
    models = [keras.saving.load_model(trained / name) for name in _MODELS]
    files = json.loads((trained / _FILES).read_text("utf-8"))
    shutil.rmtree(trained)
    return models[0], models[1], files


def hand_over(
    directory: str,
    classifier: keras.Model,
    decoder: keras.Model,
    files: Sequence[str],
) -> None:
    """Saves in `directory` what `lead` returns in the first machine's run."""
    trained = Path(directory, _TRAINED)
    trained.mkdir(parents=True)
    for name, model in zip(_MODELS, (classifier, decoder), strict=True):
        model.save(trained / name)
    (trained / _FILES).write_text(json.dumps(files), "utf-8")


def _lead(call: calls.Call, shared: Path) -> None:
    """Trains, and stays until the others have done so too, or are gone."""
    train(call)
    others = range(1, len(Machines.of(os.environ).addresses))
    for _ in range(round(_PATIENCE / _POLL)):
        if all((shared / _done(call, index)).exists() for index in others):
            break
        time.sleep(_POLL)
    # While this still listens: so the others know that it has not been lost.
    (shared / calls.FILE).unlink()


def _done(call: calls.Call, index: int) -> str:
    """The name of the file by which a machine says that it has trained."""
    return f"{calls.FILE}.{call.key}.{index}"


def train(call: calls.Call) -> None:
    """Trains in this process, in which TensorFlow has done nothing yet.

    Raises:
      UserError: if another machine is lost, or whatever `run_fn` raises.
    """
    import tensorflow as tf

    from modules.multi_worker import mirrored

    machines = Machines.of(os.environ)
    try:
        mirrored.join(machines)
        call.run()
    except tf.errors.OpError as error:
        logging.exception("The training broke off")
        why = f"machine {machines.own}: {type(error).__name__}"
        raise UserError(_LOST.format(why=why)) from None


def take_part(root: Path) -> None:
    """Waits for a training of the run in `root`, and takes part in it.

    Returns when the first machine is done as well: TensorFlow breaks off what
    a machine computes if one that it has met leaves.

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
    file = root / calls.FOLDER / calls.FILE
    while (call := calls.read(file)) is None:
        time.sleep(_POLL)
    if call.source != source_digest(call.module):
        raise UserError(f"the code of the training is not what {calls.SAME}")
    with tempfile.TemporaryDirectory() as scratch:
        train(
            dataclasses.replace(
                call,
                model_run_dir=scratch,
                serving_model_dir=f"{scratch}/model",
            )
        )
    file.with_name(_done(call, machines.own)).touch()
    while True:
        listens = machines.first_answers()  # Before it is known to be done.
        if calls.read(file) != call:
            return
        if not listens:
            raise UserError(_LOST.format(why="the first machine is gone"))
        time.sleep(_POLL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes part in one training; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m modules.multi_worker.worker",
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
