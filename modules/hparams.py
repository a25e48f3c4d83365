"""Hyperparameters of the two models: typed data, one home for each default.

The Trainers receive these dataclasses as plain dictionaries through TFX's
`custom_config` (JSON), and rebuild them with `from_dict`; `with_overrides` puts
the Tuner's values in. Presets are instances of them in `pipeline/presets.py`.
A field has its bounds beside its default; what a search may change of them is
in `modules/search_spaces.py`. No TensorFlow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from modules.common.errors import UserError
from modules.common.fields import (
    NOT_NEGATIVE,
    ONE_OR_MORE,
    POSITIVE,
    SHARE,
    Bounds,
    bounded,
)
from modules.search_spaces import AUTOENCODER, CLASSIFIER, Space

Architecture = Literal["whitening", "bottleneck", "stacked"]
Corruption = Literal["none", "noise", "masking"]
EncoderMode = Literal["frozen", "fine_tuned", "joint", "random", "image"]
Head = Literal["cnn", "dense"]
Imbalance = Literal["none", "logit_adjusted", "class_weights", "oversampling"]
Activation = Literal["gelu", "relu"]
Normalization = Literal["keras", "fused"]
TestTimeAugmentation = Literal["none", "flip", "flip_translate"]
Precision = Literal[
    "float32",
    "bfloat16_convolutions",
    "mixed_bfloat16",
    "mixed_float16",
    "auto",
]


_OF_THE_STRATEGY = "tuner/"
"""The prefix of the entries that KerasTuner's Hyperband adds."""


