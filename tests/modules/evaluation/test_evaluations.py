"""TFMA's refusals as sentences, from files as TFMA writes them."""

import pytest
import tensorflow as tf
from tensorflow_model_analysis.proto import (
    config_pb2,
    metrics_for_slice_pb2,
    validation_result_pb2,
)

from modules.common.errors import UserError
from modules.evaluation import evaluations

CLASS_NAMES = ("cat", "dog")


def key(name, class_id=None, model_name="", is_diff=False):
    result = metrics_for_slice_pb2.MetricKey(
        name=name, model_name=model_name, is_diff=is_diff
    )
    if class_id is not None:
        result.sub_key.class_id.value = class_id
    return result


def at_least(bound):
    return config_pb2.GenericValueThreshold(lower_bound={"value": bound})


def refusal(metric_key, value, **threshold):
    return validation_result_pb2.ValidationFailure(
        metric_key=metric_key,
        metric_value={"double_value": {"value": value}},
        metric_threshold=config_pb2.MetricThreshold(**threshold),
    )


@pytest.fixture
def load(tmp_path):
    """A function that writes an evaluation and loads it."""

    def write(name, message):
        with tf.io.TFRecordWriter(str(tmp_path / name)) as writer:
            writer.write(message.SerializeToString())

    def load(*failures, metrics=()):
        overall = metrics_for_slice_pb2.MetricsForSlice()
        for metric_key, value in metrics:
            item = overall.metric_keys_and_values.add(key=metric_key)
            item.value.double_value.value = value
        result = validation_result_pb2.ValidationResult()
        result.metric_validations_per_slice.add(failures=failures)
        write("metrics-00000-of-00001.tfrecord", overall)
        write("plots-00000-of-00001.tfrecord", overall)
        write("validations.tfrecord", result)
        return evaluations.load(str(tmp_path), CLASS_NAMES)

    return load


def test_a_class_below_its_gate_is_named(load):
    evaluation = load(
        refusal(key("recall", 1), 0.58, value_threshold=at_least(0.6))
    )

    assert evaluation.refusals == (
        "recall of dog is 0.58, the gate asks for 0.60",
    )


def test_a_model_that_guesses_is_said_to(load):
    """So it is where labels were shuffled: no statistic of the data tells."""
    evaluation = load(
        refusal(key("accuracy"), 0.52, value_threshold=at_least(0.8))
    )

    assert evaluation.refusals == (
        "accuracy is 0.52, the gate asks for 0.80; a random guess has 0.50: "
        "check that the labels belong to the images",
    )


def test_a_near_miss_does_not_look_like_a_hit(load):
    evaluation = load(
        refusal(key("accuracy"), 0.79996, value_threshold=at_least(0.8))
    )

    assert evaluation.refusals == (
        "accuracy is 0.79996, the gate asks for 0.80000",
    )


def test_decibels_have_their_unit(load):
    evaluation = load(
        refusal(key("psnr"), 27.1, value_threshold=at_least(28.0))
    )

    assert evaluation.refusals == (
        "PSNR of the reconstructions is 27.10 dB, the gate asks for 28.00 dB",
    )


def test_a_drop_is_told_against_production(load):
    evaluation = load(
        refusal(
            key("accuracy", model_name="candidate", is_diff=True),
            -0.024,
            change_threshold=config_pb2.GenericChangeThreshold(
                absolute={"value": -0.005}
            ),
        ),
        metrics=[
            (key("accuracy", model_name="baseline"), 0.814),
            (key("accuracy", model_name="candidate"), 0.79),
        ],
    )

    assert evaluation.refusals == (
        "accuracy is 0.7900, 0.0240 less than in production (0.8140); "
        "the gate allows 0.0050",
    )


def test_a_metric_that_is_missing_is_named(load):
    evaluation = load(
        validation_result_pb2.ValidationFailure(metric_key=key("accuracy"))
    )

    assert evaluation.refusals == ("accuracy was not measured",)


def test_the_models_and_their_difference_are_told_apart(load):
    evaluation = load(
        metrics=[
            (key("accuracy", model_name="candidate"), 0.7),
            (key("accuracy", model_name="baseline"), 0.6),
            (key("accuracy", model_name="candidate", is_diff=True), 0.1),
        ]
    )

    accuracy = (evaluations.OVERALL, "accuracy", None)
    assert evaluation.figures == {accuracy: 0.7}
    assert evaluation.baseline == {accuracy: 0.6}


def test_an_evaluation_that_is_gone_is_named(tmp_path):
    with pytest.raises(UserError, match="gone"):
        evaluations.load(str(tmp_path / "gone"), CLASS_NAMES)
