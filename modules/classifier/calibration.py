"""Temperature scaling: one number calibrates the probabilities.

A network's confidence and its accuracy differ: label smoothing makes it
underconfident, a long training overconfident. Dividing all logits by one
number, the temperature, brings them together and changes no prediction (Guo et
al., *On Calibration of Modern Neural Networks*, 2017).

The number has to come from images that the network was not trained on, and
only the sampled ones may be used: so a part of the holdout is kept out of the
classifier's training. These images count inside the class caps. The autoencoder
was trained on them too, without their labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from modules.classifier import test_time
from modules.common.errors import UserError
from modules.hparams import TestTimeAugmentation

if TYPE_CHECKING:
    import keras

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
Booleans = NDArray[np.bool_]

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.1, 10.0
"""Without bounds, images that are all classified correctly, as a few may be,
would make the model ever more confident."""

_BATCH = 500


def calibration_rows(
    labels: Integers, holdout: Booleans, share: float
) -> Booleans:
    """The images held out for fitting the temperature.

    The first ones of each class's holdout, whose order is random but fixed
    (see `modules.examples`): `share` of them, rounded, and at least one. A
    class without a holdout has none.

    Args:
      labels: integers [N].
      holdout: bool [N].
      share: of each class's holdout, from 0 to 1; 0 keeps no image at all.

    Returns:
      bool [N], nowhere true but in `holdout`.

    Raises:
      UserError: if the share is not from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise UserError(
            f"calibration_share is {share}; it is a share of the holdout, "
            "from 0 to 1."
        )
    chosen = np.zeros(len(labels), np.bool_)
    if share > 0:
        for label in np.unique(labels[holdout]):
            rows = np.flatnonzero(holdout & (labels == label))
            chosen[rows[: max(1, round(share * len(rows)))]] = True
    return chosen


def calibrate(
    classifier: keras.Model,
    pixels: NDArray[np.uint8],
    labels: Integers,
    augmentation: TestTimeAugmentation,
) -> float:
    """The temperature of a trained classifier; 1 where there are no images.

    Args:
      classifier: pixels to logits.
      pixels: uint8 [N, H, W, 3], images that it was not trained on.
      labels: integers [N].
      augmentation: the test-time augmentation that is served.

    Raises:
      UserError: if the logits are not finite.
    """
    if not len(labels):
        return 1.0
    logits = test_time.average(
        lambda view: classifier.predict(view, _BATCH, verbose=0),
        pixels,
        augmentation,
    )
    return fit_temperature(logits, labels)


def fit_temperature(logits: Floats, labels: Integers) -> float:
    """The temperature that minimises the negative log-likelihood.

    Every class has the same weight, however many images it has. The caps make
    these images as imbalanced as the training set, but with the logit-adjusted
    loss the model's probabilities are those of equally frequent classes, which
    is also what the test set has.

    The negative log-likelihood is convex in the inverse of the temperature, so
    the minimum is where its slope is 0, or at a bound: `MIN_TEMPERATURE` where
    all images are classified correctly, `MAX_TEMPERATURE` where the logits say
    nothing or worse.

    Args:
      logits: floats [N, C], N > 0, as they are served.
      labels: integers [N], each in [0, C).

    Raises:
      UserError: if the logits are not finite.
    """
    if wrong := int((~np.isfinite(logits)).any(axis=1).sum()):
        raise UserError(
            f"the trained classifier's logits are not finite on {wrong} of "
            f"{len(logits)} calibration images: the training has diverged. "
            "Lower the learning rate."
        )
    true = np.take_along_axis(logits, labels[:, None], axis=1)
    margins = logits.astype(np.float64) - true
    weights = balanced_weights(labels)

    def slope(sharpness: float) -> float:
        """The derivative of the NLL by 1 / temperature; it never decreases."""
        probabilities = special.softmax(sharpness * margins, axis=1)
        return float(weights @ (probabilities * margins).sum(axis=1))

    low, high = 1 / MAX_TEMPERATURE, 1 / MIN_TEMPERATURE
    if slope(low) >= 0:
        return MAX_TEMPERATURE
    if slope(high) <= 0:
        return MIN_TEMPERATURE
    return 1 / float(optimize.brentq(slope, low, high))


def balanced_weights(labels: Integers) -> NDArray[np.float64]:
    """Weights [N] that sum to 1, balanced over the classes that occur."""
    _, group, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    return np.asarray(1 / (len(counts) * counts[group]), np.float64)
