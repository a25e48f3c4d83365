"""Our Beam components beside TFX's stock ones, on the same data in one run.

    .venv/bin/python -m benchmarks.data_plane --data PATH [--times 1 4 10]

Runs this pipeline with a few steps of training, then `stock_pipeline` on what
it wrote, both in this process by the same runner with the same Beam arguments,
and prints a Markdown table of the components' seconds. A run of both on the
built-in sample comes first, so that none pays for imports. `--times` repeats
that with the data several times over, which are PNG files then: ImageExampleGen
decodes them, and its stock counterpart imports what comes of it. Run it on a
machine that does nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import modules  # noqa: F401  # Sets Keras up, before TFX imports it.
from benchmarks import more_rows
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
    parser.add_argument(
        "--times",
        type=int,
        nargs="+",
        default=[1],
        choices=range(1, more_rows.MAX_TIMES + 1),
        metavar="N",
        help="how many times over the data are measured; default: once",
    )
    parser.add_argument(
        "--scratch",
        metavar="DIR",
        help="with space for the data, three times; default: the system's",
    )
    chosen = parser.parse_args(arguments)
    try:
        with scratch(chosen.scratch) as root:
            compare("sample", "smoke", root)
        for times in chosen.times:
            with scratch(chosen.scratch) as root:
                seconds = compare(chosen.data, chosen.preset, root, times)
            print(f"\n{times} x the data\n\n{table(*seconds)}", flush=True)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def scratch(directory: str | None) -> Iterator[Path]:
    """A directory for a measurement, removed after it."""
    with tempfile.TemporaryDirectory(dir=directory) as path:
        yield Path(path)


def compare(
    data: str, preset: str, root: Path, times: int = 1
) -> tuple[Seconds, Seconds]:
    """Seconds by component, ours and the stock ones, for `times` the data."""
    config, source = prepare(data, preset, root / "cache")
    if times > 1:
        rows = root / "rows"
        more_rows.write(source, config.dataset.spec, times, rows)
        source = data_source.resolve(
            str(rows), cache=root / "cache", dataset=config.dataset
        )
    ours, outputs = run_ours(config, source, root / "ours")
    return ours, run_stock(outputs, config, root / "stock")


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


def run_stock(outputs: Outputs, config: RunConfig, root: Path) -> Seconds:
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
            num_classes=len(config.dataset.class_names),
            image_size=config.dataset.image_size,
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
