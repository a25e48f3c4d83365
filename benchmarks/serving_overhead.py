"""The overhead of a signature over the bare Keras model.

    python -m benchmarks.serving_overhead VERSION_DIRECTORY IMAGE...

Both are in this process, and take turns, so that whatever else the machine
does slows both. The bare model is the native Keras file beside the SavedModel,
on pixels that are decoded already, in a `tf.function`, with the test-time
augmentation that is served. It prints one JSON object for each size of
batch: milliseconds, images a second, and the ratios of the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

# Registers the layers that the native file names.
import modules.layers  # noqa: F401
from components.image_example_gen import image_file
from modules.classifier import test_time
from modules.classifier.export import CLASSIFIER_FILE
from modules.common.errors import UserError
from modules.export import metadata
from serving.images import read

SIZES = (1, 32)
WARM_UP = 5
BARE = "bare Keras model"


def bare_model(saved_model: str) -> Callable[[tf.Tensor], tf.Tensor]:
    """The trained model: pixels uint8 [N, H, W, 3] to probabilities."""
    model = keras.saving.load_model(
        metadata.extra_assets(saved_model) / CLASSIFIER_FILE, compile=False
    )
    description = metadata.read(saved_model)
    augmentation = description.test_time_augmentation
    temperature = description.temperature

    @tf.function(reduce_retracing=True)
    def call(pixels: tf.Tensor) -> tf.Tensor:
        logits = test_time.average(model, pixels, augmentation)
        return tf.nn.softmax(logits / temperature)

    return call


def example(image: bytes) -> bytes:
    """A serialized tf.Example of an image file."""
    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[image]))
    features = tf.train.Features(feature={"image": feature})
    return tf.train.Example(features=features).SerializeToString()


def take_turns(
    calls: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """The seconds of each call in each round, after warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(WARM_UP + rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: times[WARM_UP:] for name, times in seconds.items()}


def figures(
    seconds: Mapping[str, Sequence[float]], size: int
) -> dict[str, dict[str, float]]:
    """The printed figures of each call."""
    bare = statistics.median(seconds[BARE])
    return {
        name: {
            "p50_ms": round(1e3 * statistics.median(times), 3),
            "p99_ms": round(1e3 * float(np.percentile(times, 99)), 3),
            "images_per_second": round(size / statistics.median(times), 1),
            "ratio": round(statistics.median(times) / bare, 3),
        }
        for name, times in seconds.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures the signatures that classify.

    Raises:
      UserError: if an image cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving_overhead"
    )
    parser.add_argument("saved_model", help="ROOT/serving/NAME/VERSION")
    parser.add_argument("images", nargs="+", help="files or folders")
    parser.add_argument("--rounds", type=int, default=200)
    chosen = parser.parse_args(arguments)
    files = [image for _, image in read(chosen.images)]
    loaded = tf.saved_model.load(chosen.saved_model)
    size = metadata.read(chosen.saved_model).image_size
    bare = bare_model(chosen.saved_model)
    for count in SIZES:
        batch = [files[i % len(files)] for i in range(count)]
        calls = _calls(loaded.signatures, bare, batch, size)
        found = figures(take_turns(calls, chosen.rounds), count)
        print(json.dumps({"batch_size": count, **found}), flush=True)


def _calls(
    signatures: Mapping[str, Callable[..., object]],
    bare: Callable[[tf.Tensor], tf.Tensor],
    batch: Sequence[bytes],
    size: int,
) -> dict[str, Callable[[], object]]:
    """The bare model and the signatures, each on the same images."""
    pixels = tf.constant(np.stack([_pixels(each, size) for each in batch]))
    files = tf.constant(list(batch))
    examples = tf.constant([example(image) for image in batch])
    return {
        BARE: lambda: bare(pixels),
        "serving_pixels": lambda: signatures["serving_pixels"](pixels=pixels),
        "serving_bytes": lambda: signatures["serving_bytes"](image_bytes=files),
        "serving_default": lambda: signatures["serving_default"](
            examples=examples
        ),
    }


def _pixels(image: bytes, size: int) -> np.ndarray:
    return image_file.resize(image_file.decode(image), size)


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
