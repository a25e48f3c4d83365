"""SchemaImporter's executor: copies one file."""

from __future__ import annotations

import pathlib
import shutil
from typing import Any

from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import Artifact, artifact_utils

from modules.schema import SCHEMA


class Executor(BaseExecutor):
    """Copies the curated schema."""

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
          exec_properties: nothing that is read.
        """
        uri = artifact_utils.get_single_uri(output_dict["schema"])
        directory = pathlib.Path(uri)
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SCHEMA, directory / SCHEMA.name)
