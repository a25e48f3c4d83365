"""Hyperparameters of the two models: typed data, one home for each default.

The Trainers receive these dataclasses as plain dictionaries through TFX's
`custom_config` (JSON), and rebuild them with `from_dict`. Presets are instances
of them in `pipeline/configs.py`. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, Self

EncoderMode = Literal["frozen", "finetune"]
LossName = Literal["cross_entropy", "logit_adjusted"]


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
    """The autoencoder and its training schedule."""

    hidden_channels: int = 24
    decoder_channels: int = 32
    epochs: int = 3
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassifierParams(_Params):
    """The CNN on the autoencoder's hidden layer, and its schedule."""

    widths: tuple[int, ...] = (64, 128, 128)
    encoder: EncoderMode = "frozen"
    epochs: int = 10
    batch_size: int = 500
    learning_rate: float = 0.75
    momentum: float = 0.85
    weight_decay: float = 0.0095
    label_smoothing: float = 0.2
    loss: LossName = "logit_adjusted"
    crop_padding: int = 2
    mirror_at_serving: bool = True
