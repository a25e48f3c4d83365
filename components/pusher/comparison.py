"""A pushed model's baseline, and whether the model did worse.

The gate allows a small drop from the previous model. If the next model were
compared with the slightly worse one, the drops would accumulate from push to
push. So each version records its baseline; if it did worse, the next model is
compared with that older baseline instead.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib

FILE = pathlib.Path("assets.extra") / "comparison.json"

VERSION = "version"
"""The custom property of BaselineModel's `model`: the version it is of."""

BASELINE, WORSE = "baseline_version", "worse_than_baseline"
"""Custom properties of the classifier's blessing: the version that it was
compared with, and whether it was less accurate (1) or not."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How a model compared on the test images, when it was pushed.

    Attributes:
      baseline: the version that it was compared with; "" if there was none.
      worse: whether it was less accurate than that.
    """

    baseline: str = ""
    worse: bool = False

    def write(self, saved_model: pathlib.Path) -> None:
        """Writes it into a version that is about to be pushed."""
        file = saved_model / FILE
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(dataclasses.asdict(self)) + "\n", "utf-8")


NOTHING = Comparison()


def read(saved_model: pathlib.Path) -> Comparison:
    """What a version says; nothing where it does not, as older ones do not."""
    try:
        values = json.loads((saved_model / FILE).read_text("utf-8"))
        return Comparison(str(values["baseline"]), values["worse"] is True)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return NOTHING