class _Params:
    """Dictionary round trip shared by the hyperparameter dataclasses."""

    _SPACE: ClassVar[Space]

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-compatible values."""
        return dataclasses.asdict(self)  # type: ignore[call-overload]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The inverse of `to_dict`, also from JSON.

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
    def space(cls) -> Space:
        """The search space, by hyperparameter."""
        return cls._SPACE

    def searched_values(self) -> dict[str, Any]:
        """The current values of the hyperparameters in the search space."""
        return {name: getattr(self, name) for name in self.space()}

    def with_overrides(self, hyperparameters: Mapping[str, Any]) -> Self:
        """A copy with the values of a `HyperParameters` artifact.

        Args:
          hyperparameters: the config of a `keras_tuner.HyperParameters`, as
            TFX hands it to a Trainer; Hyperband's own entries are ignored.

        Raises:
          UserError: if it has a value that is not in the search space.
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
      architecture: `whitening`, one convolution over small patches that keeps
        the size of the image; `bottleneck`, blocks that each halve it; or
        `stacked`, a bottleneck on a fixed whitening layer of all directions.
      hidden_channels: channels of node 2; for `whitening` an even number: half
        of the filters are the negatives of the others.
      widths: channels of each block of a bottleneck; its decoder mirrors them.
      kernel: side of a position's patch, pixels; not for `bottleneck`.
      stride: pixels from patch to patch; for `whitening` only.
      whitening_epsilon: added to each principal direction's variance.
      invert: initialise the decoder as the inverse; for `whitening` only.
      augment: train on randomly translated and flipped images.
      corruption: what is done to the images that the clean ones are restored
        from: `noise`, Gaussian; `masking` of patches; see
        `modules/training/corruption.py`.
      corruption_strength: the noise's standard deviation, pixels in [0, 1]; or
        the share of the patches that are masked.
      corruption_patch: side of a patch, pixels; for `masking` only.
      epochs: passes over the sampled training images; fractions are allowed.
      learning_rate: Adam's peak rate, on a one-cycle schedule.
    """

    _SPACE = AUTOENCODER

    architecture: Architecture = "whitening"
    hidden_channels: int = bounded(24, ONE_OR_MORE)
    widths: tuple[int, ...] = bounded((32, 64), ONE_OR_MORE)
    kernel: int = bounded(2, ONE_OR_MORE)
    stride: int = bounded(1, ONE_OR_MORE)
    whitening_epsilon: float = bounded(5e-4, POSITIVE)
    invert: bool = False
    augment: bool = False
    corruption: Corruption = "none"
    corruption_strength: float = bounded(0.0, NOT_NEGATIVE)
    corruption_patch: int = bounded(4, ONE_OR_MORE)
    epochs: float = bounded(2, POSITIVE)
    batch_size: int = bounded(100, ONE_OR_MORE)
    learning_rate: float = bounded(1e-2, POSITIVE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassifierParams(_Params):
    """The CNN on the autoencoder's hidden layer, and its schedule.

    Attributes:
      encoder: how the trained encoder is used. `frozen` keeps its weights;
        `fine_tuned` trains a copy further; `joint` trains it further with node
        3's reconstruction as a second loss; `random` trains the same network
        from a random initialisation; `image` has no encoder, the CNN reads the
        pixels (in the ablation only). The autoencoder itself is served beside
        `fine_tuned` and `random`.
      encoder_rate: the encoder's share of `learning_rate`; with `joint`, also
        the decoder's.
      frozen_blocks: for `fine_tuned`, how many of a bottleneck encoder's first
        blocks stay frozen; None for none.
      reconstruction_weight: for `joint`, of the reconstruction's squared error.
      head: `cnn`, blocks of convolutions; `dense`, dense layers.
      widths: channels of each block, whose first convolution halves the
        resolution; units of each layer of a dense head.
      depth: convolutions per block; with three, the block is residual.
      activation: of the head: `gelu`; or `relu`, which is faster.
      normalization: of the head: `keras`, Keras's batch normalisation and a
        bias; or `fused`, the same in one operation, which is faster.
      epochs: passes over the sampled training images; fractions are allowed.
      learning_rate: SGD's peak rate, on a one-cycle schedule.
      muon_learning_rate: Muon's, for the convolutions; 0 leaves them to SGD.
      warmup: share of the steps before the peak.
      final_learning_rate: at the last step, as a share of the peak.
      weight_decay: decoupled; multiplied by the learning rate each step.
      lookahead: pull the weights towards their running average.
      label_smoothing: probability mass spread over the classes.
      imbalance: the remedy for class imbalance: `none`; `logit_adjusted` loss;
        `class_weights`, inverse to class frequency; `oversampling` to equal
        counts per epoch.
      logit_adjustment: tau of Menon et al. 2021, for `logit_adjusted`.
      flip: train on flipped images; not where left and right matter (digits).
      crop_padding: random translation, up to so many pixels.
      cutout: side of a square that is masked in each image, pixels.
      initial_crop: side of the random crops that training begins with, pixels;
        0 for whole images. See docs/RESULTS.md.
      initial_share: the share of the steps that see such crops.
      test_time_augmentation: what the served logits are averaged over: `flip`,
        the image and its mirror image; `flip_translate`, six views of it; see
        `modules/classifier/test_time.py`. A prediction costs as many times
        more. Without `flip`, only `none`.
      calibration_share: share of each class's holdout that fits the temperature
        of the probabilities instead; 0 for no calibration.
      precision: of the head in training; the exported model is always float32.
        `bfloat16_convolutions` takes only convolutions and pools in 16 bits;
        the two others, Keras's policies, nearly all of it; `auto` takes
        `bfloat16_convolutions` where the processor has instructions for it,
        and float32 elsewhere.
      jit_compile: compile the training step with XLA.
      data_on_device: keep images on the training device; not with `joint`.
      distribute: split each batch over all visible GPUs, or over the machines
        that `TF_CONFIG` names (docs/SCALING.md).
    """

    _SPACE = CLASSIFIER

    encoder: EncoderMode = "frozen"
    encoder_rate: float = bounded(1.0, POSITIVE)
    frozen_blocks: int | None = bounded(None, ONE_OR_MORE)
    reconstruction_weight: float = bounded(0.0, NOT_NEGATIVE)
    head: Head = "cnn"
    widths: tuple[int, ...] = bounded((64, 128, 128), ONE_OR_MORE)
    depth: int = bounded(2, ONE_OR_MORE)
    activation: Activation = "gelu"
    normalization: Normalization = "keras"
    epochs: float = bounded(24, POSITIVE)
    batch_size: int = bounded(500, ONE_OR_MORE)
    learning_rate: float = bounded(0.75, POSITIVE)
    muon_learning_rate: float = bounded(0.1, NOT_NEGATIVE)
    warmup: float = bounded(0.2, Bounds(above=0, below=1))
    final_learning_rate: float = bounded(0.07, NOT_NEGATIVE)
    momentum: float = bounded(0.85, Bounds(at_least=0, below=1))
    weight_decay: float = bounded(5e-4, NOT_NEGATIVE)
    lookahead: bool = False
    label_smoothing: float = bounded(0.2, Bounds(at_least=0, below=1))
    imbalance: Imbalance = "logit_adjusted"
    logit_adjustment: float = bounded(1.0, NOT_NEGATIVE)
    flip: bool = True
    crop_padding: int = bounded(2, NOT_NEGATIVE)
    cutout: int = bounded(0, NOT_NEGATIVE)
    initial_crop: int = bounded(0, NOT_NEGATIVE)
    initial_share: float = bounded(0.0, Bounds(at_least=0, below=1))
    test_time_augmentation: TestTimeAugmentation = "flip"
    calibration_share: float = bounded(0.1, SHARE)
    precision: Precision = "float32"
    jit_compile: bool = False
    data_on_device: bool = False
    distribute: bool = False
