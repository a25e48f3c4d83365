"""The classifier's loss and optimiser, and how class imbalance is handled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from modules.autoencoder.network import VARIABLES
from modules.classifier import network
from modules.hparams import ClassifierParams
from modules.layers import (
    LayerwiseSGD,
    LogitAdjustedCrossentropy,
    Muon,
    Triangular,
)

if TYPE_CHECKING:
    import tensorflow as tf

    # Pixels and labels to what Keras's `fit` takes.
    Targets = Callable[[tf.Tensor, tf.Tensor], tuple[Any, ...]]


def class_weights(counts: np.ndarray) -> np.ndarray:
    """Weights inverse to the class shares, float32 [classes].

    Over the training images they average one, so that the learning rate means
    what it means without them. A class without images has the weight 0.
    """
    present = np.count_nonzero(counts)
    weights = counts.sum() / (present * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 0).astype(np.float32)


def optimizer(
    params: ClassifierParams, total_steps: int
) -> keras.optimizers.Optimizer:
    """Muon for the head's convolutions, SGD for all else, both in one cycle.

    What trains of the autoencoder has a rate of its own. With float16 the loss
    is scaled besides.
    """
    rate = Triangular(
        params.learning_rate,
        total_steps,
        warmup=params.warmup,
        end=params.final_learning_rate,
    )
    sgd: dict[str, Any] = {
        "learning_rate": rate,
        "momentum": params.momentum,
        "nesterov": True,
        "weight_decay": params.weight_decay,
        "ratios": {VARIABLES: params.encoder_rate},
    }
    if params.muon_learning_rate:
        ratio = params.muon_learning_rate / params.learning_rate
        chosen = Muon(kernels=network.CONVOLUTIONS, ratio=ratio, **sgd)
    else:
        chosen = LayerwiseSGD(**sgd)
    if params.precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(chosen)
    return chosen


def losses(params: ClassifierParams, counts: np.ndarray) -> dict[str, Any]:
    """`loss`, `loss_weights` and `metrics` for Keras's `compile`.

    Args:
      params: with `joint`, the loss is that of `logits` and `reconstruction`.
      counts: training images of each class; the priors of the adjustment.
    """
    adjusted = params.imbalance == "logit_adjusted"
    crossentropy = LogitAdjustedCrossentropy(
        counts.tolist(),
        tau=params.logit_adjustment if adjusted else 0.0,
        label_smoothing=params.label_smoothing,
    )
    if params.encoder != "joint":
        return {"loss": crossentropy, "metrics": ["accuracy"]}
    return {
        "loss": {
            "logits": crossentropy,
            "reconstruction": "mean_squared_error",
        },
        "loss_weights": {
            "logits": 1.0,
            "reconstruction": params.reconstruction_weight,
        },
        "metrics": {"logits": ["accuracy"]},
    }


def targets(params: ClassifierParams, counts: np.ndarray) -> Targets:
    """The targets of each batch, and its sample weights, if any.

    The reconstruction of `joint` is compared with the image as the network
    saw it, after its augmentation; class weights do not touch it.
    """
    import tensorflow as tf  # The rest also runs on Keras's other backends.

    weighted = params.imbalance == "class_weights"
    weights = class_weights(counts)

    def of_batch(pixels: tf.Tensor, labels: tf.Tensor) -> tuple[Any, ...]:
        target: Any = labels
        weight: Any = tf.gather(weights, labels)
        if params.encoder == "joint":
            image = tf.cast(pixels, tf.float32) / 255
            target = {"logits": labels, "reconstruction": image}
            weight = {"logits": weight, "reconstruction": tf.ones_like(weight)}
        return (pixels, target, weight) if weighted else (pixels, target)

    return of_batch
