"""Batch normalisation and a bias behind it, in one operation of TensorFlow."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="cifar10")
class FusedNormalization(keras.layers.Layer):
    """Normalises the last axis over the batch, then adds `bias_scale * bias`.

    The same values and gradients as `keras.layers.BatchNormalization` without
    `gamma` and `beta`, followed by `ScaledBias(bias_scale)`. On TensorFlow it
    is one operation, `FusedBatchNormV3`, in place of the moments and several
    elementwise ones; on other backends it is written in `keras.ops`.

    The operation returns the unbiased variance of the batch. The moving
    variance is Keras's, of the biased one.

    Args:
      momentum: of the moving averages, which inference uses.
      epsilon: added to the variance.
      bias_scale: multiplier of the stored bias; see `ScaledBias`.

    Input and output: float [N, ..., channels].

    Reference: Ioffe & Szegedy, *Batch Normalization*, 2015.

    Example:
      >>> x = FusedNormalization(momentum=0.6, bias_scale=8.0)(x)
    """

    def __init__(
        self,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        bias_scale: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon
        self.bias_scale = bias_scale
        self.supports_masking = False

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the bias and the moving averages."""
        shape = (input_shape[-1],)
        self.bias = self.add_weight(
            shape=shape, initializer="zeros", name="bias", autocast=False
        )
        self.moving_mean = self.add_weight(
            shape=shape,
            initializer="zeros",
            trainable=False,
            name="moving_mean",
            autocast=False,
        )
        self.moving_variance = self.add_weight(
            shape=shape,
            initializer="ones",
            trainable=False,
            name="moving_variance",
            autocast=False,
        )

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Normalises; in training by the batch, and updates the averages."""
        learns = bool(training) and self.trainable
        fused = keras.backend.backend() == "tensorflow"
        normalise = self._fused if fused else self._composed
        outputs, mean, variance = normalise(inputs, learns)
        if learns:
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
        return outputs

    def _follow(self, average: Any, value: Any) -> None:
        average.assign(average * self.momentum + value * (1.0 - self.momentum))

    def _fused(self, inputs: Any, learns: bool) -> tuple[Any, Any, Any]:
        """The outputs, and the batch's mean and biased variance."""
        import tensorflow as tf

        channels = inputs.shape[-1]
        flat = len(inputs.shape) != 4
        x = tf.reshape(inputs, (-1, 1, 1, channels)) if flat else inputs
        offset = tf.convert_to_tensor(self.bias_scale * self.bias)
        empty = tf.constant([], offset.dtype)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=tf.ones_like(offset),
            offset=offset,
            mean=empty if learns else tf.convert_to_tensor(self.moving_mean),
            variance=empty
            if learns
            else tf.convert_to_tensor(self.moving_variance),
            epsilon=self.epsilon,
            data_format="NHWC",
            is_training=learns,
        )
        if flat:
            outputs = tf.reshape(outputs, tf.shape(inputs))
            outputs.set_shape(inputs.shape)
        count = tf.cast(tf.size(x) // channels, variance.dtype)
        # With one value a channel, the operation divides by 1, not by 0.
        biased = variance * (tf.maximum(count - 1, 1) / count)
        return outputs, mean, biased

    def _composed(self, inputs: Any, learns: bool) -> tuple[Any, Any, Any]:
        """As `_fused`, in float32 throughout."""
        x = ops.cast(inputs, "float32")
        mean, variance = self.moving_mean.value, self.moving_variance.value
        if learns:
            mean, variance = ops.moments(x, axes=tuple(range(len(x.shape) - 1)))
        outputs = ops.batch_normalization(
            x,
            mean,
            variance,
            axis=-1,
            offset=self.bias_scale * self.bias.value,
            epsilon=self.epsilon,
        )
        return ops.cast(outputs, self.compute_dtype), mean, variance

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        """The input's."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "bias_scale": self.bias_scale,
        }
