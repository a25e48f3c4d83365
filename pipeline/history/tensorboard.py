"""TensorBoard's files: `<root>/tensorboard/<preset>-seed<seed>-<run>/`.

The Trainers' own files are linked, relatively, so that a root can be moved and
a cached training is not copied; the evaluation's are written here.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.configs import Model
from pipeline.history.compare import METRICS
from pipeline.history.record import Record

EVENTS = "tensorboard"
"""The folder of a `model_run` artifact that has TensorBoard's files."""


def name(record: Record) -> str:
    """What TensorBoard calls a run; sorted, they are by preset and seed."""
    return f"{record.preset}-seed{record.seed}-{record.run}"


def publish(
    directory: Path,
    record: Record,
    trainings: Mapping[Model, Path],
    confusion: Sequence[Sequence[int]],
) -> None:
    """Makes a run visible to `tensorboard --logdir <directory>`.

    Args:
      directory: `<root>/tensorboard`.
      record: the run's.
      trainings: the `model_run` artifacts of the Trainers, by model.
      confusion: test images by true and predicted class.
    """
    home = directory / name(record)
    home.mkdir(parents=True, exist_ok=True)
    for model, artifact in trainings.items():
        link = home / model
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(artifact / EVENTS, home))
    _write_evaluation(home / "evaluation", record, confusion)


def _write_evaluation(
    directory: Path, record: Record, confusion: Sequence[Sequence[int]]
) -> None:
    """Scalars, confusion matrix and hyperparameters, all at step 0."""
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    names = [c.name for c in record.classes]
    writer = tf.summary.create_file_writer(str(directory))
    with writer.as_default(step=0):
        for metric in METRICS:
            if (value := getattr(record, metric.field)) is not None:
                tf.summary.scalar(f"test/{metric.field}", value)
        for each in record.classes:
            tf.summary.scalar(f"recall/{each.name}", each.recall)
        image = tf.io.decode_png(_draw(names, confusion), channels=3)
        tf.summary.image("confusion matrix", image[tf.newaxis])
        api.hparams(_hyperparameters(record))
    writer.close()


def _hyperparameters(record: Record) -> dict[str, Any]:
    """All of them, as the values that TensorBoard's HPARAMS tab takes."""
    plain = (bool, int, float, str)
    return {
        f"{model}.{key}": value if isinstance(value, plain) else str(value)
        for model, values in record.hyperparameters.items()
        for key, value in values.items()
    } | {"seed": record.seed or 0, "preset": record.preset or ""}


def _draw(names: Sequence[str], confusion: Sequence[Sequence[int]]) -> bytes:
    """The confusion matrix as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.add_subplot(
        xlabel="predicted class", ylabel="true class",
        xticks=range(len(names)), yticks=range(len(names)),
    )  # fmt: skip
    axes.set_xticklabels(names, rotation=45, ha="right")
    axes.set_yticklabels(names)
    axes.imshow(confusion, cmap="Blues")
    dark = max(max(row) for row in confusion) / 2
    for y, row in enumerate(confusion):
        for x, count in enumerate(row):
            colour = "white" if count > dark else "black"
            axes.text(x, y, str(count), ha="center", va="center", color=colour)
    png = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(png, format="png")
    return png.getvalue()
