"""What RunReport is told about a run's configuration.

Pure Python: no TensorFlow.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any, Self

from components.run_report.page import Hyperparameter
from modules.common.errors import UserError

BEST = "best_hyperparameters.txt"
"""The file in a Tuner's artifact: the config of KerasTuner's values."""

SEARCHED = "search of this run"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """The configuration of a run, as far as its page tells it.

    Attributes:
      preset: the name of the preset.
      gates: the fields of `pipeline.configs.GateConfig`.
      hyperparameters: of each model before any search, by model and name.
      origins: where each of them comes from, in words.
      searched: the models whose hyperparameters a search has chosen.
    """

    preset: str
    gates: Mapping[str, float]
    hyperparameters: Mapping[str, Mapping[str, Any]]
    origins: Mapping[str, Mapping[str, str]]
    searched: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The text of a JSON object, the same for equal settings."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        values = json.loads(text)
        return cls(**values | {"searched": tuple(values["searched"])})

    def trained(self, tuners: Mapping[str, str]) -> Iterator[Hyperparameter]:
        """The hyperparameters that the models were trained with.

        Args:
          tuners: the URI of each Tuner's `best_hyperparameters`, by model.

        Raises:
          UserError: if one of them is gone.
        """
        for model, given in self.hyperparameters.items():
            best = _best(pathlib.Path(tuners[model]) / BEST)
            for name, value in given.items():
                found = model in self.searched and name in best
                yield Hyperparameter(
                    model=model,
                    name=name,
                    value=best.get(name, value),
                    origin=SEARCHED if found else self.origins[model][name],
                )


def _best(path: pathlib.Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8"))["values"])
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}); expected the "
            "Tuner's output. Run again in an empty root."
        ) from error
