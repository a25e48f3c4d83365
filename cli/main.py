"""The command line: `run`, `tune`, and the commands in the other files here.

The only place that reads environment variables. Nothing slow is imported until
the arguments have been checked.

Exit codes: 0 pushed, 1 error, 2 wrong arguments, 3 finished but not blessed,
130 interrupted.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer
from rich.text import Text

from cli import options
from cli import runs as runs_cli
from cli import serving as serving_cli
from cli.ablation import ablation
from cli.kubeflow.commands import app as kubeflow_app
from cli.sharing import choice, takes
from cli.signals import stop_like_ctrl_c
from modules.common.console import Console
from modules.common.errors import Interrupted, UserError, escaped
from modules.tuning.config import Strategy
from pipeline.configs import TunedModels
from pipeline.request import Choices, Request, help_of

PROGRAM, PACKAGE = "cifar10", "tfx-cifar10"
FAILED = 1
NOT_BLESSED = 3
INTERRUPTED = 130  # Typer's and the shells' code for Ctrl-C.
RESUMED = ("run", "tune", "ablation")  # Rerunning these resumes them.

Searched = Literal["autoencoder", "classifier", "both"]

app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(kubeflow_app, name="kubeflow")


@app.callback(invoke_without_command=True)
def program(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.")
    ] = False,
) -> None:
    """CIFAR-10 on TFX: an autoencoder, then a CNN on its hidden layer."""
    if version:
        print(f"{PROGRAM} {importlib.metadata.version(PACKAGE)}")
        raise typer.Exit
    options.help_without_command(context)


@app.command("run")
@takes(options.request)
def run_command(
    request: Request,
    tune: Annotated[
        TunedModels,
        choice(Choices, "tune", f"{help_of('tune')} See also 'cifar10 tune'."),
    ] = "none",
) -> int:
    """Run the pipeline, from the images to a pushed model.

    A second run with nothing changed is fully cached. The exit code is 0 if the
    model was pushed, 3 if it was not blessed.
    """
    return _run(dataclasses.replace(request, tune=tune))


@app.command("tune")
@takes(options.request)
def tune_command(
    request: Request,
    model: Annotated[
        Searched,
        typer.Option(
            metavar="|".join(get_args(Searched)), help=help_of("tune")
        ),
    ] = "classifier",
    strategy: Annotated[Strategy | None, options.Strategy] = None,
    trials: Annotated[int | None, options.Trials] = None,
    budget: Annotated[float | None, options.Budget] = None,
    schedule_share: Annotated[float | None, options.ScheduleShare] = None,
    save: Annotated[
        bool,
        typer.Option(
            "--save",
            help="Save the best values as the preset's, in modules/tuned/, if "
            "they beat the current ones.",
        ),
    ] = False,
) -> int:
    """Run the pipeline with a hyperparameter search.

    Trials are scored on the holdout, never on the test images; the first uses
    the current values. Repeat the command to resume an interrupted search, or
    to extend one with more trials or time.
    """
    bounds = {
        "strategy": strategy,
        "trials": trials,
        "minutes": budget,
        "schedule_share": schedule_share,
    }
    given = {
        f"tune.search.{name}": value
        for name, value in bounds.items()
        if value is not None
    }
    return _run(
        dataclasses.replace(
            request,
            tune=model,
            save=save,
            overrides={**request.overrides, **given},
        )
    )


def _run(request: Request) -> int:
    """Runs the pipeline; the exit code."""
    from pipeline import run

    stop_like_ctrl_c()
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
    """Check a pushed model: signatures, predictions, bad input.

    The exit code is 0 if all checks pass, 3 otherwise.
    """
    from cli import serve_check

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return 0 if serve_check.run(directory) else NOT_BLESSED


@app.command("describe")
def describe_command() -> int:
    """Print each preset's parameters and floating-point operations."""
    from cli import describe
    from pipeline.console import redirect

    with redirect.terminal() as screen, redirect.output_to(Path(os.devnull)):
        describe.run(screen)
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits; errors are one line on stderr."""
    try:
        code = app(arguments, standalone_mode=False, prog_name=PROGRAM)
        if code == INTERRUPTED:
            words = sys.argv[1:] if arguments is None else arguments
            resumed = words and words[0] in RESUMED
            resume = "; run the same command to resume" if resumed else ""
            _complain(f"interrupted{resume}.", code)
    except typer.TyperException as error:
        problem = error.format_message().rstrip(".")
        command = getattr(getattr(error, "ctx", None), "command_path", PROGRAM)
        code = _complain(f"{problem}; see {command} --help.", error.exit_code)
    except Interrupted as error:
        code = _complain(str(error), INTERRUPTED)
    except UserError as error:
        code = _complain(str(error), FAILED)
    sys.exit(code)


def _complain(message: str, code: int) -> int:
    """Prints an error on stderr; returns `code`."""
    console = Console(stderr=True)
    message = escaped(message, kept="\n")
    line = Text.assemble(("error", "bold red"), f": {message}")
    console.print(line, soft_wrap=not console.is_terminal)
    return code


app.command("ablation")(ablation)
app.command("runs")(runs_cli.runs)
app.command("report")(runs_cli.report)
app.command("compare")(runs_cli.compare)
serving_cli.add_to(app)


if __name__ == "__main__":
    main()
