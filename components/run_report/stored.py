"""A report as data beside its page, so that the page can be rendered again.

The local runner does so, with what only it knows of the run.
"""

from __future__ import annotations

import json
import pathlib

import pydantic

from components.run_report.page import Report
from modules.common.errors import UserError

FILE = "report.json"

_REPORT = pydantic.TypeAdapter(Report)


def write(directory: pathlib.Path, report: Report) -> None:
    """Writes the report into the `report` artifact `directory`."""
    values = _REPORT.dump_python(report, mode="json")
    (directory / FILE).write_text(json.dumps(values), "utf-8")


def read(directory: pathlib.Path) -> Report:
    """The report of a `report` artifact.

    Raises:
      UserError: if there is none, or it is damaged.
    """
    path = directory / FILE
    try:
        return _REPORT.validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"{path} cannot be read ({reason}); expected RunReport's output. "
            "Delete its directory and run again."
        ) from error
