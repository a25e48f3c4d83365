"""The report as one self-contained page of HTML.

Whatever comes from data is escaped by Jinja. No TensorFlow here.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import pathlib
from collections.abc import Mapping, Sequence

import jinja2

from components.run_report import curve
from components.run_report.pictures import Gallery
from components.run_report.results import ClassResult, RunResult
from modules.export.metadata import ModelDescription

TEMPLATES = pathlib.Path(__file__).parent / "templates"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """What the page says.

    Attributes:
      result: what came of the run.
      model: the classifier's description.
      kept: how many training images of each class the caps kept, by name.
      gallery: test images.
      min_accuracy: the gate on the accuracy.
      min_recall: the gate on each class's recall.
      configuration: the preset, and what was set over it, in words.
      made: when, in UTC.
    """

    result: RunResult
    model: ModelDescription
    kept: Mapping[str, int]
    gallery: Gallery
    min_accuracy: float
    min_recall: float
    configuration: str
    made: datetime.datetime


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell of the confusion matrix.

    Attributes:
      count: images of the row's class taken for the column's.
      share: of the row's images.
      hit: whether the two are the same class.
      strength: of its colour, 0 to 1.
    """

    count: int
    share: float
    hit: bool
    strength: float


def render(report: Report) -> str:
    """The page, which needs nothing but itself."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["png"] = _png
    template = environment.get_template("report.html.jinja")
    return template.render(
        **{f.name: getattr(report, f.name) for f in dataclasses.fields(report)},
        classes=report.result.classes,
        matrix=matrix(report.result.classes),
        curve=curve.points(report.result.reliability),
    )


def matrix(classes: Sequence[ClassResult]) -> list[list[Cell]]:
    """The confusion matrix, to be coloured.

    Hits are as strong as their share. Mistakes are few beside them, so the
    most frequent one is the strongest.
    """
    worst = max(
        (
            share
            for label, c in enumerate(classes)
            for other, share in enumerate(c.predicted)
            if other != label
        ),
        default=0.0,
    )
    return [
        [
            Cell(
                count=count,
                share=share,
                hit=other == label,
                strength=share if other == label else share / (worst or 1.0),
            )
            for other, (count, share) in enumerate(
                zip(c.confusion, c.predicted, strict=True)
            )
        ]
        for label, c in enumerate(classes)
    ]


def _png(image: bytes) -> str:
    """The image as a URL that holds it."""
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"
