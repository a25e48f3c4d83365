"""Transform's executor: TFX's, between two counts of the rows."""

from __future__ import annotations

from typing import Any

from tfx.components.transform import executor as tfx_executor
from tfx.types import Artifact, artifact_utils
from tfx.types import standard_component_specs as specs

from components import rows


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
        super().Do(input_dict, output_dict, exec_properties)
        for transformed in output_dict[specs.TRANSFORMED_EXAMPLES_KEY]:
            splits = artifact_utils.decode_split_names(transformed.split_names)
            expected = {split: before[split] for split in splits}
            rows.record(transformed, expected, examples.uri)
