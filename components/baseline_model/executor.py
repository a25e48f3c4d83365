"""BaselineModel's executor: copies the baseline into an artifact."""

from __future__ import annotations

import json
import pathlib
import shutil
from typing import Any

from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import Artifact
from tfx.utils import path_utils

from components.baseline_model.find import baseline_version
from components.pusher.comparison import VERSION

ORIGIN = "baseline.json"
"""The file in the artifact that says which version it is a copy of."""


class Executor(BaseExecutor):
    """Copies the baseline, or nothing if there is none."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Looks at the serving directory as it is now.

        Args:
          input_dict: empty.
          output_dict: `model`.
          exec_properties: `push_destination` and `model_digest`.

        Raises:
          UserError: if the baseline is not readable.
        """
        destination = exec_properties["push_destination"]
        version = baseline_version(destination, exec_properties["model_digest"])
        model = output_dict["model"][0]
        model.set_string_custom_property(VERSION, version)
        directory = pathlib.Path(model.uri)
        directory.mkdir(parents=True, exist_ok=True)
        origin = {"push_destination": destination, "version": version}
        (directory / ORIGIN).write_text(json.dumps(origin, indent=2), "utf-8")
        if version:
            shutil.copytree(
                pathlib.Path(destination) / version,
                path_utils.serving_model_dir(model.uri),
            )
