"""Hyperparameters of the two models: typed data, one home for each default.

The Trainers receive these dataclasses as plain dictionaries through TFX's
`custom_config` (JSON), and rebuild them with `from_dict`; what the Tuner found
is laid over them with `overlaid`. Presets are instances of them in
`pipeline/configs.py`. A field that a search may change says so beside its
default, with `searched`. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Self

from modules.errors import UserError


@dataclasses.dataclass(frozen=True)
class Range:
    """Where a search looks for a number; both ends belong to it.

    Attributes:
      low: the least; an integer where only integers make sense.
      high: the greatest.
      log: whether to look at its logarithm, evenly.
    """

    low: float
    high: float
    log: bool = False


@dataclasses.dataclass(frozen=True)
class Choice:
    """The values among which a search chooses, of one type."""

    values: tuple[Any, ...]


def searched(default: Any, space: Range | Choice) -> Any:
    """A field with `default`, whose value a search may take from `space`."""
    return dataclasses.field(default=default, metadata={_SPACE: space})


_SPACE = "space"
_OF_THE_STRATEGY = "tuner/"
"""How KerasTuner's Hyperband names what it keeps among the values."""


class _Params:
    """Dictionary round trip shared by the hyperparameter dataclasses."""

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-compatible values."""
        return dataclasses.asdict(self)  # type: ignore[call-overload]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The inverse of `to_dict`, also after a trip through JSON.

        Raises:
          ValueError: if a name in `values` is not a hyperparameter.
        """
        known = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
        if unknown := sorted(set(values) - known):
            raise ValueError(
                f"{cls.__name__} has no hyperparameter {unknown[0]!r}; "
                f"it has {', '.join(sorted(known))}."
            )
        return cls(
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in values.items()
            }
        )

    @classmethod
    def space(cls) -> dict[str, Range | Choice]:
        """What a search may change, by hyperparameter."""
        return {
            field.name: field.metadata[_SPACE]
            for field in dataclasses.fields(cls)  # type: ignore[arg-type]
            if _SPACE in field.metadata
        }

    def searched_values(self) -> dict[str, Any]:
        """The values of what a search may change."""
        return {name: getattr(self, name) for name in self.space()}

    def overlaid(self, hyperparameters: Mapping[str, Any]) -> Self:
        """These, with the values of a `HyperParameters` artifact.

        Args:
          hyperparameters: the config of a `keras_tuner.HyperParameters`, as
            TFX hands it to a Trainer; what Hyperband adds is left out.

        Raises:
          UserError: if it has a value that no search may change.
        """
        values = {
            name: value
            for name, value in hyperparameters["values"].items()
            if not name.startswith(_OF_THE_STRATEGY)
        }
        if unknown := sorted(set(values) - set(self.space())):
            raise UserError(
                f"the Tuner's hyperparameters have {unknown[0]!r}; expected "
                f"some of {', '.join(sorted(self.space()))}. Run the Tuner of "
                "this version again."
            )
        return dataclasses.replace(self, **values)  # type: ignore[type-var]


@dataclasses.dataclass(frozen=True, kw_only=True)
class AutoencoderParams(_Params):
    """The autoencoder and its training schedule.

    Attributes:
      hidden_channels: channels of node 2; even, half of them mirror the rest.
      kernel: side of the patch that a position of node 2 sees, pixels.
      whitening_epsilon: added to the variance of each principal direction of
        the patches before they are scaled to unit variance.
      epochs: passes over the sampled training images.
      learning_rate: Adam's, at the peak of the one-cycle schedule.
    """

    hidden_channels: int = 24
    kernel: int = 2
    whitening_epsilon: float = searched(5e-4, Range(1e-5, 1e-2, log=True))
    epochs: int = 2
    batch_size: int = searched(100, Choice((20, 50, 100, 200)))
    learning_rate: float = searched(1e-2, Range(1e-3, 3e-2, log=True))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassifierParams(_Params):
    """The CNN on the autoencoder's hidden layer, and its schedule.

    Attributes:
      widths: channels of each block of two convolutions; the first convolution
        of a block halves the resolution.
      epochs: passes over the sampled training images.
      learning_rate: SGD's, at the peak of the one-cycle schedule.
      weight_decay: decoupled, multiplied by the learning rate each step.
      label_smoothing: probability mass spread over the classes.
      logit_adjustment: tau of Menon et al. 2021; 0 is plain cross-entropy.
      crop_padding: random translation of the images, up to so many pixels.
      mirror_at_serving: average the logits with the mirror image's.
    """

    widths: tuple[int, ...] = (64, 128, 128)
    epochs: int = 24
    batch_size: int = 500
    learning_rate: float = searched(0.75, Range(0.2, 2.0, log=True))
    momentum: float = searched(0.85, Range(0.7, 0.95))
    weight_decay: float = searched(5e-4, Range(5e-5, 5e-3, log=True))
    label_smoothing: float = searched(0.2, Range(0.0, 0.3))
    logit_adjustment: float = searched(1.0, Range(0.0, 1.5))
    crop_padding: int = searched(2, Range(0, 4))
    mirror_at_serving: bool = True
