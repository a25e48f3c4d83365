"""Everything a run needs, as one frozen dataclass tree.

No TensorFlow and no TFX here: the command line imports this module to check its
arguments.
"""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Mapping
from typing import Any, Literal, get_args

from modules import combinations
from modules.caps import Limit
from modules.common import fields
from modules.common.errors import UserError
from modules.common.fields import (
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    Bounds,
    bounded,
    required,
    some_of,
)
from modules.hparams import AutoencoderParams, ClassifierParams
from modules.tuning.config import SearchConfig
from pipeline.datasets.config import DatasetConfig

Model = Literal["autoencoder", "classifier"]
MODELS: tuple[Model, ...] = get_args(Model)
TunedModels = Literal["none", "autoencoder", "classifier", "both"]


MIN_SIZE = 11
"""Of images, pixels."""


class ConfigError(UserError):
    """A configuration that cannot be run; the message is for the user."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SamplingConfig:
    """Class caps of the training split and the holdout inside them.

    Attributes:
      caps: maximum number of training images, by class name.
      default_cap: the maximum for classes that `caps` does not name; None for
        all images.
      holdout_fraction: share of each class's *sampled* images marked holdout.
    """

    caps: Mapping[str, int] = required(POSITIVE)
    default_cap: int | None = required(POSITIVE)
    holdout_fraction: float = bounded(0.1, SHARE)

    def limits(self, class_names: tuple[str, ...]) -> tuple[Limit, ...]:
        """The cap of each class, in label order; None for no cap.

        Raises:
          ConfigError: if a cap names no class, or is less than 1.
        """
        if unknown := sorted(set(self.caps) - set(class_names)):
            raise ConfigError(
                f"caps name the class {unknown[0]!r}, which the data set does "
                f"not have; its classes are {some_of(class_names)}."
            )
        for name, cap in {**self.caps, "default": self.default_cap}.items():
            if cap is not None and cap < 1:
                raise ConfigError(
                    f"the cap of {name!r} is {cap}; expected 1 or more images, "
                    "since no model learns a class without one."
                )
        return tuple(self.caps.get(c, self.default_cap) for c in class_names)

    def capped(self, class_names: tuple[str, ...]) -> tuple[str, ...]:
        """The classes that may have fewer images than the others."""
        limits = [
            math.inf if n is None else n for n in self.limits(class_names)
        ]
        return tuple(
            name
            for name, limit in zip(class_names, limits, strict=True)
            if limit < max(limits)
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class GateConfig:
    """Thresholds for a blessing, all on the test split.

    Attributes:
      min_accuracy: overall top-1 accuracy of the classifier.
      min_recall: recall of every single class.
      max_accuracy_drop: how far overall accuracy may lie below the model in
        production.
      min_psnr: mean peak signal-to-noise ratio of node 3, decibels.
      min_ssim: mean structural similarity of node 3 (Gaussian 11, range 1).
    """

    min_accuracy: float = required(SHARE)
    min_recall: float = required(SHARE)
    max_accuracy_drop: float = required(SHARE)
    min_psnr: float = required(NOT_NEGATIVE)
    min_ssim: float = required(Bounds(at_least=-1, at_most=1))


@dataclasses.dataclass(frozen=True, kw_only=True)
class TuneConfig:
    """Which models' hyperparameters are searched for, and how.

    Attributes:
      models: whose; the others keep their current values.
      search: the bounds of each of the searches.
    """

    models: TunedModels = "none"
    search: SearchConfig = dataclasses.field(default_factory=SearchConfig)

    def tunes(self, model: Model) -> bool:
        """Whether there is a search for `model`."""
        return self.models in (model, "both")


SECTIONS = ("autoencoder", "classifier", "sampling", "gates", "tune.search")
"""Where `RunConfig` has the values that a user may override one by one."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One run of the pipeline, apart from where it runs and on which files.

    Attributes:
      dataset: the images and their classes.
      preset: the name of the preset that this configuration is based on.
      seed: the one source of randomness: sampling, initial weights, shuffling
        and augmentation.
      sample: whether the data is the built-in sample instead of real images.
      tune: the search for hyperparameters.
      accept_data: whether data that has changed is accepted as the new normal.
      origins: where each model's current hyperparameters come from, in words.
      overrides: the values that are not the preset's, by path, such as
        `classifier.epochs`.

    Raises:
      ConfigError: if a value is out of bounds, the hyperparameters are not
        compatible, or there is no encoder, which the exported model's
        signatures need.
    """

    preset: str = ""
    sampling: SamplingConfig
    autoencoder: AutoencoderParams
    classifier: ClassifierParams
    gates: GateConfig
    dataset: DatasetConfig
    seed: int = 0
    sample: bool = False
    tune: TuneConfig = TuneConfig()
    accept_data: bool = False
    origins: Mapping[Model, str] = dataclasses.field(default_factory=dict)
    overrides: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def hparams(self, model: Model) -> AutoencoderParams | ClassifierParams:
        """The current hyperparameters of a model, before any search."""
        return self.autoencoder if model == "autoencoder" else self.classifier

    def hparam_origins(self, model: Model) -> dict[str, str]:
        """Where each of a model's hyperparameters comes from, in words."""
        params = self.hparams(model)
        searched = params.space()
        # A search, whose values may be tuned ones, knows only its own space.
        tuned, _, _ = self.origins[model].partition("; set: ")
        return {
            name: "set for this run"
            if f"{model}.{name}" in self.overrides
            else tuned
            if name in searched
            else f"preset {self.preset}"
            for name in params.to_dict()
        }

    def section(self, path: str) -> Any:
        """The dataclass at one of `SECTIONS`."""
        return operator.attrgetter(path)(self)

    def __post_init__(self) -> None:
        for path in SECTIONS:
            for name, value, kind in fields.problems(self.section(path)):
                raise ConfigError(
                    f"{path}.{name} is {value!r}, expected {kind}."
                )
        if self.dataset.image_size < MIN_SIZE:
            raise ConfigError(
                f"the images are {self.dataset.image_size} pixels a side, "
                f"expected {MIN_SIZE} or more, as wide as the window of the "
                "structural similarity; set image_size in the data set's file."
            )
        try:
            combinations.check(
                self.autoencoder, self.classifier, self.dataset.image_size
            )
        except UserError as error:
            raise ConfigError(str(error)) from error
        if self.classifier.encoder == "image":
            raise ConfigError(
                "the classifier's encoder is 'image', which has no node 2 to "
                "embed or reconstruct from; it exists for the ablation: use "
                "'frozen', 'fine_tuned', 'joint' or 'random'."
            )

    @property
    def model_name(self) -> str:
        """The name of the model in the serving root; tells a sample apart."""
        suffix = "_sample" if self.sample else ""
        return f"{self.dataset.name}{suffix}"
