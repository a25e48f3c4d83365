"""Our Beam components beside TFX's stock ones, on the same data in one run.

    .venv/bin/python -m benchmarks.data_plane --data PATH

Runs this pipeline with a few steps of training, then `stock_pipeline` on what
it wrote, both in this process by the same runner with the same Beam arguments,
and prints a Markdown table of the components' seconds. A run of both on the
built-in sample comes first, so that none pays for imports. Run it on a machine
that does nothing else.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import modules  # noqa: F401  # Sets Keras up, before TFX imports it.
from modules.common.errors import UserError
from pipeline import beam
from pipeline.data import source as data_source
from pipeline.paths import Paths
from pipeline.request import Choices, configure
from pipeline.runner.stopwatch import Stopwatch

if TYPE_CHECKING:
    from pipeline.configs import RunConfig
    from pipeline.data.source import DataSource
    from pipeline.runner.local_runner import Outputs

STOCK_OF = {
    "ImageExampleGen": "ImportExampleGen",
    "StatisticsGen": "StatisticsGen",
    "Transform": "Transform",
    "ClassifierEvaluator": "Evaluator",
}
"""The component that each of ours is compared with."""

FEW_STEPS = {
    "autoencoder.epochs": 0.05,
    "classifier.epochs": 0.05,
    "classifier.encoder": "frozen",
}
"""The models' quality is not measured, only the time to evaluate them."""

Seconds = Mapping[str, float]


class _Quiet:
    """An observer that prints nothing."""

    def notice(self, message: str) -> None:
        pass

    def run_started(self, node_ids: Sequence[str]) -> None:
        pass

    def node_started(self, node_id: str) -> None:
        pass

    def node_finished(self, node_id: str, *, cached: bool) -> None:
        pass

    def node_failed(self, node_id: str, error: BaseException) -> None:
        pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, and prints the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.data_plane",
        description=__doc__.partition("\n")[0],
    )
    parser.add_argument("--data", required=True, metavar="PATH")
    parser.add_argument("--preset", default="cpu")
    chosen = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            compare("sample", "smoke", Path(scratch, "sample"))
            ours, stock = compare(
                chosen.data, chosen.preset, Path(scratch, "measured")
            )
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table(ours, stock))
    return 0


def compare(data: str, preset: str, root: Path) -> tuple[Seconds, Seconds]:
    """Seconds by component: ours, and the stock ones."""
    config, source = prepare(data, preset, root / "cache")
    ours, outputs = run_ours(config, source, root / "ours")
    classes = len(config.dataset.class_names)
    return ours, run_stock(outputs, classes, root / "stock")


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
) -> tuple[Seconds, Outputs]:
    """Runs this pipeline: the seconds by component, and what it wrote."""
    from tfx.orchestration.metadata import sqlite_metadata_connection_config

    from pipeline.pipeline import create_pipeline
    from pipeline.runner.local_runner import LocalRunner

    paths = Paths.under(root)
    stopwatch = Stopwatch(_Quiet())
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


def run_stock(outputs: Outputs, classes: int, root: Path) -> Seconds:
    """Runs the stock components on what ours wrote: their seconds."""
    from tfx.orchestration.metadata import sqlite_metadata_connection_config

    from benchmarks import stock_pipeline
    from pipeline.runner.local_runner import LocalRunner

    def artifact(node_id: str, key: str) -> Path:
        (uri,) = outputs[node_id][key]
        return Path(uri)

    paths = Paths.under(root)
    stopwatch = Stopwatch(_Quiet())
    LocalRunner(stopwatch).run(
        stock_pipeline.create_pipeline(
            examples=artifact("ImageExampleGen", "examples"),
            schema=artifact("SchemaImporter", "schema"),
            model=artifact("ClassifierTrainer", "model"),
            num_classes=classes,
            root=paths.artifacts,
            metadata=sqlite_metadata_connection_config(str(paths.metadata)),
            beam_pipeline_args=beam.LOCAL.arguments(),
        )
    )
    return {c.name: c.seconds for c in stopwatch.components}


def table(ours: Seconds, stock: Seconds) -> str:
    """The seconds side by side, and their ratio, as Markdown."""
    lines = ["| component | stock, s | ours, s | ratio |", "|---|---|---|---|"]
    for own, other in STOCK_OF.items():
        a, b = ours[own], stock[other]
        lines.append(f"| {own} | {b:.1f} | {a:.1f} | {a / b:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
