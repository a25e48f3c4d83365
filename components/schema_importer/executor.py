"""SchemaImporter's executor: writes one file."""

from __future__ import annotations

import pathlib
from typing import Any

from google.protobuf import text_format
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import Artifact, artifact_utils

from modules.schema import SCHEMA, schema


class Executor(BaseExecutor):
    """Writes the curated schema for a data set."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `schema.pbtxt`.

        Args:
          input_dict: empty.
          output_dict: `schema`.
          exec_properties: `num_classes` and `min_examples`.
        """
        uri = artifact_utils.get_single_uri(output_dict["schema"])
        directory = pathlib.Path(uri)
        directory.mkdir(parents=True, exist_ok=True)
        made = schema(
            exec_properties["num_classes"], exec_properties["min_examples"]
        )
        text = text_format.MessageToString(made)
        (directory / SCHEMA.name).write_text(text, "utf-8")
