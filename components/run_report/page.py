"""The report as one self-contained page of HTML.

Whatever comes from data is escaped by Jinja. No TensorFlow here.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import functools
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2

from components.run_report import charts, curve, gates
from components.run_report.details import RunDetails
from components.run_report.pictures import Gallery
from components.run_report.results import ClassResult, RunResult
from modules.data_profile.summary import SplitSummary
from modules.data_profile.verdict import Verdict
from modules.evaluation.predictions import Predictions
from modules.export.metadata import ModelDescription
from modules.image_statistics import STATISTICS
from modules.training.curves import Curves

TEMPLATES = pathlib.Path(__file__).parent / "templates"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassCounts:
    """The images of one class.

    Attributes:
      available: in the train split.
      cap: the most that may be sampled of them; None for all.
      sampled: those that the models may see.
      holdout: those of the sampled ones that a search is scored on.
      test: in the test split.
    """

    available: int
    cap: int | None
    sampled: int
    holdout: int
    test: int

    @property
    def left_out(self) -> int:
        """How many training images the cap left out."""
        return self.available - self.sampled

    @property
    def cut(self) -> bool:
        """Whether it left out any."""
        return self.left_out > 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataProfile:
    """The statistics of the data, and what the checks said.

    Attributes:
      verdict: AnomalyGate's.
      splits: the statistics by split.
    """

    verdict: Verdict
    splits: Mapping[str, SplitSummary]


@dataclasses.dataclass(frozen=True)
class Hyperparameter:
    """A hyperparameter as a model was trained with it.

    Attributes:
      model: which of the two.
      name: of the field in `modules.hparams`.
      value: a JSON value.
      origin: where it comes from, in words.
    """

    model: str
    name: str
    value: Any
    origin: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """What RunReport knows of a run, and its page says.

    Attributes:
      result: of the run.
      model: the classifier's description.
      preset: the name of the preset.
      counts: the images of each class, by its name, in label order.
      data: what the images look like.
      gallery: test images.
      predictions: the classifier's, on all of them.
      gates: the fields of `pipeline.configs.GateConfig`.
      hyperparameters: of both models.
      curves: how they were trained; empty where that is not known.
      made: when, in UTC.
    """

    result: RunResult
    model: ModelDescription
    preset: str
    counts: Mapping[str, ClassCounts]
    data: DataProfile
    gallery: Gallery
    predictions: Predictions
    gates: Mapping[str, float]
    hyperparameters: tuple[Hyperparameter, ...]
    curves: tuple[Curves, ...]
    made: datetime.datetime


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell of the confusion matrix.

    Attributes:
      count: images of the row's class predicted as the column's.
      share: of the row's images.
      hit: whether the two are the same class.
      strength: of its colour, 0 to 1.
    """

    count: int
    share: float
    hit: bool
    strength: float


@dataclasses.dataclass(frozen=True)
class Training:
    """The learning curves of one model, to be drawn."""

    stage: str
    charts: tuple[charts.Chart, ...]


@functools.cache
def environment(*directories: pathlib.Path) -> jinja2.Environment:
    """Templates of `directories` and of this component, escaping all text."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*directories, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["png"] = _png
    made.filters["value"] = _value
    made.filters["in_words"] = charts.summary
    return made


def render(report: Report, run: RunDetails | None = None) -> str:
    """The page, which needs nothing but itself.

    Args:
      report: what RunReport knows.
      run: what the local runner adds.
    """
    result = report.result
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            result=result,
            model=report.model,
            report=report,
            run=run,
            classes=result.classes,
            shown=result.shown,
            gates=gates.gates(result, report.gates),
            min_recall=report.gates["min_recall"],
            matrix=matrix(result.classes, result.shown),
            curve=curve.points(result.reliability),
            few=curve.FEW,
            statistics=STATISTICS,
            trainings=[
                Training(c.stage, tuple(charts.charts(c)))
                for c in report.curves
            ],
        )
    )


def matrix(
    classes: Sequence[ClassResult], shown: Sequence[int]
) -> list[list[Cell]]:
    """The confusion matrix of the classes `shown`, to be coloured.

    Hits are as strong as their share. Mistakes are few beside them, so the
    most frequent one is the strongest.
    """
    worst = max(
        (
            share
            for label in shown
            for other, share in enumerate(classes[label].predicted)
            if other != label and other in shown
        ),
        default=0.0,
    )
    return [
        [_cell(classes[label], label, other, worst) for other in shown]
        for label in shown
    ]


def _cell(c: ClassResult, label: int, other: int, worst: float) -> Cell:
    share = c.predicted[other]
    return Cell(
        count=c.confusion[other],
        share=share,
        hit=other == label,
        strength=share if other == label else share / (worst or 1.0),
    )


def _png(image: bytes) -> str:
    """The image as a URL that holds it."""
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"


def _value(value: Any) -> str:
    """A hyperparameter as the command line takes it."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(map(_value, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
