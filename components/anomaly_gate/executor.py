"""AnomalyGate's executor: judges a run's data, and stops the run."""

from __future__ import annotations

import json
import logging
import pathlib
import shutil
from collections.abc import Sequence
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx import types
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import artifact_utils

from components.anomaly_gate.anomalies import require_none
from components.anomaly_gate.baseline import baseline_version
from components.anomaly_gate.judge import Data, judge
from components.image_example_gen.contents import Contents
from components.image_example_gen.image_set import SPLITS
from modules.common.errors import UserError
from modules.data_profile import summary, verdict
from modules.data_profile.verdict import Verdict

SHOWN = 2
"""Findings that the error names; all of them are in the log."""


class Executor(BaseExecutor):
    """Raises on anomalies and on findings; writes the data's profile."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Looks at every split's anomalies, statistics and contents.

        Args:
          input_dict: `anomalies`, `statistics`, `examples` and `schema`.
          output_dict: `profile`.
          exec_properties: `push_destination`, `data_digest`, `class_names` as
            JSON, and `accept_data`.

        Raises:
          UserError: naming split, feature and kind of every anomaly; or what
            is not as expected, and what to do.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        uris = {
            name: artifact_utils.get_single_uri(artifacts)
            for name, artifacts in input_dict.items()
        }
        require_none(uris["anomalies"])
        profile = artifact_utils.get_single_instance(output_dict["profile"])
        profile.split_names = artifact_utils.encode_split_names(list(SPLITS))
        found = _judge(uris, pathlib.Path(profile.uri), exec_properties)
        for finding in verdict.worst_first(found.findings):
            logging.warning("data: %s", finding.text)
        if stops := found.stops:
            raise UserError(_refusal(stops))


def _judge(
    uris: dict[str, str], profile: pathlib.Path, properties: dict[str, Any]
) -> Verdict:
    """Judges the data, and writes its profile."""
    destination = properties["push_destination"]
    version = baseline_version(destination, properties["data_digest"])
    found, limits = judge(
        Data(
            statistics={
                split: summary.read(pathlib.Path(uris["statistics"]), split)
                for split in SPLITS
            },
            contents=Contents.read(uris["examples"]),
            class_names=json.loads(properties["class_names"]),
            schema=_schema(pathlib.Path(uris["schema"])),
        ),
        version,
        pathlib.Path(destination) / version / verdict.STORED,
        accepted=bool(properties["accept_data"]),
    )
    profile.mkdir(parents=True, exist_ok=True)
    found.write(profile)
    (profile / verdict.SCHEMA_FILE).write_text(
        text_format.MessageToString(limits), "utf-8"
    )
    for split in SPLITS:
        source = summary.split_directory(
            pathlib.Path(uris["statistics"]), split
        )
        target = summary.split_directory(profile, split)
        target.mkdir(exist_ok=True)
        shutil.copyfile(source / summary.FILE, target / summary.FILE)
    return found


def _schema(directory: pathlib.Path) -> schema_pb2.Schema:
    text = (directory / verdict.SCHEMA_FILE).read_text("utf-8")
    return text_format.Parse(text, schema_pb2.Schema())


def _refusal(stops: Sequence[verdict.Finding]) -> str:
    """What is wrong with the data, in a line that the console shows whole."""
    more = len(stops) - SHOWN
    shown = "; ".join(finding.text for finding in stops[:SHOWN])
    rest = f"; and {more} more in the log" if more > 0 else ""
    remedy = (
        "Mend the data."
        if any(finding.level == "stop" for finding in stops)
        else "Mend it, or accept it as the new normal: --accept-data."
    )
    return f"the data is not as expected: {shown}{rest}. {remedy}"
