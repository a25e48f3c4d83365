"""The Evaluators' figures are NumPy's, and their gates hold."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow_model_analysis as tfma
from tfx.types import standard_artifacts
from tfx.utils import proto_utils

from components.model_evaluator.executor import Executor
from modules.evaluation import (
    classification,
    configs,
    image_metrics,
    reliability,
)
from tests.support.components import tiny

OVERALL = ()
PASSING = {"min_accuracy": 0.5, "min_recall": 0.1, "max_accuracy_drop": 0.01}


@dataclasses.dataclass
class Data:
    """What every test evaluates on, and the classifier most of them do."""

    pixels: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    examples: standard_artifacts.Examples
    classifier: standard_artifacts.Model
    autoencoder: standard_artifacts.Model

    @property
    def scores(self):
        return classification.score(
            self.labels, tiny.probabilities(self.pixels, self.weights)
        )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    pixels, labels, weights = tiny.images()
    weights[:, 2] = 0  # few emus are found, far fewer than the gate on all
    return Data(
        pixels=pixels,
        labels=labels,
        weights=weights,
        examples=tiny.examples_artifact(root / "examples", pixels, labels),
        classifier=tiny.model_artifact(root / "c", tiny.Classifier(weights)),
        autoencoder=tiny.model_artifact(root / "a", tiny.Autoencoder(16)),
    )


def evaluate(directory, data, model, eval_config, baseline=None):
    """Runs the executor; returns its two artifacts."""
    evaluation = standard_artifacts.ModelEvaluation()
    blessing = standard_artifacts.ModelBlessing()
    for name, artifact in (("e", evaluation), ("b", blessing)):
        artifact.uri = str(directory / name)
        (directory / name).mkdir()
    inputs = {"examples": [data.examples], "model": [model]}
    if baseline:
        inputs["baseline_model"] = [baseline]
    Executor(
        Executor.Context(
            beam_pipeline_args=["--runner=FnApiRunner"],
            tmp_dir=str(directory / "tmp"),
            unique_id="1",
        )
    ).Do(
        inputs,
        {"evaluation": [evaluation], "blessing": [blessing]},
        {"eval_config": proto_utils.proto_to_json(eval_config)},
    )
    return evaluation, blessing


def classifier_config(**gates):
    return configs.classifier_eval_config(
        tiny.CLASS_NAMES, **{**PASSING, **gates}
    )


def metrics(evaluation):
    """(slice, metric, class id or None) to value."""
    return {
        (slice_key(m), v.key.name, class_id(v.key)): v.value.double_value.value
        for m in tfma.load_metrics(evaluation.uri)
        for v in m.metric_keys_and_values
    }


def slice_key(metrics_for_slice):
    return tuple(
        (key.column, key.bytes_value.decode() or key.int64_value)
        for key in metrics_for_slice.slice_key.single_slice_keys
    )


def class_id(key):
    return key.sub_key.class_id.value if key.HasField("sub_key") else None


def overall_plot(evaluation, kind):
    """The one plot of that field of TFMA's PlotData, on all images."""
    plots = {slice_key(p): p for p in tfma.load_plots(evaluation.uri)}
    (found,) = (
        item.value
        for item in plots[OVERALL].plot_keys_and_values
        if item.value.HasField(kind)
    )
    return getattr(found, kind)


def failures(evaluation):
    """The names of the metrics that failed, and what TFMA says of them."""
    result = tfma.load_validation_result(evaluation.uri)
    assert not result.missing_slices
    return {
        (
            slice_key(validation),
            failure.metric_key.name,
            class_id(failure.metric_key),
        )
        for validation in result.metric_validations_per_slice
        for failure in validation.failures
    }


