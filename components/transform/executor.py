"""Transform's executor: TFX's analysis, then each file through its graph.

TFX's own second half decodes and writes record by record, in Python and
compressed; see `materialize`. The rows are counted before and after.
"""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import tensorflow as tf
import tensorflow_transform.beam as tft_beam
from tfx.components.transform import executor as tfx_executor
from tfx.components.transform import executor_utils
from tfx.types import Artifact, artifact_utils
from tfx.types import standard_component_specs as specs

from components import rows, shards
from components.substitute import in_place_of
from components.transform import materialize, transform_fn


class Executor(tfx_executor.Executor):
    """Transforms, and checks that no row is lost."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """As TFX's Transform.

        Raises:
          UserError: if rows are missing before or after it.
        """
        examples = artifact_utils.get_single_instance(
            input_dict[specs.EXAMPLES_KEY]
        )
        before = rows.check(examples)
        outputs = dict(output_dict)
        (transformed,) = outputs.pop(specs.TRANSFORMED_EXAMPLES_KEY)
        with in_place_of(
            tft_beam, "WriteTransformFn", transform_fn.WriteTransformFn
        ):
            super().Do(input_dict, outputs, exec_properties)
        config = executor_utils.ResolveSplitsConfig(
            exec_properties[specs.SPLITS_CONFIG_KEY], [examples]
        )
        splits = list(config.transform)
        transformed.split_names = artifact_utils.encode_split_names(splits)
        graph = artifact_utils.get_single_uri(
            outputs[specs.TRANSFORM_GRAPH_KEY]
        )
        _remove(f"{graph}/{transform_fn.STAGED}")
        self._materialize(examples, transformed, splits, graph)
        expected = {split: before[split] for split in splits}
        rows.record(transformed, expected, examples.uri)

    def _materialize(
        self,
        examples: Artifact,
        transformed: Artifact,
        splits: list[str],
        graph: str,
    ) -> None:
        """Writes the transformed examples of all splits."""
        files: list[materialize.File] = []
        for split in splits:
            directory = artifact_utils.get_split_uri([transformed], split)
            tf.io.gfile.makedirs(directory)
            sources = shards.of_split(examples, split)
            files.extend(materialize.plan(sources, directory))
        with self._make_beam_pipeline() as pipeline:
            _ = (
                pipeline
                | "Plan" >> beam.Create(files)
                | "Transform" >> beam.ParDo(materialize.TransformFile(graph))
            )
        # Where a worker was lost, its files are still there.
        _remove(f"{transformed.uri}/{materialize.UNFINISHED}")


def _remove(directory: str) -> None:
    if tf.io.gfile.exists(directory):
        tf.io.gfile.rmtree(directory)
