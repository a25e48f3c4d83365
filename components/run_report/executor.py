"""RunReport's executor: reads the outputs of the run and writes the report."""

from __future__ import annotations

import datetime
import json
import pathlib
from typing import Any

from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import Artifact, artifact_utils
from tfx.utils import path_utils

from components.run_report import figures, gallery, page, stored
from components.run_report.artifacts import (
    ClassificationMetrics,
    Html,
    Metrics,
)
from components.run_report.reading import read_result
from components.run_report.results import RunResult
from components.run_report.settings import Settings
from modules import examples
from modules.data_profile import summary, verdict
from modules.evaluation import prediction_files
from modules.evaluation.prediction_files import PredictedImages
from modules.evaluation.predictions import Predictions
from modules.export import metadata
from modules.export.metadata import ModelDescription
from modules.training.curves import Curves

MODELS = ("autoencoder", "classifier")


class Executor(BaseExecutor):
    """Writes the report, the metrics and the confusion matrix."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Reads what the run's nodes have put out.

        Args:
          input_dict: `model`, `examples`, `transformed_examples`,
            `infra_blessing`, `pushed_model`, `data_profile`, and of both models
            `_run`, `_hyperparameters` and `_evaluation`.
          output_dict: `report`, `metrics` and `confusion_matrix`.
          exec_properties: `settings`.

        Raises:
          UserError: if an artifact is gone, damaged or incomplete.
        """
        uris = {
            name: artifact_utils.get_single_uri(artifacts)
            for name, artifacts in input_dict.items()
        }
        report = _report(uris, Settings.from_json(exec_properties["settings"]))
        _write(output_dict["report"], Html.FILE, page.render(report))
        (artifact,) = output_dict["report"]
        stored.write(pathlib.Path(artifact.uri), report)
        _put_metrics(output_dict["metrics"], report.result)
        _put_matrix(output_dict["confusion_matrix"], report.result)


def _report(uris: dict[str, str], settings: Settings) -> page.Report:
    model = path_utils.serving_model_path(uris["model"])
    description = metadata.read(model)
    result = _result(uris)
    predicted = prediction_files.read(
        uris["classifier_evaluation"], result.test_images
    )
    return page.Report(
        result=result,
        model=description,
        preset=settings.preset,
        counts=_counts(uris["transformed_examples"], description, result),
        data=_data(pathlib.Path(uris["data_profile"])),
        gallery=gallery.collect(model, uris["examples"], predicted),
        predictions=_compact(predicted),
        gates=settings.gates,
        hyperparameters=tuple(
            settings.trained({m: uris[f"{m}_hyperparameters"] for m in MODELS})
        ),
        curves=tuple(
            curves
            for m in MODELS
            if (curves := Curves.read(pathlib.Path(uris[f"{m}_run"])))
        ),
        made=datetime.datetime.now(datetime.UTC),
    )


def _compact(predicted: PredictedImages) -> Predictions:
    labels, classes = predicted.labels.tolist(), predicted.predicted.tolist()
    return Predictions.of(zip(predicted.names, labels, classes, strict=True))


def _data(profile: pathlib.Path) -> page.DataProfile:
    return page.DataProfile(
        verdict=verdict.read(profile), splits=summary.read_all(profile)
    )


def _counts(
    transformed: str, description: ModelDescription, result: RunResult
) -> dict[str, page.ClassCounts]:
    """The images of each class, by its name."""
    found = examples.count_images(
        [f"{transformed}/Split-train/*"], len(result.classes)
    )
    return {
        of_class.name: page.ClassCounts(
            available=found.available[label],
            cap=description.caps.get(of_class.name),
            sampled=found.sampled[label],
            holdout=found.holdout[label],
            test=of_class.images,
        )
        for label, of_class in enumerate(result.classes)
    }


def _result(uris: dict[str, str]) -> RunResult:
    return read_result(
        classifier_model=uris["model"],
        classifier_evaluation=uris["classifier_evaluation"],
        autoencoder_evaluation=uris["autoencoder_evaluation"],
        infra_blessing=uris["infra_blessing"],
        pushed_model=uris["pushed_model"],
    )


def _put_metrics(artifacts: list[Artifact], result: RunResult) -> None:
    metrics = figures.metrics(result)
    for name, value in metrics.items():
        artifacts[0].set_float_custom_property(name, value)
    _write(artifacts, Metrics.FILE, json.dumps(metrics, indent=2))


def _put_matrix(artifacts: list[Artifact], result: RunResult) -> None:
    matrix = figures.confusion_matrix(result)
    artifacts[0].set_json_value_custom_property(
        ClassificationMetrics.MATRIX, matrix
    )
    _write(artifacts, ClassificationMetrics.FILE, json.dumps(matrix, indent=2))


def _write(artifacts: list[Artifact], name: str, text: str) -> None:
    directory = pathlib.Path(artifact_utils.get_single_uri(artifacts))
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(text, "utf-8")
