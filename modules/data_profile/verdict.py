"""The verdict on a run's data: what was compared, and what was found.

It is part of the data's profile, which AnomalyGate writes and Pusher stores
with the model, so that the data of later runs is compared with it:

    verdict.json                     this
    schema.pbtxt                     the schema with the limits learned
    Split-<split>/FeatureStats.pb    TFDV's statistics

Pure Python: no TensorFlow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

import pydantic

from modules.common.errors import UserError

FILE, SCHEMA_FILE = "verdict.json", "schema.pbtxt"
STORED = PurePosixPath("assets.extra/data_profile")
"""Where the profile is in a pushed version."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Distance:
    """How far one feature's distribution is from another.

    Attributes:
      kind: `drift`, from the baseline's data; `skew`, between the splits.
      split: whose; `train` for skew.
      feature: its name.
      value: the Jensen-Shannon divergence, 0 to 1.
      threshold: the most it may be.
      allowed: the part of the threshold that an accepted distance accounts for.
    """

    kind: Literal["drift", "skew"]
    split: str
    feature: str
    value: float
    threshold: float
    allowed: float = 0.0

    @property
    def too_far(self) -> bool:
        """Whether it is more than it may be."""
        return self.value > self.threshold


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something in the data that is not as expected.

    Attributes:
      text: what was found and what was expected, a phrase.
      level: `stop`, always stops the run; `change`, unless the data is accepted
        as the new normal; `warning`, never.
      weight: how far off it is; the worst is shown first.
    """

    text: str
    level: Literal["stop", "change", "warning"]
    weight: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the checks of a run's data have found.

    Attributes:
      baseline: the pushed version whose data it was compared with; "" if there
        was none.
      accepted: whether the user accepted the data as the new normal.
      distances: all that were measured.
      findings: all that is not as expected.
      class_mix: the expected share of each class, in label order, by split;
        learned from the first data, like the limits in the schema.
    """

    baseline: str
    accepted: bool
    distances: tuple[Distance, ...]
    findings: tuple[Finding, ...]
    class_mix: Mapping[str, tuple[float, ...]]

    @property
    def stops(self) -> list[Finding]:
        """The findings that stop the run, the worst first."""
        levels = {"stop"} if self.accepted else {"stop", "change"}
        return [f for f in worst_first(self.findings) if f.level in levels]

    @property
    def warnings(self) -> list[Finding]:
        """The findings that do not stop it, the worst first."""
        stopping = self.stops
        return [f for f in worst_first(self.findings) if f not in stopping]

    def farthest(self, kind: str) -> Distance | None:
        """The distance of a kind that is the greatest part of its threshold."""
        of_kind = [d for d in self.distances if d.kind == kind]
        return max(of_kind, key=lambda d: d.value / d.threshold, default=None)

    def write(self, directory: Path) -> None:
        """Writes it into a profile."""
        (directory / FILE).write_bytes(_VERDICT.dump_json(self, indent=1))


_VERDICT = pydantic.TypeAdapter(Verdict)


def read(directory: Path) -> Verdict:
    """The verdict in a profile.

    Raises:
      UserError: if there is none, or it is damaged.
    """
    path = directory / FILE
    try:
        return _VERDICT.validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"{path} cannot be read ({reason}); expected AnomalyGate's "
            "output. Remove its directory and run again."
        ) from error


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop a run first; of each level the farthest off first."""
    levels = "stop", "change", "warning"
    return sorted(findings, key=lambda f: (levels.index(f.level), -f.weight))
