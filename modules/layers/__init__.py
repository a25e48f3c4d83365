"""Custom Keras layers, losses, optimisers and the like, one a file.

All run on any backend of Keras 3: they are written against `keras.ops`, and
where TensorFlow has something faster, it is beside that. They are registered
under the package name `cifar10`.
"""

from modules.layers.dirac import Dirac
from modules.layers.fused_gelu import FusedGelu
from modules.layers.fused_normalization import FusedNormalization
from modules.layers.image_bank import ImageBank
from modules.layers.layerwise import LayerwiseSGD
from modules.layers.logit_adjusted import LogitAdjustedCrossentropy
from modules.layers.muon import Muon
from modules.layers.scaled_bias import ScaledBias
from modules.layers.strip_convolution import StripConvolution
from modules.layers.triangular import Triangular

__all__ = [
    "Dirac",
    "FusedGelu",
    "FusedNormalization",
    "ImageBank",
    "LayerwiseSGD",
    "LogitAdjustedCrossentropy",
    "Muon",
    "ScaledBias",
    "StripConvolution",
    "Triangular",
]
