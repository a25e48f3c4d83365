"""The autoencoder's model artifact: SavedModel and native Keras files."""

from __future__ import annotations

import keras
import tensorflow as tf

from modules.export import decode
from modules.export.metadata import ModelDescription, extra_assets

ENCODER_FILE = "encoder.keras"
DECODER_FILE = "decoder.keras"


def to_uint8(image: tf.Tensor) -> tf.Tensor:
    """Float pixels in [0, 1] as uint8, rounded and clipped."""
    return tf.cast(tf.round(tf.clip_by_value(image, 0, 1) * 255), tf.uint8)


def export_autoencoder(
    encoder: keras.Model,
    decoder: keras.Model,
    directory: str,
    description: ModelDescription,
) -> None:
    """Writes the SavedModel, and beside it the native Keras files.

    Signatures: `encode` and `reconstruct` take `pixels`, uint8 [N, H, W, 3],
    and return `embedding` (node 2) or `reconstruction` (node 3, float32 in
    [0, 1]); `serving_default` takes serialized tf.Examples and returns
    `original` and `reconstruction` as uint8, which the Evaluator compares.
    """
    size = encoder.input_shape[1]
    pixel_spec = tf.TensorSpec((None, size, size, 3), tf.uint8, "pixels")
    example_spec = tf.TensorSpec((None,), tf.string, "examples")

    def encode(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"embedding": encoder(pixels)}

    def reconstruct(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        image = decoder(encoder(pixels))
        return {"reconstruction": tf.clip_by_value(image, 0, 1)}

    def serving_default(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        images = decode.parse_images(examples)
        pixels = decode.decode_images(images, size, description.resize)
        image = to_uint8(decoder(encoder(pixels)))
        return {"original": pixels, "reconstruction": image}

    archive = keras.export.ExportArchive()
    archive.track(encoder)
    archive.track(decoder)
    archive.add_endpoint("serving_default", serving_default, [example_spec])
    archive.add_endpoint("encode", encode, [pixel_spec])
    archive.add_endpoint("reconstruct", reconstruct, [pixel_spec])
    archive.write_out(directory, verbose=False)
    description.write(directory)
    extra = extra_assets(directory)
    encoder.save(extra / ENCODER_FILE)
    decoder.save(extra / DECODER_FILE)


def load_encoder_decoder(directory: str) -> tuple[keras.Model, keras.Model]:
    """The encoder and the decoder of an exported autoencoder."""
    extra = extra_assets(directory)
    return (
        keras.saving.load_model(extra / ENCODER_FILE),
        keras.saving.load_model(extra / DECODER_FILE),
    )
