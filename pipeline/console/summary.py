"""The header and the summary that a run prints.

Importing this module is cheap; `print_result` imports TFX when it is called.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from modules.common import links
from pipeline import overrides
from pipeline.configs import RunConfig
from pipeline.console import class_counts
from pipeline.data.source import DataSource
from pipeline.paths import Paths
from pipeline.request import Request

if TYPE_CHECKING:
    from components.run_report.results import RunResult
    from pipeline.runner.local_runner import Outputs


def print_header(
    screen: Console,
    request: Request,
    config: RunConfig,
    source: DataSource,
    log: Path,
) -> None:
    """Prints what is about to run, on which data, and where it writes."""
    loud = "bold yellow" if source.sample else ""
    counts = f"{source.train_count:,} training, {source.test_count:,} test"
    for name, value, style in (
        ("preset", _preset(request, config), ""),
        *(("set", line, "") for line in overrides.describe(config.overrides)),
        ("seed", str(config.seed), ""),
        ("data", source.description, loud),
        ("", f"{counts} images", loud),
        ("root", str(request.root), ""),
        ("log", str(log), ""),
    ):
        line = Text.assemble((f"{name:8}", "dim"), (value, style))
        screen.print(line, soft_wrap=True)
    screen.print()


def _preset(request: Request, config: RunConfig) -> str:
    if request.file:
        return str(request.file)
    if request.preset:
        return config.preset
    reason = "for the sample" if config.sample else "the default"
    return f"{config.preset} ({reason})"


def print_result(
    screen: Console, outputs: Outputs, config: RunConfig, paths: Paths
) -> RunResult:
    """Prints the kept counts, what was found in the data, and the table."""
    from components.run_report.reading import read_result
    from modules import examples
    from modules.data_profile import verdict
    from pipeline.console import result_table

    def uri(node_id: str, key: str) -> str:
        (only,) = outputs[node_id][key]
        return only

    names = config.dataset.class_names
    counts = examples.count_images(
        [f"{uri('Transform', 'transformed_examples')}/Split-train/*"],
        len(names),
    ).sampled
    result = read_result(
        classifier_model=uri("ClassifierTrainer", "model"),
        classifier_evaluation=uri("ClassifierEvaluator", "evaluation"),
        autoencoder_evaluation=uri("AutoencoderEvaluator", "evaluation"),
        infra_blessing=uri("ServingCheck", "blessing"),
        pushed_model=uri("Pusher", "pushed_model"),
    )
    pushed_to = links.original(result.pushed_to, paths.root)
    result = dataclasses.replace(result, pushed_to=pushed_to)
    screen.print()
    for line in class_counts.lines(dict(zip(names, counts, strict=True))):
        screen.print(line, soft_wrap=True)
    for finding in verdict.read(Path(uri("AnomalyGate", "profile"))).findings:
        screen.print(Text(f"data: {finding.text}", "yellow"), soft_wrap=True)
    screen.print()
    screen.print(result_table.render(result))
    return result


def print_verdict(screen: Console, result: RunResult, paths: Paths) -> None:
    """Prints only whether the model was pushed, and where the report is."""
    from pipeline.console import result_table

    sample = ", on SAMPLE DATA" if result.sample else ""
    screen.print(f"accuracy {result.accuracy:.4f}{sample}")
    screen.print(result_table.verdict(result), soft_wrap=True)
    screen.print(f"report  {paths.report}", soft_wrap=True)
