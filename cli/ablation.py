"""The command line's `ablation`; imports nothing slow before it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ablation.budget import ACCOUNTINGS
from ablation.request import BACKENDS, BUDGET, PRESET, AblationRequest
from ablation.studies.catalogue import STUDIES
from cli import options
from cli.signals import stop_like_ctrl_c
from modules.common import fields
from modules.common.home import expanded
from pipeline.request import Choices

Seeds = Annotated[int, typer.Option(min=1, metavar="N", help="Seeds 0 to N-1.")]
Budget = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="TFLOPS",
        help="Training compute of each run, in 10^12 floating-point "
        "operations, including the autoencoder's; not for 'ladder'.",
        show_default=f"{BUDGET:g}",
    ),
]
Pretraining = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="TFLOPS",
        help="Training compute of each autoencoder, beside --budget, which "
        "is then the classifier's.",
        show_default="a share of --budget",
    ),
]
Accounting = Annotated[
    str,
    typer.Option(
        metavar="|".join(ACCOUNTINGS),
        help="Of --pretraining: 'total', a classifier that starts at random "
        "trains for as much more; 'classifier', it is paid once and counts "
        "nothing.",
        autocompletion=lambda: list(ACCOUNTINGS),
    ),
]
Study = Annotated[
    str,
    typer.Option(
        metavar="|".join(STUDIES),
        help="The comparison to run: 'node-2', ways to use node 2 "
        "('node-2-cpu': with the cpu preset's network; a budget of 480 covers "
        "its schedule); "
        "'imbalance', remedies for class imbalance ('imbalance-cpu': with "
        "the network of an earlier cpu preset; a budget of 269 covers its "
        "24 epochs); "
        "'encoder-rate', learning rates of the encoder; 'compressing', "
        "denoising autoencoders of 768 values; 'ladder', steps from that "
        "earlier preset to the present one, each with its own schedule. "
        "'node-2', 'node-2-cpu' and 'compressing' are evaluated on the test "
        "images, the others on the holdout.",
        autocompletion=lambda: list(STUDIES),
    ),
]
Systems = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,...",
        help="Train only these of the study's systems.",
        show_default="all",
    ),
]
Labels = Annotated[
    str,
    typer.Option(
        metavar="FRACTION,...",
        help="Fractions of the labels to train on. Those below 1 apply to the "
        "systems on the pipeline's own node 2, or to --systems.",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        help="Where results go; runs found there are not repeated.",
    ),
]
Backend = Annotated[
    str,
    typer.Option(
        metavar="|".join(BACKENDS),
        help="Of Keras, which trains; 'jax', if installed, for a GPU that "
        "TensorFlow does not see.",
        autocompletion=lambda: list(BACKENDS),
    ),
]


def ablation(
    data: options.Data = "auto",
    seeds: Seeds = 3,
    budget: Budget = None,
    pretraining: Pretraining = None,
    accounting: Accounting = "total",
    study: Study = "node-2",
    systems: Systems = None,
    labels: Labels = "1",
    out: Out = Path("runs/ablation"),
    backend: Backend = "tensorflow",
    cap: options.Caps = None,
    cache: options.Cache = None,
) -> int:
    """Compare ways to use node 2 at equal compute.

    Every system is trained on the same capped images, for the same number of
    floating-point operations ('ladder': for its own epochs). Repeat the command
    to resume an interrupted one.
    """
    from ablation import run
    from pipeline.console import redirect

    stop_like_ctrl_c()
    if study not in STUDIES:
        raise typer.BadParameter(
            f"the study is {study!r}, expected {fields.any_of(STUDIES)}."
        )
    if accounting not in ACCOUNTINGS:
        raise typer.BadParameter(
            f"the accounting is {accounting!r}, expected "
            f"{fields.any_of(ACCOUNTINGS)}."
        )
    if backend not in BACKENDS:
        raise typer.BadParameter(
            f"the backend is {backend!r}, expected {fields.any_of(BACKENDS)}."
        )
    request = AblationRequest(
        data=data,
        cache=options.cache_directory(cache, os.environ),
        out=expanded(out),
        seeds=seeds,
        budget=budget,
        pretraining=pretraining,
        accounting=accounting,
        study=STUDIES[study],
        systems=systems,
        labels=labels,
        choices=Choices(preset=PRESET, overrides=options.class_caps(cap or ())),
        backend=backend,
    )
    with redirect.terminal() as screen:
        run.run(request, screen)
    return 0
