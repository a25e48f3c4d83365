"""Runs all missing combinations of systems, seeds and label fractions.

    data -> plan -> runs, each kept as soon as it is finished -> table, plot

TensorFlow takes seconds to import, so it waits until the request is known to
be good.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ablation import display, report
from ablation.budget import TERA
from ablation.request import AblationRequest, Backend
from ablation.store import Outcome, Store
from ablation.studies import catalogue
from ablation.systems import System
from modules.common.errors import UserError
from pipeline.configs import RunConfig
from pipeline.console import redirect
from pipeline.data import source as data_source
from pipeline.data.progress_bars import progress_bar
from pipeline.data.source import DataSource
from pipeline.request import configure

LOG = "ablation.log"


def run(request: AblationRequest, console: Console) -> list[Outcome]:
    """Executes the missing runs; prints, writes and returns the table.

    TensorFlow's own messages go to a log file beside the results.

    Raises:
      UserError: if the request or the data is not usable.
    """
    config = configure(request.choices, sample=False)
    use_backend(request.backend)
    chosen = request.chosen(config.dataset.image_size)
    fractions, _ = request.fractions(), request.compute()
    source = _resolve(request, config, console)
    config = configure(request.choices, sample=source.sample)
    console.print(f"{source.description}", soft_wrap=True)
    request.out.mkdir(parents=True, exist_ok=True)
    with redirect.output_to(request.out / LOG):
        outcomes = _run(request, chosen, fractions, config, source, console)
        report.write(request, config, source, outcomes, console)
        return outcomes


def use_backend(backend: Backend) -> None:
    """Chooses Keras's backend; `modules` has set TensorFlow for the others.

    Raises:
      UserError: if it is not installed.
    """
    if importlib.util.find_spec(backend) is None:
        python = Path(sys.executable)
        raise UserError(
            f"the backend is {backend!r}, which is not installed; add it with "
            f"`{python.with_name('uv')} pip install --python {python} "
            f"{backend}`, or leave --backend out."
        )
    os.environ["KERAS_BACKEND"] = backend  # Keras is not imported yet.


def _resolve(
    request: AblationRequest, config: RunConfig, console: Console
) -> DataSource:
    with progress_bar(console) as bar:
        return data_source.resolve(
            request.data,
            cache=request.cache,
            dataset=config.dataset,
            progress=bar,
        )


def _run(
    request: AblationRequest,
    chosen: Sequence[System],
    fractions: Sequence[float],
    config: RunConfig,
    source: DataSource,
    console: Console,
) -> list[Outcome]:
    from ablation import data, tasks

    images, store = data.load(source, config), Store(request.out)
    study = request.study
    setting = tasks.Setting(
        config, source, images, request.compute(), study.split, study.steps
    )
    planned = tasks.plan(
        # A table of steps also has the rows of the commands before.
        catalogue.chosen(study, None) if study.steps else chosen,
        setting,
        fractions=fractions,
        seeds=request.seeds,
        all_few=request.systems is not None,
    )
    asked = [task for task in planned if task.system in chosen]
    missing = [task for task in asked if store.find(task.key) is None]
    total = sum(task.plan.operations for task in missing)
    console.print(
        f"{len(asked)} runs, {len(asked) - len(missing)} already done; "
        f"{total / TERA:,.4g} TFLOPs to do",
        soft_wrap=True,
    )
    with display.open_bar(console, total) as bar:
        for task in missing:
            bar.start(f"{task.system.name}, seed {task.seed}", task.plan)
            outcome = tasks.do(task, setting, store)
            store.add(outcome)
            bar.finish()
            console.print(display.line(outcome), soft_wrap=True)
    return [found for t in planned if (found := store.find(t.key))]
