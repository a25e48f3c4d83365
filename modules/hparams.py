"""Hyperparameters of the two models: typed data, one home for each default.

The Trainers receive these dataclasses as plain dictionaries through TFX's
`custom_config` (JSON), and rebuild them with `from_dict`. Presets are instances
of them in `pipeline/configs.py`. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Self


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
    whitening_epsilon: float = 5e-4
    epochs: int = 2
    batch_size: int = 100
    learning_rate: float = 1e-2


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
      calibration_share: share of each class's holdout that is not trained on
        but sets the temperature of the probabilities; 0 leaves them as they
        come.
    """

    widths: tuple[int, ...] = (64, 128, 128)
    epochs: int = 24
    batch_size: int = 500
    learning_rate: float = 0.75
    momentum: float = 0.85
    weight_decay: float = 5e-4
    label_smoothing: float = 0.2
    logit_adjustment: float = 1.0
    crop_padding: int = 2
    mirror_at_serving: bool = True
    calibration_share: float = 0.1
