"""Trains and scores on the backend of the Keras that was imported first."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ablation import data, tasks
from ablation.store import Store
from ablation.studies.catalogue import Split
from ablation.systems import System
from benchmarks.gpu import report
from benchmarks.gpu.report import Measured
from benchmarks.throughput import Rate
from cli.options import cache_directory
from modules.common import progress
from modules.common.errors import UserError
from pipeline import overrides, presets
from pipeline.configs import RunConfig
from pipeline.data import source as data_source
from pipeline.data.source import DataSource


def measure(
    *,
    backend: str,
    device: str,
    path: str,
    preset: str,
    split: Split,
    seeds: int,
    epochs: float | None,
    changes: Sequence[str],
) -> int:
    """Trains, scores and prints; returns the exit code.

    Args:
      backend: Keras's.
      device: the name of what it trains on.
      path: where the images are.
      preset: its name.
      split: the evaluation split.
      seeds: how many, from 0 on.
      epochs: the most of each model; None for the preset's.
      changes: of the preset, as `--set` takes them.
    """
    try:
        config = configured(preset, epochs, changes)
        source = data_source.resolve(
            path,
            cache=cache_directory(None, os.environ),
            dataset=config.dataset,
        )
        if source.sample:
            config = presets.for_sample(config)
        found = _measured(config, source, split, seeds)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{source.description}, {split} split; {backend} on {device}")
    print("", *report.table(found), sep="\n")
    print("", report.line(config, device, found), sep="\n")
    return 0


def configured(
    preset: str, epochs: float | None, changes: Sequence[str]
) -> RunConfig:
    """The preset with what the command line changes of it.

    Raises:
      UserError: if that is invalid.
    """
    config = presets.PRESETS[preset]()
    config = overrides.apply(config, overrides.parse(changes, config))
    if epochs is not None:
        shorter = {
            f"{model}.epochs": min(epochs, getattr(config, model).epochs)
            for model in ("autoencoder", "classifier")
        }
        config = overrides.apply(config, shorter)
    return config


def _measured(
    config: RunConfig, source: DataSource, split: Split, seeds: int
) -> list[Measured]:
    """Trains and scores both models with each seed."""
    system = System(
        name=config.preset,
        title=f"the preset {config.preset}",
        autoencoder=config.autoencoder,
        share=0.0,
        classifier=config.classifier,
    )
    setting = tasks.Setting(
        config, source, data.load(source, config), None, split, steps=False
    )
    found = []
    for task in tasks.plan(
        [system], setting, fractions=[1.0], seeds=seeds, all_few=False
    ):
        rate = Rate()
        progress.LOGGER.addHandler(rate)
        progress.LOGGER.setLevel(logging.INFO)
        with tempfile.TemporaryDirectory(prefix="gpu-") as directory:
            outcome = tasks.do(task, setting, Store(Path(directory)))
        progress.LOGGER.removeHandler(rate)
        found.append(Measured(outcome, rate.images_per_second))
    return found
