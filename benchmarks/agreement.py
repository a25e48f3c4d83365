"""Do all signatures of a pushed model agree on every test image?

    .venv/bin/python benchmarks/agreement.py MODEL_DIR DATA_DIR \
        [--evaluation ROOT/artifacts/ClassifierEvaluator/evaluation/N]

MODEL_DIR is a pushed version; DATA_DIR holds `test_batch.bin`, in the layout
of CIFAR-10's binary version. Prints, for each class signature, on how many
images its top-1 is another than that of `serving_pixels`, and its accuracy;
with the artifact of ClassifierEvaluator, also TFMA's accuracy. Exits with 1
where anything differs. The model is asked as TensorFlow Serving asks it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components.image_example_gen.binary import BinaryImageSet
from components.image_example_gen.image_set import ImageSpec
from modules.export import metadata

BATCH = 500
SIGNATURES = ("serving_pixels", "serving_bytes", "serving_default")


def main() -> int:
    """Prints the comparison; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path, metavar="MODEL_DIR")
    parser.add_argument("data", type=Path, metavar="DATA_DIR")
    parser.add_argument("--evaluation", metavar="DIR")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    description = metadata.read(arguments.model)
    pixels, labels = read_test(arguments.data, description)
    classes = top_1(str(arguments.model), pixels)
    reference = classes[SIGNATURES[0]]
    agree = True
    for signature, found in classes.items():
        others = int((found != reference).sum())
        right = int((found == labels).sum())
        agree &= others == 0
        print(
            f"{signature:16} {others:5} of {len(labels):,} differ, accuracy "
            f"{right / len(labels):.6f} ({right:,} right)"
        )
    if arguments.evaluation:
        accuracy = evaluated(arguments.evaluation, description.class_names)
        agree &= round(accuracy * len(labels), 3) == (reference == labels).sum()
        print(f"{'TFMA':16} accuracy {accuracy:.6f}")
    print("all agree" if agree else "they do NOT agree")
    return 0 if agree else 1


def read_test(
    directory: Path, description: metadata.ModelDescription
) -> tuple[np.ndarray, np.ndarray]:
    """The test images, uint8 [N, H, W, 3], and their labels, int64 [N]."""
    spec = ImageSpec(description.class_names, description.image_size)
    images = BinaryImageSet(directory, spec)
    (shard,) = (
        s for s in images.shards(max_images=1 << 30) if s.split == "test"
    )
    test = images.read(shard)
    return test.pixels, test.labels


def top_1(model: str, pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Each signature's `class_id` of every image, int64 [N]."""
    import tensorflow as tf

    from components.serving_check.predict_requests import example, request
    from components.serving_check.probe import Model

    loaded = Model(model)
    found: dict[str, list[np.ndarray]] = {name: [] for name in SIGNATURES}
    for start in range(0, len(pixels), BATCH):
        batch = pixels[start : start + BATCH]
        images = [tf.io.encode_png(image).numpy() for image in batch]
        inputs: dict[str, Any] = {
            "serving_pixels": batch,
            "serving_bytes": images,
            "serving_default": [example(image) for image in images],
        }
        for name, values in inputs.items():
            answer = loaded.predict(request(name, values))
            found[name].append(answer["class_id"])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def evaluated(evaluation: str, class_names: Sequence[str]) -> float:
    """The accuracy that TFMA measured."""
    from modules.evaluation import evaluations

    figures = evaluations.load(evaluation, class_names).figures
    return figures[evaluations.OVERALL, "accuracy", None]


if __name__ == "__main__":
    sys.exit(main())
