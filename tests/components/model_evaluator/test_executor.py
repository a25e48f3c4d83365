"""The classifier's gates: on accuracy, on every class, on the baseline."""

import numpy as np
import pytest
from tfx.types import standard_artifacts

from tests.support.components import tiny
from tests.support.components.evaluated import (
    OVERALL,
    classifier_config,
    evaluate,
    failures,
)


def test_the_gates_name_accuracy_and_the_worst_class(data, tmp_path):
    worst, second = np.sort(data.scores.recall)[:2]

    evaluation, blessing = evaluate(
        tmp_path,
        data,
        data.classifier,
        classifier_config(
            min_accuracy=data.scores.accuracy + 0.001,
            min_recall=float(worst + second) / 2,
        ),
    )

    assert blessing.get_int_custom_property("blessed") == 0
    assert failures(evaluation) == {
        (OVERALL, "accuracy", None),
        (OVERALL, "recall", int(data.scores.recall.argmin())),
    }


def test_a_better_baseline_refuses(data, tmp_path):
    better = tiny.model_artifact(
        tmp_path / "better", tiny.Classifier(tiny.images()[2])
    )
    better.set_string_custom_property("version", "7")

    evaluation, blessing = evaluate(
        tmp_path, data, data.classifier, classifier_config(), better
    )

    assert blessing.get_int_custom_property("blessed") == 0
    assert failures(evaluation) == {(OVERALL, "accuracy", None)}
    assert blessing.get_string_custom_property("baseline_version") == "7"
    assert blessing.get_int_custom_property("worse_than_baseline") == 1


def test_an_equal_baseline_blesses(data, tmp_path):
    evaluation, blessing = evaluate(
        tmp_path,
        data,
        data.classifier,
        classifier_config(max_accuracy_drop=0.0),
        data.classifier,
    )

    assert not failures(evaluation)
    assert blessing.get_int_custom_property("blessed") == 1
    assert blessing.get_int_custom_property("worse_than_baseline") == 0


def test_a_damaged_baseline_stops_the_run(data, tmp_path):
    damaged = standard_artifacts.Model()
    damaged.uri = str(tmp_path / "damaged")
    (tmp_path / "damaged" / "Format-Serving").mkdir(parents=True)

    with pytest.raises(Exception, match="damaged"):
        evaluate(tmp_path, data, data.classifier, classifier_config(), damaged)
