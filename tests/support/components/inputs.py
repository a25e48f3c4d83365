"""RunReport's inputs, as small as they can be."""

import json

import numpy as np
import tensorflow as tf
from tensorflow_model_analysis.proto import (
    metrics_for_slice_pb2,
    validation_result_pb2,
)

from components.pusher.executor import OUTCOME
from components.run_report import settings
from modules.common import tfrecords
from modules.data_profile import summary
from modules.evaluation import classification, prediction_files, tfma_metrics
from modules.image_statistics import STATISTICS
from tests.support.components import tiny


def write_transformed(directory, counts):
    """A train split of so many sampled images of each class, and others."""
    split = directory / "Split-train"
    split.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(split / "data.gz"), "GZIP") as writer:
        for label, count in enumerate(counts):
            for index in range(count + 2):
                example = tf.train.Example()
                values = {
                    "label": label,
                    "sampled": int(index < count),
                    "holdout": int(index < 1),
                }
                for name, value in values.items():
                    feature = example.features.feature[name]
                    feature.int64_list.value.append(value)
                writer.write(example.SerializeToString())


def write_training(root, model, values, curves):
    """A Tuner's hyperparameters and a Trainer's `model_run`."""
    tuner = root / f"{model}_hyperparameters"
    tuner.mkdir()
    (tuner / settings.BEST).write_text(json.dumps({"values": values}))
    curves.write(root / f"{model}_run")


def write_profile(directory, verdict):
    """The profile of data whose every statistic is 0.5, with a `verdict`."""
    for split in summary.SPLITS:
        path = summary.split_directory(directory, split)
        path.mkdir(parents=True)
        statistics = summary.Statistics()
        data = statistics.datasets.add(num_examples=40)
        for name in STATISTICS:
            numbers = data.features.add(path={"step": [name]}).num_stats
            numbers.mean = numbers.min = numbers.max = 0.5
            numbers.histograms.add().buckets.add(sample_count=40)
        (path / summary.FILE).write_bytes(statistics.SerializeToString())
    verdict.write(directory)


def write_outcome(directory, destination, refused):
    directory.mkdir()
    outcome = {"destination": destination, "refused": refused}
    (directory / OUTCOME).write_text(json.dumps(outcome))


def write_classifier_evaluation(directory, scores):
    """What the Evaluator writes: overall, by class and by capped or not."""
    overall = slice_of({}, scores_of(scores))
    for name in classification.BY_CLASS:
        for label in range(len(tiny.CLASS_NAMES)):
            item = add(overall, name, getattr(scores, name)[label])
            item.key.sub_key.class_id.value = label
    slices = [
        overall,
        *(
            slice_of({"label": label}, {"example_count": count})
            for label, count in enumerate(scores.confusion.sum(axis=1))
        ),
        *(
            slice_of({"capped": capped}, {"macro_recall": 0.5})
            for capped in ("yes", "no")
        ),
    ]
    plots = metrics_for_slice_pb2.PlotsForSlice()
    matrix = plots.plot_keys_and_values.add().value
    entries = (
        matrix.multi_class_confusion_matrix_at_thresholds.matrices.add().entries
    )
    for (actual, predicted), count in np.ndenumerate(scores.confusion):
        entries.add(
            actual_class_id=actual,
            predicted_class_id=predicted,
            num_weighted_examples=count,
        )
    write_evaluation(directory, slices, plots)


def write_predictions(directory, labels, probabilities):
    """The Evaluator's predictions for `tiny.examples_artifact`, in two files.

    As on Beam, the rows are in no order.
    """
    for shard in range(2):
        path = directory / f"predictions-0000{shard}-of-00002.tfrecord"
        with path.open("wb") as file:
            for i in reversed(range(shard, len(labels), 2)):
                file.write(
                    tfrecords.framed(
                        prediction_files.record(
                            f"test:{i:05d}".encode(),
                            labels[i],
                            probabilities[i],
                        )
                    )
                )


def write_autoencoder_evaluation(directory):
    quality = dict.fromkeys(tfma_metrics.IMAGE_METRICS, 30.0)
    slices = [slice_of({}, quality)]
    slices += [
        slice_of({"label": i}, quality) for i in range(len(tiny.CLASS_NAMES))
    ]
    plots = metrics_for_slice_pb2.PlotsForSlice()
    write_evaluation(directory, slices, plots)


def scores_of(scores):
    return {name: getattr(scores, name) for name in classification.SCALARS}


def slice_of(columns, values):
    result = metrics_for_slice_pb2.MetricsForSlice()
    for column, value in columns.items():
        key = result.slice_key.single_slice_keys.add(column=column)
        if isinstance(value, int):
            key.int64_value = value
        else:
            key.bytes_value = value.encode()
    for name, value in values.items():
        add(result, name, value)
    return result


def add(metrics, name, value):
    item = metrics.metric_keys_and_values.add()
    item.key.name = name
    item.value.double_value.value = value
    return item


def write_evaluation(directory, slices, plots):
    directory.mkdir()
    for name, messages in (
        ("metrics-00000-of-00001.tfrecord", slices),
        ("plots-00000-of-00001.tfrecord", [plots]),
        ("validations.tfrecord", [validation_result_pb2.ValidationResult()]),
    ):
        with tf.io.TFRecordWriter(str(directory / name)) as writer:
            for message in messages:
                writer.write(message.SerializeToString())
