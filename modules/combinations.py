"""Checks combinations of hyperparameters before anything is trained.

Pure: no TensorFlow, so that the command line refuses a configuration before it
starts to load anything.
"""

from __future__ import annotations

import typing

from modules import head_checks, hparams
from modules.common.errors import UserError
from modules.hparams import AutoencoderParams, ClassifierParams

_CHOICES = {
    "encoder": hparams.EncoderMode,
    "head": hparams.Head,
    "test_time_augmentation": hparams.TestTimeAugmentation,
    "activation": hparams.Activation,
    "normalization": hparams.Normalization,
    "imbalance": hparams.Imbalance,
    "precision": hparams.Precision,
}


MIN_POSITIONS = 28
"""Height and width of node 2 that is not gone below by default."""


def check(
    autoencoder: AutoencoderParams,
    classifier: ClassifierParams,
    image_size: int,
) -> None:
    """Refuses what cannot be built, or would silently be ignored.

    Args:
      autoencoder: of the network up to node 3.
      classifier: of the network on node 2.
      image_size: height and width of the images, pixels.

    Raises:
      UserError: saying what was found, what was expected and what to do.
    """
    _check_choice("architecture", autoencoder, hparams.Architecture)
    _check_choice("corruption", autoencoder, hparams.Corruption)
    for name, choices in _CHOICES.items():
        _check_choice(name, classifier, choices)
    _check_hidden_size(autoencoder, image_size)
    _check_corruption(autoencoder, image_size)
    _check_encoder_rate(classifier)
    _check_frozen_blocks(autoencoder, classifier)
    _check_reconstruction(classifier)
    _check_data_on_device(classifier)
    _check_network(autoencoder, classifier, image_size)
    _check_precision(classifier)
    _check_test_time_augmentation(classifier)


def hidden_size(
    autoencoder: AutoencoderParams, encoder: str, image_size: int
) -> int:
    """Height and width of what the classifier's head reads."""
    if encoder == "image" or autoencoder.architecture == "whitening":
        stride = 1 if encoder == "image" else autoencoder.stride
        return image_size // stride
    return image_size >> len(autoencoder.widths)


