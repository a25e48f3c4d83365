"""A convolution whose kernel's gradient is fast on small maps too."""

from __future__ import annotations

from typing import Any

import keras

from modules.layers.devices import on_cpu

_STRIP = 25
"""The images side by side. Of 5, 25 and 100, this was the fastest."""

_WIDEST = 7
"""The size of maps for which strips pay; on those of 10, they gain nothing."""


@keras.saving.register_keras_serializable(package="cifar10")
class StripConvolution(keras.layers.Conv2D):
    """`Conv2D` of 3 by 3 with the border kept, and a faster backward pass.

    oneDNN's gradient of a kernel takes the rows of the maps one by one and
    pads them, so that on small maps it runs at a quarter to a half of the rate
    of the forward pass. Here the maps of several images are put side by side,
    a column of zeros between them, and their rows are as many times longer:
    the same sum over images and positions, in another order. On TensorFlow, a
    CPU and small maps only; elsewhere it is `Conv2D`.

    It pays on processors without AMX: see `modules.training.precision`.

    Args:
      filters: the channels of the output.

    Input: float [N, H, W, channels]. Output: [N, H, W, filters].
    """

    def __init__(self, filters: int, **kwargs: Any):
        kwargs |= {"kernel_size": 3, "padding": "same"}
        super().__init__(filters, **kwargs)

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The outputs, before the bias; what Keras calls."""
        if on_cpu():
            return _convolve(inputs, kernel)
        return super().convolution_op(inputs, kernel)


def _convolve(inputs: Any, kernel: Any) -> Any:
    import tensorflow as tf

    options = {"strides": [1, 1, 1, 1], "padding": "SAME"}

    @tf.custom_gradient
    def convolve(x: Any, kernel: Any) -> tuple[Any, Any]:
        def of_kernel(x: Any, upstream: Any) -> Any:
            return tf.raw_ops.Conv2DBackpropFilter(
                input=x,
                filter_sizes=kernel.shape,
                out_backprop=upstream,
                **options,
            )

        def gradients(upstream: Any) -> tuple[Any, Any]:
            of_input = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(x),
                filter=kernel,
                out_backprop=upstream,
                **options,
            )
            # The size may be unknown until then: a training on crops first has
            # one graph for both sizes.
            return of_input, tf.cond(
                tf.reduce_max(tf.shape(x)[1:3]) <= _WIDEST,
                lambda: of_kernel(_strips(x), _strips(upstream)),
                lambda: of_kernel(x, upstream),
            )

        return tf.raw_ops.Conv2D(input=x, filter=kernel, **options), gradients

    return convolve(tf.convert_to_tensor(inputs), tf.convert_to_tensor(kernel))


def _strips(maps: Any) -> Any:
    """[N, H, W, C] to [N / _STRIP, H, _STRIP * (W + 1), C], rounded up."""
    import tensorflow as tf

    count, height, width, _ = tf.unstack(tf.shape(maps))
    channels = maps.shape[-1]
    maps = tf.pad(maps, [[0, -count % _STRIP], [0, 0], [0, 1], [0, 0]])
    maps = tf.reshape(maps, (-1, _STRIP, height, width + 1, channels))
    maps = tf.transpose(maps, (0, 2, 1, 3, 4))
    return tf.reshape(maps, (-1, height, _STRIP * (width + 1), channels))
