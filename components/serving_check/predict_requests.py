"""PredictRequests for each signature, made from test examples."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image
from tensorflow_serving.apis import predict_pb2

INPUTS = {
    "serving_default": "examples",
    "serving_bytes": "image_bytes",
    "serving_pixels": "pixels",
    "embed": "pixels",
    "reconstruct": "pixels",
}
"""The signatures, and the name of each one's only input."""

CLASSIFYING = ("serving_default", "serving_bytes", "serving_pixels")
"""Those that give the class."""


def request(signature: str, values: Any) -> Any:
    """A PredictRequest with `values` as the signature's input."""
    result = predict_pb2.PredictRequest()
    result.model_spec.signature_name = signature
    result.inputs[INPUTS[signature]].CopyFrom(tf.make_tensor_proto(values))
    return result


def of_examples(signature: str, examples: Sequence[bytes]) -> Any:
    """A PredictRequest with the images of serialized tf.Examples."""
    if signature == "serving_default":
        return request(signature, list(examples))
    images = image_bytes(examples)
    if signature == "serving_bytes":
        return request(signature, images)
    return request(signature, pixels(images))


def image_bytes(examples: Iterable[bytes]) -> list[bytes]:
    """The encoded image of each serialized tf.Example."""
    return [
        tf.train.Example.FromString(example)
        .features.feature["image"]
        .bytes_list.value[0]
        for example in examples
    ]


def pixels(images: Iterable[bytes]) -> NDArray[np.uint8]:
    """PNG images of one size, decoded: uint8 [N, H, W, 3]."""
    return np.stack(
        [np.asarray(Image.open(io.BytesIO(i)).convert("RGB")) for i in images]
    )


def example(image: bytes) -> bytes:
    """A serialized tf.Example with this encoded image."""
    result = tf.train.Example()
    result.features.feature["image"].bytes_list.value.append(image)
    return result.SerializeToString()
