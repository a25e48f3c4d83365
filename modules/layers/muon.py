"""Muon: an optimiser with orthogonalised updates for convolutions."""

from __future__ import annotations

import re
from typing import Any

import keras
from keras import ops

from modules.layers.layerwise import LayerwiseSGD

NEWTON_SCHULZ_STEPS = 3


@keras.saving.register_keras_serializable(package="cifar10")
class Muon(LayerwiseSGD):
    """Muon for the named kernels, SGD for all other variables.

    A kernel's step is its momentum with all singular values made equal, and
    its norm is held at the root of the number of its filters, which a batch
    normalisation behind it makes free of charge. Keras's own Muon leaves
    convolutions to AdamW; the Newton-Schulz iteration is taken from there.

    Args:
      learning_rate: SGD's; a number or a schedule.
      momentum: SGD's.
      kernels: regular expression of the paths of the kernels, float [..., F],
        that Muon trains; each needs a normalisation behind it.
      ratio: Muon's learning rate as a multiple of SGD's.
      kernel_momentum: Muon's.
      **kwargs: of `LayerwiseSGD`.

    Reference: Jordan, *Muon: An optimizer for hidden layers in neural
    networks*, 2024, and his airbench94_muon, whose constants are the defaults.

    Example:
      >>> Muon(0.7, 0.85, kernels="conv", ratio=0.14, nesterov=True)
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        *,
        kernels: str,
        ratio: float,
        kernel_momentum: float = 0.6,
        **kwargs: Any,
    ):
        super().__init__(learning_rate, momentum, **kwargs)
        self.kernels = kernels
        self.ratio = ratio
        self.kernel_momentum = kernel_momentum
        self._orthogonal = keras.optimizers.Muon().zeropower_via_newtonschulz5

    def build(self, variables: list[Any]) -> None:
        """Creates the optimizer's slots and separates the kernels."""
        super().build(variables)
        self._turned = {
            self._get_variable_index(variable)
            for variable in variables
            if re.search(self.kernels, variable.path)
        }

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        """Updates one variable."""
        index = self._get_variable_index(variable)
        if index not in self._turned:
            super().update_step(gradient, variable, learning_rate)
            return
        past = self.momentums[index]
        gradient = ops.cast(gradient, variable.dtype)
        momentum = self.kernel_momentum * past + gradient
        self.assign(past, momentum)
        # As Nesterov: where the momentum will have gone.
        ahead = ops.reshape(
            gradient + self.kernel_momentum * momentum,
            (-1, variable.shape[-1]),
        )
        step = ops.reshape(
            self._orthogonal(ahead, NEWTON_SCHULZ_STEPS), variable.shape
        )
        size = ops.sqrt(ops.sum(ops.square(variable)))
        rate = ops.cast(learning_rate * self.ratio, variable.dtype)
        self.assign(
            variable,
            variable * (variable.shape[-1] ** 0.5 / size) - rate * step,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "kernels": self.kernels,
            "ratio": self.ratio,
            "kernel_momentum": self.kernel_momentum,
        }
