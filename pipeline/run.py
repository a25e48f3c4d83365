"""One run on this machine, from the request to the printed result.

    data -> configuration -> DAG -> LocalRunner -> table

TensorFlow and TFX take seconds to import, so they are imported only once data
and configuration are validated.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from modules.common import links
from modules.common.errors import UserError
from modules.multi_worker.machines import Machines
from modules.tuning.leaderboard import Leaderboard
from pipeline import revision, tuned
from pipeline.configs import MODELS, Model, RunConfig
from pipeline.console import redirect, searches, summary, text
from pipeline.console.display import Display, open_display
from pipeline.cost import RunCost
from pipeline.data import source as data_source
from pipeline.data.minimum import require_enough
from pipeline.data.progress_bars import progress_bar
from pipeline.data.source import DataSource
from pipeline.history import keep
from pipeline.paths import Paths, claim, require_printable
from pipeline.presets import tuned_name
from pipeline.request import Request, configure
from pipeline.runner.observer import NodeFailed
from pipeline.runner.stopwatch import Stopwatch

if TYPE_CHECKING:
    from components.run_report.page import Report
    from components.run_report.results import RunResult
    from modules.hparams import ClassifierParams
    from pipeline.runner.local_runner import Outputs


class RunFailed(RuntimeError):
    """A run that failed; the message has the component, the reason, the log."""


def run(request: Request) -> RunResult:
    """Runs the pipeline; prints its progress and its result.

    Raises:
      UserError: if the request, the data or the root is not usable.
      RunFailed: if a component, or anything after the checks, fails.
    """
    start = time.monotonic()
    require_printable("root", request.root.absolute())
    require_printable("cache", request.cache.absolute())
    require_printable("data", Path(request.data))
    config = configure(request, sample=False)
    request.beam.check()
    _require_first_of(config.classifier)
    with redirect.terminal() as screen, claim(request.root) as paths:
        screen.quiet = request.verbosity == "quiet"
        source = _resolve(screen, request, config)
        require_enough(source, config.dataset)
        config = configure(request, sample=source.sample)
        request.require_savable(config)
        log = _new_log(paths)
        summary.print_header(screen, request, config, source, log)
        also = screen.file if request.verbosity == "verbose" else None
        with redirect.output_to(log, also):
            result, cost = _run_logged(
                screen, request, config, source, paths, log, start
            )
        screen.print(f"\n{text.cost(cost)}")
        if screen.quiet:
            screen.quiet = False
            summary.print_verdict(screen, result, paths)
        return result


def _require_first_of(params: ClassifierParams) -> None:
    """Raises a UserError where other machines could not help to train."""
    if params.distribute:
        machines = Machines.of(os.environ)
        machines.require_first()
        machines.require_equal_parts(params.batch_size)


def _resolve(
    screen: Console, request: Request, config: RunConfig
) -> DataSource:
    """The data, with a progress bar where there is a terminal for it."""
    with contextlib.ExitStack() as stack:
        bar = None
        if screen.is_interactive and not screen.quiet:
            bar = stack.enter_context(progress_bar(screen))
        return data_source.resolve(
            request.data,
            cache=request.cache,
            dataset=config.dataset,
            progress=bar,
            notice=lambda message: screen.print(message, soft_wrap=True),
        )


def _new_log(paths: Paths) -> Path:
    """An empty log, named by the first second that no run has yet."""
    paths.logs.mkdir(exist_ok=True)
    second = datetime.datetime.now()
    while True:
        log = paths.logs / f"{second:%Y%m%d-%H%M%S}.log"
        with contextlib.suppress(FileExistsError):
            log.touch(exist_ok=False)
            return log
        second += datetime.timedelta(seconds=1)


def _run_logged(
    screen: Console,
    request: Request,
    config: RunConfig,
    source: DataSource,
    paths: Paths,
    log: Path,
    start: float,
) -> tuple[RunResult, RunCost]:
    """Runs the DAG and prints the table, while all else goes to the log."""
    try:
        live = request.verbosity == "normal"
        with open_display(screen, live=live) as display:
            stopwatch = Stopwatch(display)
            outputs = _run_pipeline(
                display, stopwatch, request, config, source, paths
            )
        boards = searches.show(screen, outputs, config)
        if request.save:
            _save(screen, boards, config, source)
        result = summary.print_result(screen, outputs, config, paths)
        cost = RunCost.since(start)
        report, trainings = _artifacts(outputs)
        finished = keep.Finished(
            log=log,
            config=config,
            source=source,
            report=dataclasses.replace(report, result=result),
            trainings=trainings,
            components=stopwatch.components,
            commit=revision.commit(),
            cost=cost,
        )
        keep.keep(finished, paths)
        screen.print(f"\nreport  {paths.report}", soft_wrap=True)
        return result, cost
    except UserError:
        raise
    except NodeFailed as failure:
        screen.print()
        why = text.reason(failure.__cause__ or failure)
        raise RunFailed(f"{failure}: {why}\nlog: {log}") from failure
    except Exception as error:
        logging.getLogger(__name__).exception("The run failed")
        raise RunFailed(f"{text.reason(error)}\nlog: {log}") from error


def _artifacts(outputs: Outputs) -> tuple[Report, dict[Model, Path]]:
    """RunReport's report, and the Trainers' `model_run` by model."""
    from components.run_report import stored

    def directory(node_id: str, key: str) -> Path:
        (only,) = outputs[node_id][key]
        return Path(only)

    trainings = {
        model: directory(f"{model.capitalize()}Trainer", "model_run")
        for model in MODELS
    }
    return stored.read(directory("RunReport", "report")), trainings


def _save(
    screen: Console,
    boards: Sequence[Leaderboard],
    config: RunConfig,
    source: DataSource,
) -> None:
    """Saves what the searches found as the preset's values, and says so."""
    found = tuned.winners(boards, seed=config.seed, data_digest=source.digest)
    for model in (b.model for b in boards if b.model not in found):
        screen.print(f"{model}: the current values stay; nothing is saved.")
    if found:
        file = tuned.save(tuned_name(config), found)
        screen.print(f"saved to {file}: {', '.join(found)}", soft_wrap=True)


def _run_pipeline(
    display: Display,
    stopwatch: Stopwatch,
    request: Request,
    config: RunConfig,
    source: DataSource,
    paths: Paths,
) -> Outputs:
    display.note("starting TFX")
    from absl import logging as absl_logging
    from tfx.orchestration.metadata import sqlite_metadata_connection_config

    from pipeline.pipeline import create_pipeline
    from pipeline.runner.local_runner import LocalRunner
    from pipeline.runner.recovery import drop_old_checkpoints

    absl_logging.set_verbosity(absl_logging.INFO)
    paths = Paths.under(links.reachable(paths.root))
    drop_old_checkpoints(paths.checkpoints)
    dag = create_pipeline(
        config,
        source=source,
        serving=paths.serving,
        searches=paths.searches,
        checkpoints=paths.checkpoints,
        pipeline_root=str(paths.artifacts),
        metadata=sqlite_metadata_connection_config(str(paths.metadata)),
        beam_pipeline_args=request.beam.arguments(),
    )
    return LocalRunner(stopwatch).run(dag)
