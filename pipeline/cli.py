"""The command line: `run`, and what `kubeflow.cli` and `serving.cli` add.

The only place that reads environment variables. It imports nothing slow before
the arguments are known to be good.

Exit codes: 0 pushed, 1 error, 2 wrong arguments, 3 finished but not blessed,
130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from kubeflow.cli import app as kubeflow_app
from modules.errors import UserError
from pipeline import options
from serving import cli as serving_cli

PROGRAM = "cifar10"
FAILED = 1
NOT_BLESSED = 3
INTERRUPTED = 130  # What Typer makes of Ctrl-C, and shells expect.

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="CIFAR-10 on TFX: an autoencoder, then a CNN on its hidden layer.",
)
app.add_typer(kubeflow_app, name="kubeflow")


@app.command("run")
def run_command(
    data: options.Data = "auto",
    preset: options.Preset = None,
    root: options.Root = options.ROOT,
    seed: options.Seed = 0,
    cap: options.Caps = None,
    cache: options.Cache = None,
) -> int:
    """Run the pipeline, from the images to a pushed model.

    A second run with nothing changed takes everything from the first. The exit
    code is 0 where the model was pushed, 3 where it was not blessed.
    """
    from pipeline import run

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    request = options.request(
        data=data, preset=preset, root=root, seed=seed, cap=cap, cache=cache
    )
    try:
        result = run.run(request)
    except run.RunFailed as error:
        raise UserError(str(error)) from error
    return 0 if result.pushed_to else NOT_BLESSED


@app.command("serve-check")
def serve_check_command(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="A pushed version, ROOT/serving/NAME/VERSION."
        ),
    ],
) -> int:
    """Check that a pushed model serves: signatures, answers and bad input.

    The exit code is 0 where all is well, 3 where it is not.
    """
    from pipeline import serve_check

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return 0 if serve_check.run(directory) else NOT_BLESSED


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits; errors are one line on stderr."""
    try:
        code = app(arguments, standalone_mode=False, prog_name=PROGRAM)
    except typer.TyperException as error:
        problem = error.format_message().rstrip(".")
        command = getattr(getattr(error, "ctx", None), "command_path", PROGRAM)
        code = _complain(f"{problem}; see {command} --help.", error.exit_code)
    except UserError as error:
        code = _complain(str(error), FAILED)
    if code == INTERRUPTED:
        _complain("interrupted; the same command goes on from there.", code)
    sys.exit(code)


def _complain(message: str, code: int) -> int:
    """Prints an error on stderr; returns `code`."""
    console = Console(stderr=True, highlight=False)
    line = Text.assemble(("error", "bold red"), f": {message}")
    console.print(line, soft_wrap=not console.is_terminal)
    return code


app.command("predict")(serving_cli.predict)
app.command("models")(serving_cli.models)
app.command("rollback")(serving_cli.rollback)


if __name__ == "__main__":
    main()
