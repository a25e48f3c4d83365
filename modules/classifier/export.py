"""The classifier's model artifact: the five signatures that are served."""

from __future__ import annotations

import keras
import tensorflow as tf

from modules.classifier import test_time
from modules.export import decode
from modules.export.metadata import ModelDescription, extra_assets
from modules.export.request_checks import checked_batch

CLASSIFIER_FILE = "classifier.keras"
ENCODER_FILE = "encoder.keras"
"""The served node 2's encoder, where it is not the classifier's own."""


class _Endpoints:
    """The functions behind the signatures, all on one set of weights."""

    def __init__(
        self,
        classifier: keras.Model,
        encoder: keras.Model,
        decoder: keras.Model,
        description: ModelDescription,
    ):
        self._classifier = classifier
        self._encoder = encoder
        self._decoder = decoder
        self._class_names = list(description.class_names)
        self._augmentation = description.test_time_augmentation
        self._temperature = description.temperature
        self._size = encoder.input_shape[1]
        self._resize = description.resize

    def _answer(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = test_time.average(self._classifier, pixels, self._augmentation)
        probabilities = tf.nn.softmax(logits / self._temperature)
        class_id = tf.argmax(probabilities, axis=-1)
        return {
            "probabilities": probabilities,
            "class_id": class_id,
            "class_name": tf.gather(tf.constant(self._class_names), class_id),
        }

    def _checked(self, pixels: tf.Tensor) -> tf.Tensor:
        return checked_batch(pixels, "pixels", (self._size, self._size, 3))

    def _decoded(self, images: tf.Tensor) -> tf.Tensor:
        return decode.decode_images(images, self._size, self._resize)

    def serving_pixels(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._answer(self._checked(pixels))

    def serving_bytes(self, image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        images = checked_batch(image_bytes, "image_bytes")
        return self._answer(self._decoded(images))

    def serving_default(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        images = decode.parse_images(checked_batch(examples, "examples"))
        return self._answer(self._decoded(images))

    def embed(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"embedding": self._encoder(self._checked(pixels))}

    def reconstruct(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        image = self._decoder(self._encoder(self._checked(pixels)))
        return {"reconstruction": tf.clip_by_value(image, 0, 1)}


def export_classifier(
    classifier: keras.Model,
    encoder: keras.Model,
    decoder: keras.Model,
    directory: str,
    description: ModelDescription,
) -> None:
    """Writes the SavedModel, its native Keras file and its metadata.

    Args:
      classifier: pixels uint8 [N, H, W, 3] to logits float32 [N, classes].
      encoder: pixels to node 2: the classifier's own, or another.
      decoder: node 2 to node 3.
      directory: where the SavedModel goes.
      description: becomes `assets.extra/model.json`; its class names, its
        temperature and its test-time augmentation are built into the graph.
    """
    endpoints = _Endpoints(classifier, encoder, decoder, description)
    size = encoder.input_shape[1]
    pixels = tf.TensorSpec((None, size, size, 3), tf.uint8, "pixels")
    archive = keras.export.ExportArchive()
    # By its name: ServingCheck imports this, and must not run again with
    # every edit of the network.
    own = encoder is classifier.get_layer("encoder")
    archive.track(classifier)
    if not own:
        archive.track(encoder)
    archive.track(decoder)
    for name, spec in (
        ("serving_default", tf.TensorSpec((None,), tf.string, "examples")),
        ("serving_bytes", tf.TensorSpec((None,), tf.string, "image_bytes")),
        ("serving_pixels", pixels),
        ("embed", pixels),
        ("reconstruct", pixels),
    ):
        archive.add_endpoint(name, getattr(endpoints, name), [spec])
    archive.write_out(directory, verbose=False)
    description.write(directory)
    classifier.save(extra_assets(directory) / CLASSIFIER_FILE)
    if not own:
        encoder.save(extra_assets(directory) / ENCODER_FILE)
