"""What RunReport does: read what the others have written, and tell it."""

from __future__ import annotations

import datetime
import json
import pathlib
from typing import Any

from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import Artifact, artifact_utils
from tfx.utils import path_utils

from components.run_report import figures, gallery, page
from components.run_report.artifacts import (
    ClassificationMetrics,
    Html,
    Metrics,
)
from components.run_report.reading import read_result
from components.run_report.results import RunResult
from modules import examples
from modules.export import metadata
from modules.export.metadata import ModelDescription


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
            `classifier_evaluation`, `autoencoder_evaluation`,
            `infra_blessing` and `pushed_model`.
          output_dict: `report`, `metrics` and `confusion_matrix`.
          exec_properties: `min_accuracy`, `min_recall` and `configuration`.

        Raises:
          UserError: if an artifact is gone, or there are no test images.
        """
        uris = {
            name: artifact_utils.get_single_uri(artifacts)
            for name, artifacts in input_dict.items()
        }
        model = path_utils.serving_model_path(uris["model"])
        description = metadata.read(model)
        names = description.class_names
        result = _result(uris, description)
        counts = examples.count_sampled(
            [f"{uris['transformed_examples']}/Split-train/*"], len(names)
        )
        report = page.Report(
            result=result,
            model=description,
            kept=dict(zip(names, counts, strict=True)),
            gallery=gallery.collect(model, uris["examples"]),
            min_accuracy=exec_properties["min_accuracy"],
            min_recall=exec_properties["min_recall"],
            configuration=exec_properties["configuration"],
            made=datetime.datetime.now(datetime.UTC),
        )
        _write(output_dict["report"], Html.FILE, page.render(report))
        _put_metrics(output_dict["metrics"], result)
        _put_matrix(output_dict["confusion_matrix"], result)


def _result(uris: dict[str, str], description: ModelDescription) -> RunResult:
    return read_result(
        classifier_model=uris["model"],
        classifier_evaluation=uris["classifier_evaluation"],
        autoencoder_evaluation=uris["autoencoder_evaluation"],
        infra_blessing=uris["infra_blessing"],
        pushed_model=uris["pushed_model"],
        model_name=description.model_name,
        class_names=description.class_names,
        capped_classes=description.capped_classes,
        sample=description.lineage.sample,
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
