"""What is printed around a run: its head, what came of it, what it cost.

Importing this module is cheap; `print_result` imports TFX when it is called.
"""

from __future__ import annotations

import dataclasses
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.text import Text

from pipeline.configs import RunConfig
from pipeline.console import class_counts, text
from pipeline.data.source import DataSource

if TYPE_CHECKING:
    from components.run_report.results import RunResult
    from pipeline.local_runner import Outputs
    from pipeline.run import Request


def print_head(
    screen: Console,
    request: Request,
    config: RunConfig,
    source: DataSource,
    log: Path,
) -> None:
    """Prints what is about to run, on which data, and where it writes."""
    default = " (for the sample)" if source.sample else " (the default)"
    loud = "bold yellow" if source.sample else ""
    for name, value, style in (
        ("preset", config.preset + ("" if request.preset else default), ""),
        ("seed", str(config.seed), ""),
        ("data", source.description, loud),
        (
            "",
            f"{source.train_count:,} training and {source.test_count:,} test "
            "images",
            loud,
        ),
        ("root", str(request.root), ""),
        ("log", str(log), ""),
    ):
        line = Text.assemble((f"{name:8}", "dim"), (value, style))
        screen.print(line, soft_wrap=True)
    screen.print()


def print_result(
    screen: Console, outputs: Outputs, config: RunConfig
) -> RunResult:
    """Prints the kept counts and the table."""
    from components.run_report.reading import read_result
    from modules import examples
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
        model_name=config.model_name,
        class_names=names,
        capped_classes=config.sampling.capped(names),
        sample=config.sample,
    )
    screen.print()
    for line in class_counts.lines(dict(zip(names, counts, strict=True))):
        screen.print(line, soft_wrap=True)
    screen.print()
    screen.print(result_table.render(result))
    return result


@dataclasses.dataclass(frozen=True)
class Cost:
    """What the run took.

    Attributes:
      seconds: wall time.
      peak_bytes: the most memory that the process held at once.
    """

    seconds: float
    peak_bytes: int

    @classmethod
    def since(cls, start: float) -> Self:
        """Of a run that began at `start`, as `time.monotonic` tells it."""
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return cls(time.monotonic() - start, peak_kib * 1024)

    def __str__(self) -> str:
        duration = text.duration(self.seconds)
        gigabytes = self.peak_bytes / 1e9
        return f"took {duration}, at most {gigabytes:.1f} GB of memory"
