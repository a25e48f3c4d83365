"""One run on this machine, from the request to the printed table.

    data -> configuration -> DAG -> LocalRunner -> table

TensorFlow and TFX take seconds to import, so they wait until the data and the
configuration have been found good.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from modules.common.errors import UserError
from pipeline import presets, record
from pipeline.configs import PresetName, RunConfig
from pipeline.console import redirect, searches, summary, text
from pipeline.console.display import Display, open_display
from pipeline.console.searches import SearchRequest
from pipeline.data import source as data_source
from pipeline.data.source import DataSource
from pipeline.observer import NodeFailed
from pipeline.paths import Paths, claim
from pipeline.stopwatch import Stopwatch

if TYPE_CHECKING:
    from components.run_report.results import RunResult
    from pipeline.local_runner import Outputs

BEAM_ARGS = (
    # Beam's default runner first tries to download another one.
    "--runner=FnApiRunner",
    "--direct_running_mode=multi_threading",
    "--direct_num_workers=0",
    # All workers are in this process, so nothing is ever built from it; but
    # without it TFX builds a package of itself for each component.
    f"--setup_file={Path(__file__).parents[1] / 'setup.py'}",
)


class RunFailed(RuntimeError):
    """A run that broke; the message says where and why, then the log file."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asked for.

    Attributes:
      data: `auto`, `sample` or a path.
      root: the directory for all that the run writes.
      cache: the directory for extracted or downloaded data.
      preset: the preset, or None for the one that suits the data.
      seed: the one source of randomness.
      caps: class caps by class name, over those of the preset.
      search: for hyperparameters; none unless it is asked for.
    """

    data: str
    root: Path
    cache: Path
    preset: PresetName | None = None
    seed: int = 0
    caps: Mapping[str, int] = dataclasses.field(default_factory=dict)
    search: SearchRequest = dataclasses.field(default_factory=SearchRequest)


def configure(request: Request, *, sample: bool) -> RunConfig:
    """The configuration that `request` amounts to.

    Args:
      request: what the user asked for.
      sample: whether the data is the built-in sample.

    Raises:
      ConfigError: if a cap names no class, or is negative.
    """
    config = presets.PRESETS[request.preset or ("smoke" if sample else "cpu")]()
    if sample:
        config = presets.for_sample(config)
    sampling = dataclasses.replace(
        config.sampling, caps={**config.sampling.caps, **request.caps}
    )
    sampling.limits(config.dataset.class_names)
    return dataclasses.replace(
        config,
        seed=request.seed,
        sampling=sampling,
        tune=request.search.over(config.tune),
    )


def run(request: Request) -> RunResult:
    """Runs the pipeline and prints what happens and what came of it.

    Raises:
      UserError: if the request, the data or the root is not usable.
      RunFailed: if a component, or anything after the checks, fails.
    """
    start = time.monotonic()
    config = configure(request, sample=False)
    with redirect.terminal() as screen, claim(request.root) as paths:
        source = _resolve(screen, request, config)
        config = configure(request, sample=source.sample)
        request.search.require_worth_saving(config)
        log = _new_log(paths)
        summary.print_head(screen, request, config, source, log)
        with redirect.output_to(log):
            result, cost = _run_logged(
                screen, request, config, source, paths, log, start
            )
        screen.print(f"\n{cost}")
        return result


def _resolve(
    screen: Console, request: Request, config: RunConfig
) -> DataSource:
    """The data, with a progress bar where there is a terminal for it."""
    with contextlib.ExitStack() as stack:
        bar = None
        if screen.is_interactive:
            bar = stack.enter_context(data_source.progress_bar(screen))
        return data_source.resolve(
            request.data,
            cache=request.cache,
            class_names=config.dataset.class_names,
            image_size=config.dataset.image_size,
            progress=bar,
        )


def _new_log(paths: Paths) -> Path:
    paths.logs.mkdir(exist_ok=True)
    return paths.logs / f"{datetime.datetime.now():%Y%m%d-%H%M%S}.log"


def _run_logged(
    screen: Console,
    request: Request,
    config: RunConfig,
    source: DataSource,
    paths: Paths,
    log: Path,
    start: float,
) -> tuple[RunResult, summary.Cost]:
    """Runs the DAG and prints the table, while all else goes to the log."""
    try:
        with open_display(screen) as display:
            stopwatch = Stopwatch(display)
            outputs = _run_pipeline(display, stopwatch, config, source, paths)
        boards = searches.show(screen, outputs, config)
        if request.search.save:
            searches.save(screen, boards, config, source.digest)
        result = summary.print_result(screen, outputs, config)
        cost = summary.Cost.since(start)
        _keep(outputs, config, source, paths, log, stopwatch, result, cost)
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


def _keep(
    outputs: Outputs,
    config: RunConfig,
    source: DataSource,
    paths: Paths,
    log: Path,
    stopwatch: Stopwatch,
    result: RunResult,
    cost: summary.Cost,
) -> None:
    """Writes the run's record and report, and what TensorBoard draws."""
    from components.run_report import stored
    from pipeline.history import keep

    def directory(node_id: str, key: str) -> Path:
        (only,) = outputs[node_id][key]
        return Path(only)

    report = stored.read(directory("RunReport", "report"))
    finished = keep.Finished(
        log=log,
        config=config,
        source=source,
        report=dataclasses.replace(report, result=result),
        trainings={
            model: directory(f"{model.capitalize()}Trainer", "model_run")
            for model in ("autoencoder", "classifier")
        },
        components=stopwatch.components,
        commit=record.commit(),
        seconds=cost.seconds,
        peak_bytes=cost.peak_bytes,
    )
    keep.keep(finished, paths)


def _run_pipeline(
    display: Display,
    stopwatch: Stopwatch,
    config: RunConfig,
    source: DataSource,
    paths: Paths,
) -> Outputs:
    display.note("starting TFX")
    from absl import logging as absl_logging
    from tfx.orchestration.metadata import sqlite_metadata_connection_config

    from pipeline.local_runner import LocalRunner
    from pipeline.pipeline import create_pipeline

    absl_logging.set_verbosity(absl_logging.INFO)
    dag = create_pipeline(
        config,
        source=source,
        serving=paths.serving,
        searches=paths.searches,
        pipeline_root=str(paths.artifacts),
        metadata=sqlite_metadata_connection_config(str(paths.metadata)),
        beam_pipeline_args=BEAM_ARGS,
    )
    return LocalRunner(stopwatch).run(dag)
