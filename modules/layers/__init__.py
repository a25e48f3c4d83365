"""Custom Keras layers, losses, optimisers and the like, one a file.

All are written against `keras.ops` only, so that they run on any backend of
Keras 3, and are registered under the package name `cifar10`.
"""

from modules.layers.dirac import Dirac
from modules.layers.image_bank import ImageBank
from modules.layers.layerwise import LayerwiseSGD
from modules.layers.logit_adjusted import LogitAdjustedCrossentropy
from modules.layers.muon import Muon
from modules.layers.scaled_bias import ScaledBias
from modules.layers.triangular import Triangular

__all__ = [
    "Dirac",
    "ImageBank",
    "LayerwiseSGD",
    "LogitAdjustedCrossentropy",
    "Muon",
    "ScaledBias",
    "Triangular",
]
