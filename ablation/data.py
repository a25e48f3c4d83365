"""The ablation's images in memory, sampled by the pipeline's own rule.

The keys are ImageExampleGen's, their hashes and the cuts Transform's: a seed
keeps the same images here as in a run of the pipeline.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.image_example_gen import formats
from components.image_example_gen.image_set import Images
from modules.caps import CapAccumulator, Limit
from modules.keys import hash_keys
from pipeline.configs import RunConfig
from pipeline.data.source import DataSource

_Int64s = NDArray[np.int64]
_READ = 10_000  # Images at a time.


@dataclasses.dataclass(frozen=True)
class Sample:
    """The training images that a seed samples.

    Attributes:
      pixels: uint8 [N, S, S, 3], in the order of the keys' hashes.
      labels: int64 [N].
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclasses.dataclass(frozen=True)
class DataSet:
    """Both splits, and the rule for the training images.

    Attributes:
      train: all training images.
      test: all test images.
      limits: the most training images of each class.
      holdout_fraction: fraction of each class's sampled images that is held
        out.
    """

    train: Images
    test: Images
    limits: tuple[Limit, ...]
    holdout_fraction: float

    def sample(self, seed: int, fraction: float = 1.0) -> Sample:
        """The images that the caps keep, or a stratified part of them.

        A smaller fraction of the same seed is a subset of a larger one.
        """
        # The second cut is the holdout's: exactly this share of each class.
        hashes, (_, cuts) = self._cuts(seed, fraction)
        return self._where(hashes, hashes < cuts)

    def held_out(self, seed: int) -> tuple[Sample, Sample]:
        """The sampled images that are not held out, and those that are."""
        hashes, (sampled, holdout) = self._cuts(seed, self.holdout_fraction)
        return (
            self._where(hashes, (holdout <= hashes) & (hashes < sampled)),
            self._where(hashes, hashes < holdout),
        )

    def _cuts(self, seed: int, fraction: float) -> tuple[_Int64s, _Int64s]:
        """Each image's hash [N], and the two cuts of its class [2, N]."""
        hashes = hash_keys(tf.constant(self.train.keys), seed).numpy()
        accumulator = CapAccumulator(self.limits)
        accumulator.add(self.train.labels, hashes)
        return hashes, accumulator.cuts(fraction)[:, self.train.labels]

    def _where(self, hashes: _Int64s, kept: NDArray[np.bool_]) -> Sample:
        rows = np.flatnonzero(kept)
        rows = rows[np.argsort(hashes[rows])]
        return Sample(self.train.pixels[rows], self.train.labels[rows])


def load(source: DataSource, config: RunConfig) -> DataSet:
    """Reads the whole data set.

    Raises:
      UserError: if it is not what was checked when it was resolved.
    """
    names = config.dataset.class_names
    images = formats.open_image_set(
        Path(source.uri), source.format, config.dataset.spec
    )
    splits: dict[str, list[Images]] = {"train": [], "test": []}
    for shard in images.shards(_READ):
        splits[shard.split].append(images.read(shard))
    return DataSet(
        _joined(splits["train"]),
        _joined(splits["test"]),
        config.sampling.limits(names),
        config.sampling.holdout_fraction,
    )


def _joined(parts: list[Images]) -> Images:
    return Images(
        [key for part in parts for key in part.keys],
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.labels for part in parts]),
    )
