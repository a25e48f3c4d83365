"""Checks of the classifier's head: whether it fits what it reads.

Pure: no TensorFlow.
"""

from __future__ import annotations

from modules.common.errors import UserError
from modules.hparams import ClassifierParams


def check_positions(params: ClassifierParams, size: int) -> None:
    """Refuses a head whose blocks leave nothing of what it reads.

    Args:
      params: its own.
      size: height and width of node 2, of whole images or of crops.

    Raises:
      UserError: saying what was found, what was expected and what to do.
    """
    if not params.widths or params.depth < 1:
        raise UserError(
            f"a head of widths {params.widths} and depth {params.depth}; "
            "expected at least one width and one convolution a block."
        )
    if params.head == "cnn" and size >> len(params.widths) < 1:
        raise UserError(
            f"a head of {len(params.widths)} blocks on {size}x{size} "
            "positions, which each block halves; expected at least one "
            "position to be left: use fewer widths."
        )


def check_sizes(params: ClassifierParams, image_size: int) -> None:
    """Refuses crops and squares that the images have no room for.

    Raises:
      UserError: as `check_positions`.
    """
    crop = params.initial_crop
    if (crop == 0) != (params.initial_share == 0) or crop > image_size:
        raise UserError(
            f"initial_crop is {crop} pixels on images of {image_size}, with an "
            f"initial_share of {params.initial_share:g}; expected no more than "
            "the image has, and a share above 0; or 0 for both: change them."
        )
    if crop and (params.head != "cnn" or params.encoder == "joint"):
        raise UserError(
            f"initial_crop is {crop} with the head {params.head!r} and the "
            f"encoder {params.encoder!r}; expected the head 'cnn', which takes "
            "images of any size, and not the encoder 'joint', whose targets "
            "are whole images: change them, or leave initial_crop out "
            "(initial_crop and initial_share 0)."
        )
    if params.cutout > (seen := crop or image_size):
        raise UserError(
            f"cutout is {params.cutout} pixels on images of {seen}; "
            "expected no more than the image has."
        )
