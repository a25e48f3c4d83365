"""StatisticsGen's options, the curated schema and what is said of anomalies.

What TFDV itself computes and finds is put before the gate: that the curated
schema catches what it should is only true of the real thing.
"""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from tfx.components.example_validator.executor import Executor as Validator
from tfx.types import artifact_utils, standard_artifacts

from components.anomaly_gate.anomalies import require_none
from modules import schema as schemas
from modules.common.errors import UserError
from modules.image_statistics import STATISTICS
from modules.stats_options import stats_options

# isort: split
# Only now, see modules.stats_options.
from tensorflow_data_validation.statistics import stats_impl

ROWS = 200


@pytest.fixture(scope="module")
def schema():
    return schemas.schema(10, 100)


def columns(rows=ROWS):
    return {
        "image": [[b"\x89PNG\xff%d" % i] for i in range(rows)],
        "label": [[i % 10] for i in range(rows)],
        "key": [[b"data_batch_1.bin:%05d" % i] for i in range(rows)],
        **{name: [[i / rows] for i in range(rows)] for name in STATISTICS},
    }


def changed(name, row, value):
    result = columns()
    result[name][row] = value
    return result


def replaced(name, value):
    return columns() | {name: [[value]] * ROWS}


def without(name):
    return {k: v for k, v in columns().items() if k != name}


@pytest.fixture
def gate(tmp_path, schema):
    """A function that shows the gate some examples of split `train`."""
    options = stats_options(10)
    options.schema = schema

    def check(train, test=None):
        anomalies = standard_artifacts.ExampleAnomalies()
        anomalies.uri = str(tmp_path)
        for split, data in (("train", train), ("test", test or columns())):
            batch = pa.RecordBatch.from_arrays(
                [pa.array(v) for v in data.values()], list(data)
            )
            stats = stats_impl.generate_statistics_in_memory(batch, options)
            directory = artifact_utils.get_split_uri
            anomalies.split_names = '["train", "test"]'
            Validator()._Validate(
                {"statistics": [stats], "schema": [schema]},
                {"schema_diff_path": [directory([anomalies], split)]},
            )
        require_none(anomalies.uri)

    return check


def test_good_examples_pass(gate):
    gate(columns())


@pytest.mark.parametrize(
    ("examples", "found"),
    [
        (without("image"), "'image': Column dropped"),
        (without("label"), "'label': Column dropped"),
        (without("key"), "'key': Column dropped"),
        (replaced("label", 1.0), "'label': Unexpected data type"),
        (replaced("label", b"cat"), "'label': .*INT but got STRING"),
        (replaced("image", 7), "'image': Unexpected data type"),
        (replaced("key", 7), "'key': Unexpected data type"),
        (changed("label", 3, [10]), "'label': Out-of-range.*large value: 10"),
        (changed("label", 3, [-1]), "'label': Out-of-range.*small value: -1"),
        (changed("label", 3, None), "'label': .*present in fewer examples"),
        (changed("image", 3, None), "'image': .*present in fewer examples"),
        (changed("label", 3, [1, 2]), "'label': .*value lengths vary"),
        (without("contrast"), "'contrast': Column dropped"),
        (changed("contrast", 3, [1.5]), "'contrast': Out-of-range.*: 1.5"),
        (changed("contrast", 3, [math.nan]), "'contrast': .*NaN"),
        (columns() | {"extra": [[1]] * ROWS}, "'extra': New column"),
        (columns(60), "as a whole: Low num examples.*has 60 examples"),
    ],
)
def test_an_anomaly_stops_the_run_and_is_named(gate, examples, found):
    with pytest.raises(UserError, match=f"train split.*{found}") as error:
        gate(examples)
    assert "1 anomaly found" in str(error.value)
    assert "\n" not in str(error.value)


def test_all_anomalies_of_all_splits_are_named(gate):
    test = columns()
    del test["label"], test["key"]
    with pytest.raises(UserError, match="3 anomalies found") as error:
        gate(changed("label", 0, [99]), test=test)
    for name in (
        "train split, feature 'label'",
        "test split, feature 'label'",
        "test split, feature 'key'",
    ):
        assert name in str(error.value)


def test_a_gate_with_nothing_to_look_at_fails(tmp_path):
    anomalies = standard_artifacts.ExampleAnomalies()
    anomalies.uri = str(tmp_path)
    with pytest.raises(FileNotFoundError, match="no anomalies file"):
        require_none(anomalies.uri)


def test_the_label_histogram_has_one_bucket_a_class(schema):
    options = stats_options(10)
    options.schema = schema
    batch = pa.RecordBatch.from_arrays(
        [pa.array(v) for v in columns().values()], list(columns())
    )
    stats = stats_impl.generate_statistics_in_memory(batch, options)
    (label,) = [f for f in stats.datasets[0].features if "label" in str(f.path)]
    counts = [b.sample_count for b in label.num_stats.histograms[0].buckets]
    assert counts == pytest.approx([ROWS / 10] * 10, rel=0.05)


def test_the_options_survive_the_trip_through_statistics_gen():
    options = type(stats_options(10)).from_json(stats_options(10).to_json())
    assert options.use_sketch_based_topk_uniques
