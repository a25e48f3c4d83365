"""How good node 2 is as a representation: a linear probe, and k-NN.

Both classify by what the encoder has learned without labels and train nothing
of it, which is how the field reports representations (Chen et al., *A Simple
Framework for Contrastive Learning of Visual Representations*, 2020; Wu et al.,
*Unsupervised Feature Learning via Non-Parametric Instance Discrimination*,
2018). NumPy and SciPy, apart from the encoder.
"""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

SIDE = 4
"""Positions a side that features are averaged to: node 2 may have 1,024."""

NEIGHBOURS, TEMPERATURE = 20, 0.07
PENALTY = 1e-4
ITERATIONS = 200
_BATCH = 1_000


def features(
    encoder: keras.Model, pixels: NDArray[np.uint8], side: int = SIDE
) -> Floats:
    """Node 2, averaged over a grid of `side` x `side` parts, flattened.

    Args:
      encoder: pixels to node 2, float32 [N, H, W, C].
      pixels: uint8 [N, S, S, 3].
      side: at most H and W, or else all of node 2 is taken.

    Returns:
      float32 [N, side * side * C].
    """
    found = []
    for start in range(0, len(pixels), _BATCH):
        hidden = encoder.predict_on_batch(pixels[start : start + _BATCH])
        for axis in (1, 2):
            if hidden.shape[axis] > side:
                parts = np.array_split(hidden, side, axis)
                means = [part.mean(axis, keepdims=True) for part in parts]
                hidden = np.concatenate(means, axis)
        found.append(hidden.reshape(len(hidden), -1))
    return np.concatenate(found)


def standardised(train: Floats, others: Floats) -> tuple[Floats, Floats]:
    """Both with the mean 0 and the deviation 1 that `train` then has.

    Args:
      train: float32 [N, D]; values that never change become 0.
      others: float32 [M, D].
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    scale = np.where(deviation > 1e-6, 1 / np.maximum(deviation, 1e-6), 0)
    first, second = ((x - mean) * scale for x in (train, others))
    return first.astype(np.float32), second.astype(np.float32)


def nearest(
    train: Floats, labels: Labels, others: Floats, count: int = NEIGHBOURS
) -> Labels:
    """The classes of `others` by the votes of their nearest neighbours.

    Similarity is the cosine's; a vote weighs exp(similarity / 0.07).

    Args:
      train: float32 [N, D].
      labels: theirs, int64 [N], from 0.
      others: float32 [M, D].
      count: neighbours that vote, at most N.

    Returns:
      int64 [M].
    """
    classes = int(labels.max()) + 1
    count = min(count, len(train))
    known, asked = _unit(train), _unit(others)
    found = []
    for start in range(0, len(asked), _BATCH):
        similar = asked[start : start + _BATCH] @ known.T
        rows = np.argpartition(-similar, count - 1, axis=1)[:, :count]
        weight = np.exp(
            (np.take_along_axis(similar, rows, axis=1) - 1) / TEMPERATURE
        )
        votes = np.zeros((len(similar), classes))
        for label in range(classes):
            votes[:, label] = (weight * (labels[rows] == label)).sum(axis=1)
        found.append(votes.argmax(axis=1))
    return np.concatenate(found)


def linear(train: Floats, labels: Labels, others: Floats) -> Labels:
    """The classes of `others` by a linear classifier that `train` is fitted to.

    Multinomial logistic regression with a small quadratic penalty, every class
    counting the same, by L-BFGS.

    Args:
      train: float32 [N, D], standardised.
      labels: theirs, int64 [N], from 0.
      others: float32 [M, D].

    Returns:
      int64 [M].
    """
    classes, size = int(labels.max()) + 1, train.shape[1]
    truth = np.eye(classes, dtype=np.float32)[labels]
    counts = np.maximum(truth.sum(axis=0), 1)
    weights = (1 / (np.count_nonzero(truth.sum(axis=0)) * counts))[labels]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """The penalised mean cross-entropy, and its gradient."""
        matrix = flat.reshape(size + 1, classes).astype(np.float32)
        logits = train @ matrix[:-1] + matrix[-1]
        log_p = special.log_softmax(logits, axis=1)
        error = (np.exp(log_p) - truth) * weights[:, None]
        slope = np.vstack([train.T @ error, error.sum(axis=0)])
        slope[:-1] += PENALTY * matrix[:-1]
        penalty = PENALTY / 2 * float(np.square(matrix[:-1]).sum())
        value = -float(weights @ (truth * log_p).sum(axis=1))
        return value + penalty, slope.ravel().astype(np.float64)

    found = optimize.minimize(
        loss,
        np.zeros((size + 1) * classes),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS},
    )
    matrix = found.x.reshape(size + 1, classes)
    return (others @ matrix[:-1] + matrix[-1]).argmax(axis=1)


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, 1e-9)