def stride_for(image_size: int) -> int:
    """The largest stride of `whitening` that leaves `MIN_POSITIONS` a side."""
    return max(
        stride
        for stride in range(1, max(1, image_size // MIN_POSITIONS) + 1)
        if image_size % stride == 0
    )


def _check_choice(name: str, params: object, choices: object) -> None:
    found, allowed = getattr(params, name), typing.get_args(choices)
    if found not in allowed:
        raise UserError(
            f"{name} is {found!r}, expected one of {', '.join(allowed)}."
        )


def _check_hidden_size(params: AutoencoderParams, image_size: int) -> None:
    if params.architecture == "whitening":
        _check_whitening(params, image_size)
        return
    if params.architecture == "stacked" and params.stride != 1:
        raise UserError(
            f"the stride is {params.stride} with the architecture 'stacked', "
            "whose blocks halve the image; expected 1: set stride to that."
        )
    factor = 2 ** len(params.widths)
    if not params.widths or image_size % factor:
        raise UserError(
            f"a bottleneck of {len(params.widths)} blocks halves "
            f"{image_size}x{image_size} images {len(params.widths)} times; "
            "expected at least one block, and a size that it divides: change "
            "the autoencoder's widths."
        )


def _check_whitening(params: AutoencoderParams, image_size: int) -> None:
    if image_size % params.stride or params.kernel < params.stride:
        raise UserError(
            f"the stride is {params.stride} with patches of {params.kernel}x"
            f"{params.kernel} pixels on images of {image_size}x{image_size}; "
            "expected one that divides the images' size, and patches at least "
            "as large: change the autoencoder's stride or kernel."
        )
    if params.invert and params.stride not in (1, params.kernel):
        raise UserError(
            f"invert is set with a stride of {params.stride} and patches of "
            f"{params.kernel}x{params.kernel} pixels; expected a stride of 1 "
            "or of the patches' size, which can be inverted: change it, or "
            "unset invert."
        )
    channels, most = params.hidden_channels, 6 * params.kernel**2
    if channels % 2 or channels > most:
        raise UserError(
            f"hidden_channels is {channels}; expected an even number up to "
            f"{most}, two for each of the {most // 2} values of a patch of "
            f"{params.kernel}x{params.kernel} pixels: change it, or the "
            "autoencoder's kernel."
        )


def _check_corruption(params: AutoencoderParams, image_size: int) -> None:
    kind, strength = params.corruption, params.corruption_strength
    if (kind == "none") != (strength == 0):
        raise UserError(
            f"corruption is {kind!r} with a corruption_strength of {strength}; "
            "expected a strength above 0 with 'noise' and 'masking', and 0 "
            "without: set both, or leave both out."
        )
    if kind != "masking":
        return
    patches = (-(-image_size // params.corruption_patch)) ** 2
    if not 1 <= round(strength * patches) < patches:
        raise UserError(
            f"corruption_strength is {strength} of the {patches} patches of an "
            "image; expected a share that masks some and leaves some: change "
            "it, or corruption_patch."
        )


def _check_encoder_rate(params: ClassifierParams) -> None:
    if params.encoder_rate <= 0:
        raise UserError(
            f"encoder_rate is {params.encoder_rate}; expected a share of the "
            "learning rate above 0, or the encoder 'frozen'."
        )
    if params.encoder_rate != 1 and params.encoder in ("frozen", "image"):
        raise UserError(
            f"encoder_rate is {params.encoder_rate} with the encoder "
            f"{params.encoder!r}, which does not train; use 'fine_tuned', "
            "'joint' or 'random', or leave encoder_rate out."
        )


def _check_frozen_blocks(
    autoencoder: AutoencoderParams, classifier: ClassifierParams
) -> None:
    frozen = classifier.frozen_blocks
    if frozen is None:
        return
    blocks = len(autoencoder.widths)
    if classifier.encoder != "fine_tuned":
        raise UserError(
            f"frozen_blocks is {frozen} with the encoder "
            f"{classifier.encoder!r}; it belongs to 'fine_tuned': set that, "
            "or leave frozen_blocks out."
        )
    if autoencoder.architecture == "whitening" or not 1 <= frozen <= blocks:
        raise UserError(
            f"frozen_blocks is {frozen} of a {autoencoder.architecture} "
            f"encoder; expected 1 to {blocks} blocks of a 'bottleneck' or "
            "'stacked': change one of them, or leave frozen_blocks out."
        )


def _check_reconstruction(params: ClassifierParams) -> None:
    weight, joint = params.reconstruction_weight, params.encoder == "joint"
    if joint and weight <= 0:
        raise UserError(
            f"the encoder is 'joint' with a reconstruction_weight of {weight}; "
            "expected one above 0: set it, or use 'fine_tuned'."
        )
    if weight and not joint:
        raise UserError(
            f"reconstruction_weight is {weight} with the encoder "
            f"{params.encoder!r}; it belongs to 'joint': set that, or leave "
            "the weight at 0."
        )


def _check_data_on_device(params: ClassifierParams) -> None:
    if params.data_on_device and params.encoder == "joint":
        raise UserError(
            "data_on_device is set with the encoder 'joint', whose targets are "
            "images too; expected only one of the two: leave data_on_device "
            "out."
        )


def _check_precision(params: ClassifierParams) -> None:
    if params.head == "dense" and params.precision == "bfloat16_convolutions":
        raise UserError(
            "precision is 'bfloat16_convolutions' with the head 'dense', which "
            "has none; expected 'float32' or one of Keras's policies."
        )


def _check_test_time_augmentation(params: ClassifierParams) -> None:
    if not params.flip and params.test_time_augmentation != "none":
        raise UserError(
            "test_time_augmentation is "
            f"{params.test_time_augmentation!r} with flip unset, which says "
            "that a mirror image is something else; expected 'none', or flip "
            "set: change one of the two."
        )


def _check_network(
    autoencoder: AutoencoderParams,
    params: ClassifierParams,
    image_size: int,
) -> None:
    head_checks.check_sizes(params, image_size)
    size = hidden_size(autoencoder, params.encoder, image_size)
    head_checks.check_positions(params, size)
    if crop := params.initial_crop:
        # The first convolution may do without a border.
        size = hidden_size(autoencoder, params.encoder, crop) - 2
        head_checks.check_positions(params, size)