class TestClassifier:
    @pytest.fixture(scope="class")
    def outcome(self, data, tmp_path_factory):
        """The classifier's evaluation with an empty baseline."""
        baseline = standard_artifacts.Model()
        baseline.uri = str(tmp_path_factory.mktemp("baseline"))
        return evaluate(
            tmp_path_factory.mktemp("run"),
            data,
            data.classifier,
            classifier_config(),
            baseline,
        )

    def test_is_blessed(self, outcome):
        _, blessing = outcome

        assert blessing.get_int_custom_property("blessed") == 1

    def test_overall_scores_are_numpys(self, data, outcome):
        actual, scores = metrics(outcome[0]), data.scores
        names = ("accuracy", "top_2_accuracy", "macro_precision")
        names += ("macro_recall", "macro_f1", "ece", "nll")

        assert 0.5 < scores.accuracy < 1
        for name in names:
            tolerance = 1e-6 if name in ("ece", "nll") else 1e-9
            expected = pytest.approx(getattr(scores, name), abs=tolerance)
            assert actual[OVERALL, name, None] == expected
        assert actual[OVERALL, "example_count", None] == len(data.labels)

    @pytest.mark.parametrize("name", ["precision", "recall", "auc"])
    def test_scores_of_each_class_are_numpys(self, data, outcome, name):
        actual, scores = metrics(outcome[0]), data.scores

        for c in range(len(tiny.CLASS_NAMES)):
            expected = pytest.approx(getattr(scores, name)[c], abs=1e-9)
            assert actual[OVERALL, name, c] == expected

    def test_slices_are_the_true_classes(self, data, outcome):
        actual = metrics(outcome[0])

        for c, recall in enumerate(data.scores.recall):
            expected = pytest.approx(recall)
            assert actual[(("label", c),), "accuracy", None] == expected
            assert math.isnan(actual[(("label", c),), "auc", c])

    @pytest.mark.parametrize(
        ("answer", "ids"), [("yes", [1, 3]), ("no", [0, 2])]
    )
    def test_slices_are_capped_and_uncapped(self, data, outcome, answer, ids):
        inside = np.isin(data.labels, ids)
        probabilities = tiny.probabilities(data.pixels, data.weights)
        expected = classification.score(
            data.labels[inside], probabilities[inside]
        )

        actual = metrics(outcome[0])

        key = (("capped", answer),)
        assert actual[key, "example_count", None] == inside.sum()
        assert actual[key, "macro_recall", None] == pytest.approx(
            expected.macro_recall
        )
        assert actual[key, "ece", None] == pytest.approx(expected.ece, abs=1e-6)
        assert actual[key, "auc", ids[0]] == pytest.approx(
            expected.auc[ids[0]], abs=1e-9
        )

    def test_the_confusion_matrix_is_the_plot_of_tfma(self, data, outcome):
        plot = overall_plot(
            outcome[0], "multi_class_confusion_matrix_at_thresholds"
        )
        (matrix,) = plot.matrices
        actual = np.zeros((4, 4))
        for entry in matrix.entries:
            cell = entry.actual_class_id, entry.predicted_class_id
            actual[cell] = entry.num_weighted_examples

        np.testing.assert_array_equal(actual, data.scores.confusion)

    def test_the_reliability_curve_is_the_plot_of_tfma(self, data, outcome):
        plot = overall_plot(outcome[0], "calibration_histogram_buckets")

        edges = [b.lower_threshold_inclusive for b in plot.buckets]
        np.testing.assert_allclose(edges, reliability.EDGES[:-1])
        assert plot.buckets[-1].upper_threshold_exclusive > 1
        for bucket, expected in zip(
            plot.buckets, data.scores.reliability, strict=True
        ):
            assert bucket.num_weighted_examples.value == expected.count
            assert bucket.total_weighted_label.value == pytest.approx(
                expected.count * expected.accuracy
            )
            assert (
                bucket.total_weighted_refined_prediction.value
                == pytest.approx(expected.count * expected.confidence, abs=1e-4)
            )

    def test_the_gates_name_accuracy_and_the_worst_class(self, data, tmp_path):
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


class TestBaseline:
    def test_a_better_baseline_refuses(self, data, tmp_path):
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

    def test_an_equal_baseline_blesses(self, data, tmp_path):
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

    def test_a_damaged_baseline_stops_the_run(self, data, tmp_path):
        damaged = standard_artifacts.Model()
        damaged.uri = str(tmp_path / "damaged")
        (tmp_path / "damaged" / "Format-Serving").mkdir(parents=True)

        with pytest.raises(Exception, match="damaged"):
            evaluate(
                tmp_path, data, data.classifier, classifier_config(), damaged
            )


class TestAutoencoder:
    @pytest.fixture(scope="class")
    def outcome(self, data, tmp_path_factory):
        return evaluate(
            tmp_path_factory.mktemp("run"),
            data,
            data.autoencoder,
            configs.autoencoder_eval_config(min_psnr=20, min_ssim=0.5),
        )

    def test_is_blessed(self, outcome):
        _, blessing = outcome

        assert blessing.get_int_custom_property("blessed") == 1

    def test_means_are_numpys_overall_and_by_class(self, data, outcome):
        quality = image_metrics.quality(data.pixels, data.pixels // 16 * 16)
        actual = metrics(outcome[0])

        everything = np.ones(len(data.labels), bool)
        slices = {OVERALL: everything} | {
            (("label", c),): data.labels == c for c in range(4)
        }
        for key, inside in slices.items():
            assert actual[key, "example_count", None] == inside.sum()
            for column, name in enumerate(("psnr", "ssim", "ssim_range_2")):
                assert actual[key, name, None] == pytest.approx(
                    quality[inside, column].mean(), rel=1e-6
                )

    def test_each_gate_names_its_metric(self, data, tmp_path):
        evaluation, blessing = evaluate(
            tmp_path,
            data,
            data.autoencoder,
            configs.autoencoder_eval_config(min_psnr=60, min_ssim=0.9999),
        )

        assert blessing.get_int_custom_property("blessed") == 0
        assert failures(evaluation) == {
            (OVERALL, "psnr", None),
            (OVERALL, "ssim", None),
        }
