"""StatisticsGen's executor: TFDV's generators, a file at a time.

    file -> partial statistics -> merged, by a hundred -> written

Partial statistics travel as bytes: with the coder that Beam 2.77 has for any
objects, one run in four on two threads could not read what it had written
(`Invalid PaneInfoEncoding`).

The generators are those that `tfdv.GenerateStatistics` would run, and so are
the results; a test compares the two.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
import tensorflow as tf
import tfx  # noqa: F401  (first: TFDV needs what it stands in for in tfx_bsl)

# isort: split
import tensorflow_data_validation as tfdv
from tensorflow_data_validation.statistics import stats_impl
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.types import Artifact, artifact_utils
from tfx.utils import io_utils
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from components import shards

FILE = "FeatureStats.pb"
FAN_IN = 100
"""How many partial statistics are merged in one place."""


class _Shard(NamedTuple):
    """A file, and where it stands among those of its split."""

    split: str
    number: int
    file: str


class Executor(BaseBeamExecutor):
    """Computes and writes the statistics of every split."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `FeatureStats.pb` for each split.

        Args:
          input_dict: `examples` and `schema`.
          output_dict: `statistics`.
          exec_properties: `stats_options_json`, and perhaps `exclude_splits`.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(input_dict["examples"])
        statistics = artifact_utils.get_single_instance(
            output_dict["statistics"]
        )
        excluded = json.loads(exec_properties.get("exclude_splits") or "[]")
        splits = [
            split
            for split in artifact_utils.decode_split_names(examples.split_names)
            if split not in excluded
        ]
        statistics.split_names = artifact_utils.encode_split_names(splits)
        options = _options(input_dict["schema"], exec_properties)
        paths = {}
        for split in splits:
            directory = artifact_utils.get_split_uri([statistics], split)
            tf.io.gfile.makedirs(directory)
            paths[split] = f"{directory}/{FILE}"
        files = {split: shards.of_split(examples, split) for split in splits}
        with self._make_beam_pipeline() as pipeline:
            _ = pipeline | "Compute" >> _Compute(files, paths, options)


def _options(schema: list[Artifact], properties: dict[str, Any]) -> str:
    """TFDV's options with the schema in them, as JSON."""
    options = tfdv.StatsOptions.from_json(properties["stats_options_json"])
    options.schema = io_utils.SchemaReader().read(
        io_utils.get_only_uri_in_dir(artifact_utils.get_single_uri(schema))
    )
    return str(options.to_json())


class _Compute(beam.PTransform):
    """From the files of each split to its written statistics."""

    def __init__(
        self, files: dict[str, list[str]], paths: dict[str, str], options: str
    ) -> None:
        super().__init__()
        self._shards = [
            _Shard(split, number, file)
            for split in files
            for number, file in enumerate(files[split])
        ]
        self._paths, self._options = paths, options

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection:
        partial = (
            pipeline
            | "Plan" >> beam.Create(self._shards)
            | "Summarize" >> beam.ParDo(_Summarize(self._options))
        )
        for n in range(_merges(len(self._shards))):
            partial = (
                partial
                | f"Gather{n}" >> beam.GroupByKey()
                | f"Merge{n}" >> beam.ParDo(_Merge(self._options))
            )
        return (
            partial
            | "Gather" >> beam.GroupByKey()
            | "Write" >> beam.ParDo(_Write(self._options, self._paths))
        )


def _merges(count: int) -> int:
    """How often `count` partial statistics are merged before the last time."""
    merges = 0
    while count > FAN_IN:
        count = -(-count // FAN_IN)
        merges += 1
    return merges


_Partial = tuple[tuple[str, int], tuple[int, bytes]]
"""Its split and group, then its number and the statistics."""


def _numbered(split: str, number: int, partial: list[Any]) -> _Partial:
    return (split, number // FAN_IN), (number, pickle.dumps(partial))


class _WithGenerators(beam.DoFn):
    """What all steps share: TFDV's generators for the options."""

    def __init__(self, options: str) -> None:
        self._json = options

    def setup(self) -> None:
        options = tfdv.StatsOptions.from_json(self._json)
        self._generators = stats_impl.get_generators(options, in_memory=True)
        for generator in self._generators:
            generator.setup()

    def _merged(self, numbered: Iterable[tuple[int, bytes]]) -> list[Any]:
        """The partial statistics in one, merged in order."""
        in_order = [
            pickle.loads(partial)
            for _, partial in sorted(numbered, key=_number)
        ]
        return [
            generator.merge_accumulators(list(accumulators))
            for generator, accumulators in zip(
                self._generators, zip(*in_order, strict=True), strict=True
            )
        ]


def _number(numbered: tuple[int, bytes]) -> int:
    return numbered[0]


class _Summarize(_WithGenerators):
    """A file's partial statistics."""

    def setup(self) -> None:
        super().setup()
        self._decoder = ExamplesToRecordBatchDecoder()

    def process(self, shard: _Shard) -> Iterator[_Partial]:
        partial = [g.create_accumulator() for g in self._generators]
        for records in shards.read(shard.file):
            batch = self._decoder.DecodeBatch(records)
            partial = [
                generator.add_input(accumulator, batch)
                for generator, accumulator in zip(
                    self._generators, partial, strict=True
                )
            ]
        compact = [
            generator.compact(accumulator)
            for generator, accumulator in zip(
                self._generators, partial, strict=True
            )
        ]
        yield _numbered(shard.split, shard.number, compact)


class _Merge(_WithGenerators):
    """A group's partial statistics in one, which is numbered as the group."""

    def process(
        self, element: tuple[tuple[str, int], Iterable[tuple[int, bytes]]]
    ) -> Iterator[_Partial]:
        (split, group), numbered = element
        yield _numbered(split, group, self._merged(numbered))


class _Write(_WithGenerators):
    """Writes a split's statistics."""

    def __init__(self, options: str, paths: dict[str, str]) -> None:
        super().__init__(options)
        self._paths = paths

    def process(
        self, element: tuple[tuple[str, int], Iterable[tuple[int, bytes]]]
    ) -> None:
        (split, _), numbered = element
        statistics = stats_impl.extract_statistics_output(
            self._merged(numbered), self._generators
        )
        with tf.io.gfile.GFile(self._paths[split], "wb") as file:
            file.write(statistics.SerializeToString(deterministic=True))
