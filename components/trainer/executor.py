"""Trainer's executor: TFX's, after checking that no example is missing."""

from __future__ import annotations

from typing import Any

from tfx.components.trainer import executor as tfx_executor
from tfx.types import Artifact
from tfx.types import standard_component_specs as specs

from components import rows


class Executor(tfx_executor.GenericExecutor):
    """Trains only if all rows are present."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """As TFX's Trainer.

        Raises:
          UserError: if there are fewer or more rows than were written.
        """
        for examples in input_dict[specs.EXAMPLES_KEY]:
            rows.check(examples)
        super().Do(input_dict, output_dict, exec_properties)
