"""Runs as pandas DataFrames, for notebooks and scripts; see docs/PYTHON.md."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd

from modules.training.curves import Curves
from pipeline.history import store
from pipeline.history.compare import METRICS
from pipeline.history.record import Record
from pipeline.paths import Paths


def runs(root: str | Path) -> pd.DataFrame:
    """The finished runs of a root, a row each, by name.

    Columns are `preset`, `seed`, `data`, `sample`, the metrics, `pushed_to`,
    `seconds`, `commit`, and each hyperparameter as `<model>.<name>`. Records
    that cannot be read are left out.
    """
    found = store.read(Paths.under(Path(root))).records
    rows = {record.run: _row(record) for record in found}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return frame.rename_axis("run")


def _row(record: Record) -> dict[str, object]:
    return {
        "preset": record.preset,
        "seed": record.seed,
        "data": record.data.digest[:12] if record.data else None,
        "sample": record.sample,
        **{m.field: getattr(record, m.field) for m in METRICS},
        "pushed_to": record.pushed_to,
        "seconds": record.seconds,
        "commit": record.commit,
        **{
            f"{model}.{name}": value
            for model, values in record.hyperparameters.items()
            for name, value in values.items()
        },
    }


def classes(record: Record) -> pd.DataFrame:
    """The result of each class, a row each, by its name."""
    rows = [dataclasses.asdict(c) for c in record.classes]
    return pd.DataFrame(rows).set_index("name").rename_axis("class")


def predictions(record: Record) -> pd.DataFrame:
    """True and predicted class of every test image, in order of their keys.

    Raises:
      ValueError: if the record has none, as those of earlier versions.
    """
    if record.predictions is None:
        raise ValueError(f"the record of {record.run} has no predictions")
    labels, predicted = record.predictions.arrays()
    names = [c.name for c in record.classes]
    return pd.DataFrame(
        {
            "label": pd.Categorical.from_codes(labels, names),
            "predicted": pd.Categorical.from_codes(predicted, names),
        }
    )


def confusion(record: Record) -> pd.DataFrame:
    """Test images by true class (row) and predicted class (column)."""
    answers = predictions(record)
    return pd.crosstab(answers["label"], answers["predicted"], dropna=False)


def curves(model_run: str | Path) -> pd.DataFrame:
    """The learning curves in a Trainer's `model_run`, a row a point.

    Columns are `stage`, `split` (`train` or `holdout`), `epoch` and the
    metrics; an artifact without curves gives no rows.
    """
    found = Curves.read(Path(model_run))
    if found is None:
        return pd.DataFrame(columns=["stage", "split", "epoch"])
    points = [
        {"stage": found.stage, "split": split, **point}
        for split, part in (("train", found.train), ("holdout", found.holdout))
        for point in part
    ]
    return pd.DataFrame(points)
