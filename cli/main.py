"""The command line: `run`, `tune`, what `cli.kubeflow` and `cli.serving` add.

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
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.text import Text

from cli import options
from cli import serving as serving_cli
from cli.ablation import ablation
from cli.kubeflow import app as kubeflow_app
from modules.common.errors import Interrupted, UserError
from modules.tuning.config import Strategy
from pipeline.configs import PresetName
from pipeline.console.searches import SearchRequest

PROGRAM = "cifar10"
FAILED = 1
NOT_BLESSED = 3
INTERRUPTED = 130  # What Typer makes of Ctrl-C, and shells expect.
RESUMED = ("run", "tune", "ablation")  # They keep what they have finished.

Searched = Literal["autoencoder", "classifier", "both"]

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
    tune: options.Tune = "none",
) -> int:
    """Run the pipeline, from the images to a pushed model.

    A second run with nothing changed takes everything from the first. The exit
    code is 0 where the model was pushed, 3 where it was not blessed.
    """
    search = SearchRequest(models=tune)
    return _run(data, preset, root, seed, cap, cache, search)


@app.command("tune")
def tune_command(
    data: options.Data = "auto",
    preset: options.Preset = None,
    root: options.Root = options.ROOT,
    seed: options.Seed = 0,
    cap: options.Caps = None,
    cache: options.Cache = None,
    model: Annotated[
        Searched,
        typer.Option(
            metavar="autoencoder|classifier|both",
            help="Whose hyperparameters are searched for.",
        ),
    ] = "classifier",
    strategy: Annotated[
        Strategy | None,
        typer.Option(
            metavar="bayesian|hyperband|random",
            help="How the search chooses what to try.",
            show_default="the preset's",
        ),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="The most trials of a search.",
            show_default="the preset's",
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="MINUTES",
            help="The most time of a search, all its sittings together.",
            show_default="the preset's",
        ),
    ] = None,
    schedule_share: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="SHARE",
            help="Epochs of a trial as a share of the whole schedule's; at "
            "least one.",
            show_default="the preset's",
        ),
    ] = None,
    save: Annotated[
        bool,
        typer.Option(
            "--save",
            help="Check the winner in, if it beats what is known: the "
            "preset's values from then on.",
        ),
    ] = False,
) -> int:
    """Run the pipeline with a search for the best hyperparameters in it.

    Trials are scored on the holdout, never on the test images; the first has
    the values that are known. A search that was broken off is gone on with,
    also with more trials or more time.
    """
    search = SearchRequest(
        models=model,
        strategy=strategy,
        trials=trials,
        minutes=budget,
        schedule_share=schedule_share,
        save=save,
    )
    return _run(data, preset, root, seed, cap, cache, search)


def _run(
    data: str,
    preset: PresetName | None,
    root: Path,
    seed: int,
    cap: list[str] | None,
    cache: Path | None,
    search: SearchRequest,
) -> int:
    """Runs the pipeline; the exit code."""
    from pipeline import run

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    request = options.request(
        data=data,
        preset=preset,
        root=root,
        seed=seed,
        cap=cap,
        cache=cache,
        search=search,
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
            goes_on = "; the same command goes on from there" if resumed else ""
            _complain(f"interrupted{goes_on}.", code)
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
    console = Console(stderr=True, highlight=False)
    line = Text.assemble(("error", "bold red"), f": {message}")
    console.print(line, soft_wrap=not console.is_terminal)
    return code


app.command("ablation")(ablation)
serving_cli.add_to(app)


if __name__ == "__main__":
    main()
