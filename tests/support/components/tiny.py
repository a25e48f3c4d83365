"""Tiny real models and test images: what the Evaluator tests evaluate."""

import json
import pathlib

import numpy as np
import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

CLASS_NAMES = ("cat", "dog", "emu", "fox")
CAPPED = ("dog", "fox")
TEMPERATURE = 1.25
SHAPE = (32, 32, 3)


class Classifier(tf.Module):
    """Softmax of a linear layer on the pixels, [3072, classes]."""

    def __init__(self, weights):
        super().__init__()
        self.weights = tf.Variable(weights, dtype=tf.float32)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
    def serve(self, examples):
        pixels = decode(examples)
        flat = tf.reshape(tf.cast(pixels, tf.float32) / 255 - 0.5, [-1, 3072])
        probabilities = tf.nn.softmax(flat @ self.weights)
        class_id = tf.argmax(probabilities, axis=1)
        return {
            "probabilities": probabilities,
            "class_id": class_id,
            "class_name": tf.gather(tf.constant(CLASS_NAMES), class_id),
        }


class Autoencoder(tf.Module):
    """Reconstructs an image as its pixels in `256 / step` levels."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
    def serve(self, examples):
        pixels = decode(examples)
        return {
            "original": pixels,
            "reconstruction": pixels // self.step * self.step,
        }


def decode(examples):
    """Serialized tf.Examples to uint8 [N, 32, 32, 3]."""
    features = {"image": tf.io.FixedLenFeature([], tf.string)}
    return tf.map_fn(
        lambda png: tf.ensure_shape(tf.io.decode_png(png, 3), SHAPE),
        tf.io.parse_example(examples, features)["image"],
        fn_output_signature=tf.uint8,
    )


def model_artifact(directory, module):
    """`module` as a Model artifact, with a model.json as the Trainers write."""
    artifact = standard_artifacts.Model()
    artifact.uri = str(directory)
    export(module, pathlib.Path(directory) / "Format-Serving")
    return artifact


def export(module, saved_model):
    tf.saved_model.save(
        module, str(saved_model), signatures={"serving_default": module.serve}
    )
    extra = saved_model / "assets.extra"
    extra.mkdir()
    info = {
        "model_name": "tiny",
        "class_names": CLASS_NAMES,
        "capped_classes": CAPPED,
        "lineage": {"model_digest": "digest", "sample": True},
        "temperature": TEMPERATURE,
    }
    (extra / "model.json").write_text(json.dumps(info))


def examples_artifact(directory, pixels, labels):
    """Two shards of a test split, and a train split that is no TFRecord."""
    artifact = standard_artifacts.Examples()
    artifact.uri = str(directory)
    artifact.split_names = artifact_utils.encode_split_names(["train", "test"])
    for split in ("Split-train", "Split-test"):
        (pathlib.Path(directory) / split).mkdir(parents=True)
    (pathlib.Path(directory) / "Split-train" / "data").write_text("not read")
    for shard in range(2):
        path = pathlib.Path(directory) / "Split-test" / f"data-{shard}"
        with tf.io.TFRecordWriter(str(path)) as writer:
            for i in range(shard, len(labels), 2):
                writer.write(_example(pixels[i], labels[i], i))
    return artifact


def _example(pixels, label, index):
    feature = {
        "image": tf.io.encode_png(pixels).numpy(),
        "key": f"test:{index:05d}".encode(),
    }
    example = tf.train.Example()
    for name, value in feature.items():
        example.features.feature[name].bytes_list.value.append(value)
    example.features.feature["label"].int64_list.value.append(int(label))
    return example.SerializeToString()


def images(count=160, seed=0):
    """Images that look like their class, and the classes' patterns.

    Returns:
      pixels uint8 [count, 32, 32, 3], labels [count], and weights
      [3072, classes] that classify most of them rightly.
    """
    rng = np.random.default_rng(seed)
    patterns = rng.normal(0, 1, (len(CLASS_NAMES), 3072))
    labels = rng.permutation(np.arange(count) % len(CLASS_NAMES))
    noisy = 128 + 1.5 * patterns[labels] + rng.normal(0, 40, (count, 3072))
    pixels = np.clip(noisy, 0, 255).astype(np.uint8).reshape(-1, *SHAPE)
    return pixels, labels, patterns.T / 10


def probabilities(pixels, weights):
    """What `Classifier(weights)` answers, by NumPy; float32."""
    flat = pixels.reshape(-1, 3072).astype(np.float32) / 255 - np.float32(0.5)
    logits = flat @ weights.astype(np.float32)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
