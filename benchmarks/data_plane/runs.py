"""Runs of the Beam components, with few steps of training: their seconds."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import modules  # noqa: F401  # Sets Keras up, before TFX imports it.
from benchmarks.data_plane.apart import Silent
from pipeline import beam
from pipeline.data import source as data_source
from pipeline.paths import Paths
from pipeline.request import Choices, configure
from pipeline.runner.observer import NodeFailed, Observer
from pipeline.runner.stopwatch import Stopwatch

if TYPE_CHECKING:
    from pipeline.configs import RunConfig
    from pipeline.data.source import DataSource
    from pipeline.runner.local_runner import Outputs

FEW_STEPS = {
    "autoencoder.epochs": 0.05,
    "classifier.epochs": 0.05,
    "classifier.encoder": "frozen",
}
"""The models' quality is not measured, only the time to evaluate them."""

ATTEMPTS = 3
"""Of the stock pipeline: with two workers, its Evaluator fails at times in
Beam's coder for arbitrary objects (`Unknown type tag`)."""

Seconds = Mapping[str, float]
Run = tuple["RunConfig", "DataSource"]


def prepare(
    data: str, preset: str, cache: Path
) -> tuple[RunConfig, DataSource]:
    """A run with few steps of training, and its images.

    Raises:
      UserError: if the data cannot be used.
    """
    config = configure(
        Choices(preset=preset, overrides=FEW_STEPS), sample=data == "sample"
    )
    source = data_source.resolve(data, cache=cache, dataset=config.dataset)
    return config, source


def run_ours(
    config: RunConfig,
    source: DataSource,
    root: Path,
    engine: beam.Profile = beam.LOCAL,
    observer: Observer | None = None,
) -> tuple[Seconds, Outputs]:
    """Runs this pipeline: the seconds by component, and what it wrote."""
    from tfx.orchestration.metadata import sqlite_metadata_connection_config

    from pipeline.pipeline import create_pipeline
    from pipeline.runner.local_runner import LocalRunner

    paths = Paths.under(root)
    stopwatch = Stopwatch(observer or Silent())
    outputs = LocalRunner(stopwatch).run(
        create_pipeline(
            config,
            source=source,
            serving=paths.serving,
            pipeline_root=str(paths.artifacts),
            metadata=sqlite_metadata_connection_config(str(paths.metadata)),
            beam_pipeline_args=engine.arguments(),
        )
    )
    return {c.name: c.seconds for c in stopwatch.components}, outputs


def run_stock(
    observer: Observer,
    outputs: Outputs,
    config: RunConfig,
    root: Path,
    without: Collection[str] = (),
) -> None:
    """Runs the stock components on what ours wrote.

    Args:
      observer: gets to know of them.
      outputs: of ours.
      config: of the run that wrote them.
      root: for theirs; what is there from an earlier call is not repeated.
      without: components to leave out.
    """
    from tfx.orchestration.metadata import sqlite_metadata_connection_config

    from benchmarks.data_plane import stock_pipeline
    from pipeline.runner.local_runner import LocalRunner

    def artifact(node_id: str, key: str) -> Path:
        (uri,) = outputs[node_id][key]
        return Path(uri)

    paths = Paths.under(root)
    pipeline = stock_pipeline.create_pipeline(
        examples=artifact("ImageExampleGen", "examples"),
        schema=artifact("SchemaImporter", "schema"),
        model=artifact("ClassifierTrainer", "model"),
        num_classes=len(config.dataset.class_names),
        image_size=config.dataset.image_size,
        root=paths.artifacts,
        metadata=sqlite_metadata_connection_config(str(paths.metadata)),
        beam_pipeline_args=beam.LOCAL.arguments(),
        without=without,
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            # What had succeeded before comes from the cache the next time.
            LocalRunner(observer).run(pipeline)
            break
        except NodeFailed as failure:
            if attempt == ATTEMPTS:
                raise
            print(f"{failure}; once more", file=sys.stderr)


def ours_in_turn(
    observer: Observer, chosen: Sequence[Run], root: Path
) -> list[Outputs]:
    """Runs this pipeline for each of `chosen`; what each run wrote.

    The observer gets to know of the last run only.
    """
    *warm_up, last = chosen
    found = [
        run_ours(config, source, root / str(index))[1]
        for index, (config, source) in enumerate(warm_up)
    ]
    _, outputs = run_ours(*last, root / "last", observer=observer)
    return [*found, outputs]


def stock_in_turn(
    observer: Observer,
    chosen: Sequence[Run],
    wrote: Sequence[Outputs],
    root: Path,
    without: Collection[str],
) -> None:
    """Runs the stock components on what `ours_in_turn` has written.

    The observer gets to know of the last run only. Where some are left out,
    that goes on from what the one before had finished; the others are there to
    be repeated.
    """
    *warm_up, (config, _) = chosen
    for index, (other, _) in enumerate(warm_up):
        own = root / f"{index}-{len(without)}"
        run_stock(Silent(), wrote[index], other, own, without)
    run_stock(observer, wrote[-1], config, root / "last", without)
