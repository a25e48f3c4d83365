"""A preset's hyperparameters, made for 32x32 RGB images, for those of others.

No TensorFlow here.
"""

from __future__ import annotations

import dataclasses

from modules import combinations
from modules.hparams import AutoencoderParams, ClassifierParams
from pipeline.datasets.config import DatasetConfig

SIZE = 32
MIN_STEPS, MIN_BATCH = 20, 32
MIN_CROPPED = 16


def autoencoder(
    params: AutoencoderParams, dataset: DatasetConfig
) -> AutoencoderParams:
    """`params` with filters that suit the images' size and colours.

    Node 2 has a position for each patch, at the largest stride that leaves 28
    positions a side, so that the classifier's cost does not grow with the
    images. Patches that do not overlap, or are grey, have few directions: all
    are kept. The decoder starts as the inverse of that, however few the images.
    """
    if params.architecture != "whitening":
        return params
    stride = combinations.stride_for(dataset.image_size)
    dense = 3 if dataset.grey else params.kernel
    kernel = stride if stride > 1 else dense
    colours = 1 if dataset.grey else 3
    return dataclasses.replace(
        params,
        stride=stride,
        kernel=kernel,
        hidden_channels=2 * colours * kernel**2,
        invert=True,
    )


def classifier(
    params: ClassifierParams, dataset: DatasetConfig
) -> ClassifierParams:
    """`params` for other images: how far they are shifted, and how many.

    The augmentation is in proportion to their size; images below `MIN_CROPPED`
    are too small for crops. An epoch has `MIN_STEPS`, unless batches would be
    smaller than `MIN_BATCH`.
    """
    scale = dataset.image_size / SIZE
    batch = params.batch_size
    if dataset.train_images is not None:
        batch = min(batch, max(MIN_BATCH, dataset.train_images // MIN_STEPS))
    crops = dataset.image_size >= MIN_CROPPED
    return dataclasses.replace(
        params,
        batch_size=batch,
        crop_padding=round(params.crop_padding * scale),
        cutout=round(params.cutout * scale),
        initial_crop=round(params.initial_crop * scale) if crops else 0,
        initial_share=params.initial_share if crops else 0.0,
    )
