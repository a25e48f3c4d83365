"""A TFLite variant of a pushed model, for phones and small boards.

It takes pixels and gives probabilities; weights are stored in 8 bits. It is
kept only if it agrees with the SavedModel. Imports TensorFlow.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from modules.common import links, manifest, permissions

SIGNATURE = "serving_pixels"
INPUT, OUTPUT = "pixels", "probabilities"
FILE = Path("assets.extra") / "model.tflite"


@dataclasses.dataclass(frozen=True)
class Variant:
    """The result of a conversion, measured on labelled images.

    Attributes:
      images: how many.
      agreement: the share of them that get the same class from both.
      accuracy: the TFLite model's.
      saved_model_accuracy: the SavedModel's, on the same images.
      size: bytes of the TFLite model.
      saved_model_size: bytes of the SavedModel, graph and variables.
    """

    images: int
    agreement: float
    accuracy: float
    saved_model_accuracy: float
    size: int
    saved_model_size: int


def convert(version: Path) -> bytes:
    """The TFLite model of a pushed version: uint8 [1, H, W, 3] to [1, C]."""
    loaded = tf.saved_model.load(str(links.reachable(version)))
    signature = loaded.signatures[SIGNATURE]
    spec = signature.structured_input_signature[1][INPUT]
    shape = [1, *spec.shape[1:]]

    @tf.function(input_signature=[tf.TensorSpec(shape, spec.dtype, INPUT)])
    def call(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: signature(**{INPUT: pixels})[OUTPUT]}

    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [call.get_concrete_function()], loaded
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


def measure(
    version: Path, model: bytes, examples: Sequence[tuple[bytes, int]]
) -> Variant:
    """Compares the two on PNG files of the model's size, with labels."""
    pixels = np.stack([_pixels(image) for image, _ in examples])
    right = np.array([label for _, label in examples])
    full = _saved_model_classes(version, pixels)
    small = _tflite_classes(model, pixels)
    saved = [version / "saved_model.pb", *(version / "variables").iterdir()]
    return Variant(
        images=len(examples),
        agreement=float(np.mean(full == small)),
        accuracy=float(np.mean(small == right)),
        saved_model_accuracy=float(np.mean(full == right)),
        size=len(model),
        saved_model_size=sum(path.stat().st_size for path in saved),
    )


def keep(version: Path, model: bytes) -> Path:
    """Writes the model into the version, and its manifest anew.

    Call it for a version that was just verified.
    """
    target = version / FILE
    temporary = target.with_name(f".{target.name}")
    temporary.write_bytes(model)
    temporary.chmod(permissions.FILE)
    temporary.replace(target)
    manifest.write(version)
    return target


def _pixels(image: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(image), formats=("PNG",)) as opened:
        return np.asarray(opened.convert("RGB"))


def _saved_model_classes(version: Path, pixels: np.ndarray) -> np.ndarray:
    call = tf.saved_model.load(str(links.reachable(version))).signatures[
        SIGNATURE
    ]
    batches = np.array_split(pixels, max(1, len(pixels) // 64))
    found = [call(**{INPUT: tf.constant(b)})[OUTPUT].numpy() for b in batches]
    return np.concatenate(found).argmax(axis=-1)


def _tflite_classes(model: bytes, pixels: np.ndarray) -> np.ndarray:
    interpreter = tf.lite.Interpreter(model_content=model)
    run = interpreter.get_signature_runner()
    found = [run(**{INPUT: image[None]})[OUTPUT][0] for image in pixels]
    return np.array(found).argmax(axis=-1)
