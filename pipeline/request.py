"""A user's request, and the `RunConfig` that follows from it.

The only place for these options, their help texts and bounds: the command line,
Kubeflow's run parameters and the ablation take them from here. Nothing slow is
imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from modules.common import fields
from modules.common.errors import UserError
from modules.common.fields import Bounds, bounded
from modules.hparams import AutoencoderParams, ClassifierParams
from pipeline import overrides, presets
from pipeline.beam import LOCAL, Profile
from pipeline.configs import MODELS, ConfigError, RunConfig, TunedModels
from pipeline.datasets.config import DatasetConfig
from pipeline.preset_file import PresetFile

Verbosity = Literal["quiet", "normal", "verbose"]

_HELP = "help"
_HYPERPARAMETERS = tuple(f"{model}." for model in MODELS)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choices:
    """The choices for a run, local or on Kubeflow.

    Attributes:
      dataset: the data set that the images are of.
      preset: the name of a preset, or None for the one that suits the data.
      seed: the only source of randomness.
      tune: the models whose hyperparameters are searched.
      accept_data: whether data that has changed is accepted as the new normal.
      overrides: values that replace the preset's, by path; see
        `pipeline.overrides`.
    """

    dataset: DatasetConfig = dataclasses.field(
        default=presets.CIFAR10,
        metadata={_HELP: "The data set: classes, image size, gates, caps."},
    )
    preset: str | None = dataclasses.field(
        default=None, metadata={_HELP: "Network sizes, schedules and gates."}
    )
    seed: int = bounded(
        0,
        Bounds(at_least=0, at_most=2**31 - 1),
        **{_HELP: "The only source of randomness."},
    )
    tune: TunedModels = dataclasses.field(
        default="none",
        metadata={_HELP: "The models to tune by a search."},
    )
    accept_data: bool = dataclasses.field(
        default=False,
        metadata={
            _HELP: "Accept drift, skew and values beyond the learned limits: "
            "this data is the new normal."
        },
    )
    overrides: Mapping[str, Any] = dataclasses.field(
        default_factory=dict, metadata={_HELP: "Override a value."}
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request(Choices):
    """A user's request for a run.

    Attributes:
      data: `auto`, `sample` or a path.
      cache: the directory for extracted or downloaded data.
      root: the directory for everything that the run writes.
      file: the preset file, if one was given; its base is the preset, and its
        values are among the overrides.
      save: whether the searches' winners become the preset's values.
      verbosity: what the terminal shows: `quiet`, only the verdict and the
        report; `verbose`, also every record of the log.
      beam: where Beam runs.
    """

    data: str
    cache: Path
    root: Path
    file: PresetFile | None = None
    save: bool = False
    verbosity: Verbosity = "normal"
    beam: Profile = LOCAL

    def require_savable(self, config: RunConfig) -> None:
        """Checks that winners can be saved as the preset's values.

        Args:
          config: the request's configuration.

        Raises:
          UserError: if they are from the built-in sample, or from models that
            are not the preset's.
        """
        if not self.save:
            return
        if config.sample:
            raise UserError(
                "found the built-in sample with --save; expected real images, "
                "for which hyperparameters are tuned. Give --data."
            )
        changed = [
            p for p in config.overrides if p.startswith(_HYPERPARAMETERS)
        ]
        if changed:
            raise UserError(
                f"found {changed[0]} set with --save, which saves values for "
                "the preset's own models; leave out one of the two."
            )


def help_of(name: str) -> str:
    """The help text of a field of `Choices`."""
    (text,) = (
        field.metadata[_HELP]
        for field in dataclasses.fields(Choices)
        if field.name == name
    )
    return str(text)


def configure(choices: Choices, *, sample: bool) -> RunConfig:
    """The configuration that follows from `choices`.

    Later sources override earlier ones: the preset, what the data set states,
    saved tuned values, the adjustments for the sample, the overrides.

    Args:
      choices: the user's.
      sample: whether the data is the built-in sample.

    Raises:
      ConfigError: if a value is out of bounds, an override names no field, or
        the values are incompatible.
    """
    name = choices.preset or presets.default_name(sample=sample)
    if name not in presets.PRESETS:
        raise ConfigError(
            f"the preset is {name!r}, expected "
            f"{fields.any_of(presets.PRESETS)}."
        )
    config = presets.PRESETS[name](choices.dataset)
    if sample:
        config = presets.for_sample(config)
    config = overrides.apply(config, choices.overrides)
    config.sampling.limits(config.dataset.class_names)
    config = dataclasses.replace(
        config,
        seed=choices.seed,
        accept_data=choices.accept_data,
        tune=dataclasses.replace(config.tune, models=choices.tune),
    )
    for model in filter(config.tune.tunes, MODELS):
        _require_in_space(model, config.hparams(model))
    return config


def _require_in_space(
    model: str, params: AutoencoderParams | ClassifierParams
) -> None:
    """Checks that a search can begin with the current values."""
    for name, value in params.searched_values().items():
        if value not in (space := params.space()[name]):
            raise ConfigError(
                f"{model}.{name} is {value!r}, which a search cannot start "
                f"from; expected a value in its search space, {space}."
            )
