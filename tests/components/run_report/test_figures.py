"""The figures in the layout of Kubeflow's own artifacts."""

import dataclasses

from kfp import dsl

from components.run_report import figures
from tests.support.components import made


def test_every_number_of_the_result_is_a_metric():
    metrics = figures.metrics(made.RESULT)
    assert metrics["accuracy"] == 0.8612
    assert metrics["test_images"] == 600
    assert metrics["psnr"] == 31.22
    assert metrics["recall_cat"] == 0.58
    assert metrics["pushed"] == 1
    assert all(type(value) is float for value in metrics.values())


def test_what_is_not_a_number_is_no_metric():
    result = dataclasses.replace(
        made.RESULT, capped_recall=float("nan"), pushed_to="", sample=True
    )
    metrics = figures.metrics(result)
    for name in ("capped_recall", "baseline_accuracy", "sample", "model_name"):
        assert name not in metrics
    assert metrics["pushed"] == 0


def test_the_matrix_is_that_of_the_sdk():
    theirs = dsl.ClassificationMetrics()
    theirs.log_confusion_matrix(
        made.MODEL.class_names, [[116, 24, 60], [50, 150, 0], [0, 0, 200]]
    )
    ours = figures.confusion_matrix(made.RESULT)
    assert ours == theirs.metadata["confusionMatrix"]
