"""The output files of an ablation: table, results and plot."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console

from ablation.budget import TERA
from ablation.request import AblationRequest
from ablation.store import Outcome, write_text
from pipeline.configs import RunConfig
from pipeline.data.source import DataSource

TABLE, RESULTS, PLOT = "ablation.md", "ablation.json", "ablation.png"


def write(
    request: AblationRequest,
    config: RunConfig,
    source: DataSource,
    outcomes: Sequence[Outcome],
    console: Console,
) -> None:
    """Writes the files to the directory of the request; prints the table."""
    from ablation import plot, steps, table

    study, out = request.study, request.out
    header = _header(request, config, source)
    markdown = (
        steps.markdown(outcomes)
        if study.steps
        else table.markdown(outcomes, study.against)
    )
    text = "\n".join([*header, "", markdown])
    write_text(out / TABLE, text)
    record = {"about": header, "outcomes": [o.to_dict() for o in outcomes]}
    write_text(out / RESULTS, json.dumps(record, indent=2) + "\n")
    plot.save(outcomes, out / PLOT, study.split)
    console.print(f"\n{text}", soft_wrap=True, markup=False)
    names = ", ".join((TABLE, RESULTS, PLOT))
    console.print(f"in {out}: {names}", soft_wrap=True)


def _header(
    request: AblationRequest, config: RunConfig, source: DataSource
) -> list[str]:
    """The evaluation split and settings, in Markdown."""
    capped = config.sampling.capped(config.dataset.class_names)
    evaluation = {
        "test": f"evaluated on {source.test_count:,} test images",
        "holdout": "accuracy is the mean recall on the holdout, "
        f"{config.sampling.holdout_fraction:.0%} of them",
    }[request.study.split]
    loud = "**The built-in sample, not CIFAR-10.** " if source.sample else ""
    backend = (
        f" Trained on Keras's {request.backend} backend."
        if request.backend != "tensorflow"
        else ""
    )
    return [
        f"{loud}{source.train_count:,} training images under the class caps "
        f"(capped: {', '.join(capped) or 'none'}), "
        f"{evaluation}; data digest `{source.digest[:12]}`.",
        "",
        f"{_budget(request)} Values are means over seeds ± standard deviation; "
        "differences are paired by seed, ± their 95 % confidence interval."
        f"{backend}",
    ]


def _budget(request: AblationRequest) -> str:
    budget = request.compute()
    if budget is None:
        return (
            "Each system trains for the epochs of its hyperparameters; "
            "accuracies are with horizontal-flip test-time augmentation where "
            "nothing else is said."
        )
    if budget.pretraining is None:
        return (
            f"Each run has {budget.operations / TERA:g} TFLOPs for all of its "
            "training, the autoencoder's included; a randomly initialised one "
            "trains for more epochs instead."
        )
    random = {
        "total": "a randomly initialised one trains its classifier for both",
        "classifier": "paid once, it is not counted: a randomly initialised "
        "one trains its classifier for as long as the others",
    }[budget.accounting]
    return (
        f"Each classifier has {budget.operations / TERA:g} TFLOPs, and each "
        f"autoencoder {budget.pretraining / TERA:g} of its own; {random}."
    )
