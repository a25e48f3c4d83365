"""The findings of a serving check, and the file that contains them.

No TensorFlow here: the table at the end of a run reads the file.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping

REPORT = "report.json"
"""The file in the blessing."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckReport:
    """The outcome of a check.

    Attributes:
      passed: the checks that passed, one sentence each.
      problems: those that did not, one sentence each.
      figures: speed on this machine, for information: milliseconds for one
        image, and images a second in batches.
    """

    passed: tuple[str, ...]
    problems: tuple[str, ...]
    figures: Mapping[str, float]

    @property
    def blessed(self) -> bool:
        """Whether the model may be pushed."""
        return not self.problems

    def write(self, directory: str | pathlib.Path) -> None:
        """Writes `REPORT` into `directory`."""
        values = {"blessed": self.blessed, **dataclasses.asdict(self)}
        path = pathlib.Path(directory, REPORT)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values, indent=2) + "\n", "utf-8")


def read_problems(directory: str | pathlib.Path) -> tuple[str, ...]:
    """The problems in the `REPORT` of a blessing.

    Raises:
      OSError: if there is no report.
    """
    text = pathlib.Path(directory, REPORT).read_text("utf-8")
    return tuple(json.loads(text)["problems"])
