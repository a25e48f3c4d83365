"""All systems, seeds and shares of the labels: what is missing is run.

    data -> plan -> runs, each kept as soon as it is finished -> table, plot

TensorFlow takes seconds to import, so it waits until the request is known to
be good.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ablation import display, systems
from ablation.budget import TERA
from ablation.store import Outcome, Store, write_text
from ablation.systems import Study, System
from modules import combinations
from modules.common.errors import UserError
from pipeline.configs import RunConfig
from pipeline.console import redirect
from pipeline.data import source as data_source
from pipeline.data.source import DataSource
from pipeline.request import Choices, configure

TABLE, RESULTS, PLOT = "ablation.md", "ablation.json", "ablation.png"
LOG = "ablation.log"
PRESET = "cpu"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asked for.

    Attributes:
      data: `auto`, `sample` or a path.
      cache: the directory for extracted or downloaded data.
      out: the directory for results; what is there already is not run again.
      seeds: how many seeds, from 0 on.
      budget: of each run, 10^12 floating-point operations.
      study: which table.
      systems: comma-separated names of some of its systems; None for all.
      labels: shares of the labels, comma-separated; below 1 only for the
        systems whose question it is, or those that `systems` names.
      choices: the preset whose images, class caps and holdout are used, and
        overrides of these; the systems have their own hyperparameters.
    """

    data: str
    cache: Path
    out: Path
    seeds: int
    budget: float
    study: str
    systems: str | None
    labels: str
    choices: Choices


def run(request: Request, console: Console) -> list[Outcome]:
    """Runs what is missing, prints and writes the table, and returns it all.

    TensorFlow's own messages go to a log file beside the results.

    Raises:
      UserError: if the request or the data is not usable.
    """
    study = systems.STUDIES[request.study]
    chosen = systems.chosen(study, request.systems)
    fractions = parse_labels(request.labels)
    if study.split == "holdout" and fractions != [1]:
        raise UserError(
            f"the shares of the labels are {request.labels!r}, but the study "
            f"{study.name!r} has its holdout inside them; expected 1: leave "
            "--labels out."
        )
    config = configure(request.choices, sample=False)
    source = _resolve(request, config, console)
    config = configure(request.choices, sample=source.sample)
    for system in chosen:
        if system.classifier is not None:
            combinations.check(
                system.autoencoder,
                system.classifier,
                config.dataset.image_size,
            )
    console.print(f"{source.description}", soft_wrap=True)
    request.out.mkdir(parents=True, exist_ok=True)
    with redirect.output_to(request.out / LOG):
        return _run(request, study, chosen, fractions, config, source, console)


def parse_labels(text: str) -> list[float]:
    """`1,0.1` as numbers.

    Raises:
      UserError: if one of them is no share.
    """
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = [0.0]
    if not all(0 < share <= 1 for share in found):
        raise UserError(
            f"the shares of the labels are {text!r}; expected numbers above 0 "
            "and up to 1, separated by commas, for example 1,0.1."
        )
    return found


def _resolve(
    request: Request, config: RunConfig, console: Console
) -> DataSource:
    with data_source.progress_bar(console) as bar:
        return data_source.resolve(
            request.data,
            cache=request.cache,
            class_names=config.dataset.class_names,
            image_size=config.dataset.image_size,
            progress=bar,
        )


def _run(
    request: Request,
    study: Study,
    chosen: Sequence[System],
    fractions: Sequence[float],
    config: RunConfig,
    source: DataSource,
    console: Console,
) -> list[Outcome]:
    from ablation import data, tasks

    images, store = data.load(source, config), Store(request.out)
    budget = round(request.budget * TERA)
    setting = tasks.Setting(config, source, images, budget, study.split)
    planned = tasks.plan(
        chosen,
        setting,
        fractions=fractions,
        seeds=request.seeds,
        all_few=request.systems is not None,
    )
    missing = [task for task in planned if store.find(task.key) is None]
    total = sum(task.plan.operations for task in missing)
    console.print(
        f"{len(planned)} runs, {len(planned) - len(missing)} of them done "
        f"before; {total / TERA:,.4g} TFLOP to do",
        soft_wrap=True,
    )
    with display.open_bar(console, total) as bar:
        for task in missing:
            bar.start(f"{task.system.name}, seed {task.seed}", task.plan)
            outcome = tasks.do(task, setting, store)
            store.add(outcome)
            bar.finish()
            console.print(display.line(outcome), soft_wrap=True)
    outcomes = [found for t in planned if (found := store.find(t.key))]
    _write(request, study, config, source, outcomes, console)
    return outcomes


def _head(
    request: Request, study: Study, config: RunConfig, source: DataSource
) -> list[str]:
    """What the numbers below it were measured on, for whoever reads them."""
    capped = config.sampling.capped(config.dataset.class_names)
    asked = {
        "test": f"{source.test_count:,} test images",
        "holdout": "accuracy is the mean recall of the "
        f"{config.sampling.holdout_fraction:.0%} of them that are held out",
    }[study.split]
    loud = "**The built-in sample, not CIFAR-10.** " if source.sample else ""
    return [
        f"{loud}{source.train_count:,} training images under the class caps "
        f"(capped: {', '.join(capped) or 'none'}), "
        f"{asked}; data digest `{source.digest[:12]}`.",
        "",
        f"Each run has {request.budget:g} TFLOP for all of its training, the "
        "autoencoder's share included; one that starts at random trains for "
        "longer instead. Values are means over seeds ± standard deviation; "
        "differences are paired by seed, ± their 95 % confidence interval.",
    ]


def _write(
    request: Request,
    study: Study,
    config: RunConfig,
    source: DataSource,
    outcomes: Sequence[Outcome],
    console: Console,
) -> None:
    """Table, results and plot, beside the runs they come from."""
    from ablation import plot, table

    head = _head(request, study, config, source)
    text = "\n".join([*head, "", table.markdown(outcomes, study.against)])
    write_text(request.out / TABLE, text)
    record = {"about": head, "outcomes": [o.to_dict() for o in outcomes]}
    write_text(request.out / RESULTS, json.dumps(record, indent=2) + "\n")
    plot.save(outcomes, request.out / PLOT, study.split)
    console.print(f"\n{text}", soft_wrap=True, markup=False)
    names = ", ".join((TABLE, RESULTS, PLOT))
    console.print(f"in {request.out}: {names}", soft_wrap=True)
