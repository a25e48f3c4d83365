"""Corrupted images for denoising autoencoders, which restore the clean ones.

A reconstruction of what is there can be learned by copying; to restore what is
missing, a hidden layer has to know what images look like (Vincent et al.,
*Extracting and Composing Robust Features with Denoising Autoencoders*, 2008; He
et al., *Masked Autoencoders Are Scalable Vision Learners*, 2021).

Like the augmentation, what is drawn is a function of (seed, step) alone.
"""

from __future__ import annotations

import dataclasses

import tensorflow as tf

from modules.hparams import Corruption

_STREAM = 3  # Behind those of `training/batches.py`.


@dataclasses.dataclass(frozen=True, kw_only=True)
class Corrupt:
    """Corrupts the batches of one training.

    Attributes:
      kind: `none`; `noise`, Gaussian noise added to every value, which is then
        rounded and clipped to the range of pixels; or `masking`, a share of the
        patches of each image painted over.
      strength: the noise's standard deviation, with pixels in [0, 1]; or the
        share of the patches, rounded to whole ones.
      patch: side of a patch, pixels; those at the right and lower border may be
        cut off.
      seed: what is drawn follows from it and the step alone.
      colour: of masked patches, three values up to 255.
    """

    kind: Corruption = "none"
    strength: float = 0.0
    patch: int = 4
    seed: int = 0
    colour: tuple[int, ...] = (0, 0, 0)

    def __call__(self, pixels: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """The corrupted batch of a step, uint8 [B, S, S, 3] as it is given."""
        if self.kind == "noise":
            return self._noisy(pixels, step)
        if self.kind == "masking":
            return self._masked(pixels, step)
        return pixels

    def _noisy(self, pixels: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        noise = tf.random.stateless_normal(
            tf.shape(pixels), (self.seed + _STREAM, step)
        )
        noisy = tf.cast(pixels, tf.float32) + 255 * self.strength * noise
        return tf.cast(tf.clip_by_value(tf.round(noisy), 0, 255), tf.uint8)

    def _masked(self, pixels: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        images, size = tf.shape(pixels)[0], pixels.shape[1]
        side = -(-size // self.patch)
        masked = round(self.strength * side**2)
        draws = tf.random.stateless_uniform(
            (images, side**2), (self.seed + _STREAM, step)
        )
        # The rank of each patch among those of its image.
        ranks = tf.argsort(tf.argsort(draws, stable=True), stable=True)
        grid = tf.reshape(ranks < masked, (images, side, side, 1))
        mask = tf.repeat(tf.repeat(grid, self.patch, 1), self.patch, 2)
        paint = tf.constant(self.colour, tf.uint8)
        return tf.where(mask[:, :size, :size], paint, pixels)


CLEAN = Corrupt()
"""Leaves the images as they are."""
