"""The command line's `ablation`; imports nothing slow before it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import options
from cli.signals import stop_like_ctrl_c
from pipeline.request import Choices

StudyName = Literal["node-2", "imbalance", "imbalance-cpu", "encoder-rate"]


def ablation(
    data: options.Data = "auto",
    seeds: Annotated[
        int, typer.Option(min=1, metavar="N", help="Seeds 0 to N - 1.")
    ] = 3,
    budget: Annotated[
        float,
        typer.Option(
            min=0.0,
            metavar="TFLOP",
            help="Training operations of each run, 10^12; the autoencoder's "
            "included.",
        ),
    ] = 5.0,
    study: Annotated[
        StudyName,
        typer.Option(
            metavar="NAME",
            help="What is compared: 'node-2', ways to use it; 'imbalance', "
            "remedies for unequal classes ('imbalance-cpu' with the network of "
            "that preset, for its schedule at a budget of 269); "
            "'encoder-rate', learning rates of the encoder. All but the first "
            "ask the holdout, not the test images.",
        ),
    ] = "node-2",
    systems: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...", help="Some of its systems.", show_default="all"
        ),
    ] = None,
    labels: Annotated[
        str,
        typer.Option(
            metavar="SHARE,...",
            help="Shares of the labels. Those below 1 are for the systems on "
            "the pipeline's own node 2, or those that --systems names.",
        ),
    ] = "1",
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="Results; what is found there is not run again.",
        ),
    ] = Path("runs/ablation"),
    cap: options.Caps = None,
    cache: options.Cache = None,
) -> int:
    """Compare ways to use node 2 at one compute budget; table and plot.

    Every system is trained on the same capped images, for the same number of
    floating-point operations. An interrupted command goes on where it was.
    """
    from ablation import run
    from pipeline.console import redirect

    stop_like_ctrl_c()
    request = run.Request(
        data=data,
        cache=options.cache_directory(cache, os.environ),
        out=out.expanduser(),
        seeds=seeds,
        budget=budget,
        study=study,
        systems=systems,
        labels=labels,
        choices=Choices(
            preset=run.PRESET, overrides=options.class_caps(cap or ())
        ),
    )
    with redirect.terminal() as screen:
        run.run(request, screen)
    return 0
