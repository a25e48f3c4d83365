"""What ServingCheck does: stamp the model, check it, bless it or not."""

from __future__ import annotations

import itertools
import logging
import pathlib
import shutil
from typing import Any

import tensorflow as tf
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import Artifact, artifact_utils
from tfx.utils import path_utils

from components.serving_check import warm_up
from components.serving_check.check import check
from components.serving_check.report import CheckReport
from modules.common.errors import UserError

SPLIT = "test"
EXAMPLES = 96
"""How many test images are sent."""


class Executor(BaseExecutor):
    """Checks a copy of the model, which becomes part of the blessing."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the report, and the model with its warm-up requests.

        Args:
          input_dict: `model` and `examples`.
          output_dict: `blessing`.
          exec_properties: nothing that is read.
        """
        model = artifact_utils.get_single_instance(input_dict["model"])
        examples = artifact_utils.get_single_instance(input_dict["examples"])
        blessing = artifact_utils.get_single_instance(output_dict["blessing"])
        stamped = path_utils.stamped_model_path(blessing.uri)
        shutil.copytree(path_utils.serving_model_path(model.uri), stamped)
        images = read_examples(examples.uri)
        warm_up.write(stamped, images)
        # Where the next run finds it, if this one is killed.
        scratch = self._get_tmp_dir() if self._context else None
        report = check(stamped, images, scratch)
        if not report.blessed:
            shutil.rmtree(stamped)
        _bless(blessing, report)


def read_examples(uri: str) -> list[bytes]:
    """The first `EXAMPLES` serialized tf.Examples of the test split.

    Raises:
      UserError: if there are none.
    """
    folder = pathlib.Path(uri, f"Split-{SPLIT}")
    files = sorted(str(path) for path in folder.glob("*") if path.is_file())
    dataset = tf.data.TFRecordDataset(
        files, "GZIP" if files and files[0].endswith(".gz") else ""
    )
    found = list(itertools.islice(dataset.as_numpy_iterator(), EXAMPLES))
    if not found:
        raise UserError(
            f"{folder} contains no examples; the serving check expects test "
            "images. Add some to the data."
        )
    return found


def _bless(blessing: Artifact, report: CheckReport) -> None:
    """The stock InfraValidator's properties, and the report."""
    report.write(blessing.uri)
    blessing.set_int_custom_property("blessed", int(report.blessed))
    blessing.set_int_custom_property("has_model", int(report.blessed))
    for problem in report.problems:
        logging.warning("The exported model must not be pushed: %s.", problem)
    logging.info("Speed of the exported model: %s.", dict(report.figures))
