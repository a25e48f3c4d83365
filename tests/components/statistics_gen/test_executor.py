"""StatisticsGen computes what TFDV does, however the files are cut."""

import json
import pickle

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.types.standard_artifacts import Examples, ExampleStatistics, Schema

from components.statistics_gen import executor
from components.statistics_gen.executor import FAN_IN, FILE, Executor
from modules.schema import SCHEMA as SCHEMA_OF_THE_PIPELINE
from modules.stats_options import stats_options
from tests.support.image_sets import write_examples

# isort: split
import tensorflow_data_validation as tfdv
from tensorflow_data_validation.statistics import stats_impl

SCHEMA = """
feature { name: "image" type: BYTES image_domain {} }
feature { name: "label" type: INT }
feature { name: "key" type: BYTES }
"""


def compute(folder, splits, *, exclude=(), schema_text=SCHEMA):
    """The statistics by split, of lists of rows by split and file."""
    examples, schema, statistics = Examples(), Schema(), ExampleStatistics()
    for name, artifact in (("e", examples), ("s", schema), ("o", statistics)):
        artifact.uri = str(folder / name)
    (folder / "s").mkdir(parents=True)
    (folder / "s" / "schema.pbtxt").write_text(schema_text)
    examples.split_names = json.dumps(list(splits))
    for split, files in splits.items():
        write_examples(folder / "e" / f"Split-{split}", files)
    context = BaseBeamExecutor.Context(
        beam_pipeline_args=["--runner=FnApiRunner", "--setup_file=setup.py"]
    )
    Executor(context).Do(
        {"examples": [examples], "schema": [schema]},
        {"statistics": [statistics]},
        {
            "stats_options_json": stats_options().to_json(),
            **({"exclude_splits": json.dumps(exclude)} if exclude else {}),
        },
    )
    named = json.loads(statistics.split_names)
    assert named == [s for s in splits if s not in exclude]
    assert {p.name for p in (folder / "o").iterdir()} == {
        f"Split-{split}" for split in named
    }
    return {
        split: tfdv.load_stats_binary(
            str(folder / "o" / f"Split-{split}" / FILE)
        )
        for split in named
    }


def rows(start, stop):
    return [
        {"image": b"\x89PNG" + b"x" * i, "label": i % 4, "key": b"%05d" % i}
        for i in range(start, stop)
    ]


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("statistics")
    return compute(
        folder,
        {"train": [rows(0, 7), rows(7, 9), rows(9, 9)], "test": [rows(9, 12)]},
    )


def test_each_split_has_its_own(computed):
    counts = {
        s: found.datasets[0].num_examples for s, found in computed.items()
    }
    assert counts == {"train": 9, "test": 3}


def test_a_split_may_be_excluded(tmp_path):
    splits = {"train": [rows(0, 3)], "unlabelled": [rows(3, 9)]}
    found = compute(tmp_path, splits, exclude=["unlabelled"])
    assert found["train"].datasets[0].num_examples == 3


def test_they_are_those_of_tfdv(tmp_path):
    ours = compute(tmp_path / "ours", {"train": [rows(0, 9)]})["train"]
    batch = pa.RecordBatch.from_pylist(
        [{k: [v] for k, v in row.items()} for row in rows(0, 9)]
    )
    options = stats_options()
    options.schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    output = str(tmp_path / "stats")
    with beam.Pipeline("FnApiRunner") as pipeline:
        _ = (
            pipeline
            | beam.Create([batch])
            | tfdv.GenerateStatistics(options)
            | tfdv.WriteStatisticsToBinaryFile(output)
        )
    assert by_name(ours) == by_name(tfdv.load_stats_binary(output))


def by_name(statistics):
    return {f.path.step[0]: f for f in statistics.datasets[0].features}


def test_the_order_of_arrival_does_not_matter():
    options = stats_options().to_json()
    summarize, merge = (
        executor._Summarize(options),
        executor._Merge(options),
    )
    summarize.setup()
    merge.setup()
    random = np.random.default_rng(0)
    partial = []
    for _ in range(8):
        values = random.normal(size=100)
        batch = pa.RecordBatch.from_pydict({"value": [[v] for v in values]})
        found = [
            generator.add_input(generator.create_accumulator(), batch)
            for generator in summarize._generators
        ]
        partial.append(pickle.dumps(found))

    def merged(order):
        numbered = [(i, partial[i]) for i in order]
        ((_, (_, result)),) = merge.process((("train", 0), numbered))
        return stats_impl.extract_statistics_output(
            pickle.loads(result), merge._generators
        )

    assert merged(range(8)) == merged([3, 7, 0, 1, 6, 2, 5, 4])


@pytest.mark.parametrize(("fan_in", "count"), [(FAN_IN, 201), (2, 2), (2, 7)])
def test_files_are_merged_a_few_at_once(tmp_path, monkeypatch, fan_in, count):
    monkeypatch.setattr(executor, "FAN_IN", fan_in)
    files = [rows(i, i + 1) for i in range(count)]
    found = compute(tmp_path, {"train": files})["train"]
    label = by_name(found)["label"].num_stats
    assert (label.common_stats.num_non_missing, label.max) == (
        count,
        min(count - 1, 3),
    )
    assert label.mean == pytest.approx(sum(i % 4 for i in range(count)) / count)


def test_there_is_nothing_in_them_that_differs_between_runs(tmp_path):
    # The keys are many and all different: a sketch of the most frequent ones
    # would hold any.
    files = [rows(i, i + 1000) for i in range(0, 3000, 1000)]
    text = SCHEMA_OF_THE_PIPELINE.read_text()
    found = compute(tmp_path, {"train": files}, schema_text=text)["train"]
    key = by_name(found)["key"].string_stats
    assert key.avg_length == 5
    assert not key.top_values
