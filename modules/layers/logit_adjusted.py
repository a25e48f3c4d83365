"""Cross-entropy that is adjusted by the classes' priors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="cifar10")
class LogitAdjustedCrossentropy(keras.losses.Loss):
    """Softmax cross-entropy on `logits + tau * log(prior)`.

    The classifier then minimises the *balanced* error: at inference the plain
    logits are used, so that a class seen half as often is not predicted half as
    readily (Menon et al., *Long-tail learning via logit adjustment*, 2021).
    With equal priors it is ordinary cross-entropy.

    Args:
      priors: training share of each class, by label; need not sum to one.
      tau: strength of the adjustment; 0 is plain cross-entropy.
      label_smoothing: probability mass spread evenly over the classes.

    Call: labels int [N], logits float [N, classes].

    Raises:
      ValueError: if a prior is not positive.
    """

    def __init__(
        self,
        priors: Sequence[float],
        *,
        tau: float = 1.0,
        label_smoothing: float = 0.0,
        name: str = "logit_adjusted_crossentropy",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.priors = [float(p) for p in priors]
        if min(self.priors) <= 0:
            label = self.priors.index(min(self.priors))
            raise ValueError(
                f"the prior of label {label} is {self.priors[label]}; every "
                "class needs training images (raise its cap)."
            )
        self.tau = tau
        self.label_smoothing = label_smoothing
        shares = np.asarray(self.priors) / np.sum(self.priors)
        self._offset = (tau * np.log(shares)).astype("float32")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits = ops.cast(y_pred, "float32") + self._offset
        log_probabilities = ops.log_softmax(logits, axis=-1)
        labels = ops.one_hot(
            ops.cast(ops.reshape(y_true, (-1,)), "int32"), len(self.priors)
        )
        smooth = self.label_smoothing
        targets = labels * (1.0 - smooth) + smooth / len(self.priors)
        return -ops.sum(targets * log_probabilities, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "priors": self.priors,
            "tau": self.tau,
            "label_smoothing": self.label_smoothing,
        }
