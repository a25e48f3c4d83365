"""A run's record, `<root>/logs/<run>.json`: configuration, data, results.

It lies beside the run's log and contains no absolute paths, so a root can be
moved. Every field but the name may be missing: records of earlier versions are
read too, with missing fields as None or empty.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pydantic

from modules.common import atomic
from modules.evaluation.predictions import Predictions

State = Literal["done", "cached"]


class DamagedRecord(ValueError):
    """A file that is not a record; the message is one line and names it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Data:
    """The images of a run.

    Attributes:
      description: where they came from, in words.
      digest: SHA-256 of all their files.
      train_count: images in the train split, before any cap.
      test_count: images in the test split.
      sampled: training images that the class caps kept, by class name.
    """

    description: str
    digest: str
    train_count: int
    test_count: int
    sampled: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Component:
    """A component of the DAG, as this run went through it.

    Attributes:
      name: its node id.
      state: whether it ran, or its outputs were found in the cache.
      seconds: wall time, that of the look-up where it was cached.
    """

    name: str
    state: State
    seconds: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Machine:
    """The machine that a run used.

    Attributes:
      processor: the model's name.
      cores: how many the process may use.
      memory_bytes: of the machine.
      system: the operating system and its C library.
      accelerators: names of the GPUs that TensorFlow sees.
    """

    processor: str
    cores: int
    memory_bytes: int
    system: str
    accelerators: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassRecord:
    """One class of the result; see `components.run_report.results`."""

    name: str
    capped: bool
    images: int
    recall: float
    precision: float
    auc: float | None = None
    psnr: float | None = None
    ssim: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """A run's record; None or empty means unknown.

    Attributes:
      run: its name, which is also that of its log and report.
      started: when, local time with its offset, ISO 8601.
      preset: the preset's name.
      overrides: the values that are not the preset's, by path.
      seed: the seed of everything random.
      data: the images.
      caps: the most training images of each class, by name.
      gates: what the models had to reach, by gate.
      hyperparameters: of each model, by name, as it was trained.
      origins: where each of those comes from, in words.
      commit: of the source; it ends in "+" where that had been edited.
      versions: of Python and of the libraries that matter, by name.
      machine: what it ran on.
      components: of the DAG, in the order in which they ran.
      seconds: wall time of the whole run.
      peak_bytes: the most memory that the process held at once.
      predictions: the classifier's, on the test split.

    The other fields are those of `components.run_report.results.RunResult`.
    """

    run: str
    started: str | None = None
    preset: str | None = None
    overrides: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    seed: int | None = None
    data: Data | None = None
    caps: Mapping[str, int] = dataclasses.field(default_factory=dict)
    gates: Mapping[str, float] = dataclasses.field(default_factory=dict)
    hyperparameters: Mapping[str, Mapping[str, Any]] = dataclasses.field(
        default_factory=dict
    )
    origins: Mapping[str, Mapping[str, str]] = dataclasses.field(
        default_factory=dict
    )
    commit: str | None = None
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    machine: Machine | None = None
    components: tuple[Component, ...] = ()
    seconds: float | None = None
    peak_bytes: int | None = None
    predictions: Predictions | None = None

    model_name: str | None = None
    sample: bool | None = None
    test_images: int | None = None
    accuracy: float | None = None
    top_2_accuracy: float | None = None
    macro_precision: float | None = None
    macro_recall: float | None = None
    macro_f1: float | None = None
    capped_recall: float | None = None
    uncapped_recall: float | None = None
    baseline_accuracy: float | None = None
    psnr: float | None = None
    ssim: float | None = None
    ssim_range_2: float | None = None
    ece: float | None = None
    nll: float | None = None
    temperature: float | None = None
    training_precision: str | None = None
    classes: tuple[ClassRecord, ...] = ()
    pushed_to: str | None = None
    reasons: tuple[str, ...] = ()


_RECORD = pydantic.TypeAdapter(Record)


def parse(path: Path) -> Record:
    """The record in the file `path`, whose name is the run's.

    Raises:
      DamagedRecord: if it holds none; the message is one line.
    """
    try:
        found = _RECORD.validate_json(path.read_bytes())
    except OSError as error:
        raise DamagedRecord(f"{path}: {error.strerror}") from error
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise DamagedRecord(f"{path} is no record of a run: {what}") from error
    return dataclasses.replace(found, run=path.stem)  # It may be a copy.


def write(path: Path, record: Record, result: Mapping[str, Any]) -> None:
    """Writes a record, which appears complete or not at all.

    Args:
      path: `<root>/logs/<run>.json`.
      record: what is known about the run.
      result: the fields of its `RunResult`, also those that `Record` leaves
        out.
    """
    values = {**dataclasses.asdict(record), **result}
    atomic.write_text(path, json.dumps(values, indent=2) + "\n")
