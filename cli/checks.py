"""`cifar10 drift` and `tflite`: checks of served models.

Their exit code is 3 if a limit is exceeded. Importing this is cheap; they
import TensorFlow when they run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli import options
from cli.versions import OnlyModel, Version
from modules.common.errors import UserError

BEYOND_LIMITS = 3
REFERENCE_IMAGES = 2000

LeastAgreement = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        metavar="SHARE",
        help="Minimum share of images with the same predicted class.",
    ),
]
Log = Annotated[
    Path,
    typer.Argument(
        metavar="LOG",
        help="A request log written by `predict --request-log`.",
    ),
]
LargestDivergence = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        metavar="D",
        help="Maximum Jensen-Shannon divergence of an image feature or the "
        "confidence; that of small samples, which differ by chance, is higher.",
    ),
]
LargestClassShift = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        metavar="SHARE",
        help="Maximum change of a class's share.",
    ),
]
TestImages = Annotated[
    int,
    typer.Option(
        min=1, metavar="N", help="Number of test images to compare on."
    ),
]


def drift(
    log: Log,
    root: options.Root = options.ROOT,
    model_name: OnlyModel = None,
    max_divergence: LargestDivergence = 0.1,
    max_class_shift: LargestClassShift = 0.1,
    as_json: options.AsJson = False,
) -> int:
    """Compare logged images and predictions with the data set.

    The exit code is 3 if a distribution has drifted too far. Slow to start.
    """
    from pipeline.paths import Paths
    from serving.versions import labels, moves

    if not log.is_file():
        raise UserError(f"{log} is not a file; expected a request log.")
    paths = Paths.under(root)
    model = model_name or moves.model_of(paths.serving, None)
    version = labels.production(paths.serving, model)
    with _quiet_tensorflow():
        from modules.export import metadata
        from serving.local import LocalModel
        from serving.quality import drift
        from serving.quality.reference import examples

        directory = paths.serving / model / str(version)
        size = metadata.read(directory).image_size
        logged = drift.read_log(log, size)
        trained_on, unseen = (
            [i for i, _ in examples(paths.artifacts, split, REFERENCE_IMAGES)]
            for split in ("train", "test")
        )
        served = LocalModel(directory)
        found = drift.compare(
            logged,
            drift.reference(served, trained_on, unseen, size),
            divergence=max_divergence,
            class_shift=max_class_shift,
        )
    for each in found:
        print(
            json.dumps(dataclasses.asdict(each))
            if as_json
            else f"{each.feature:<18} {each.reference:>18} -> "
            f"{each.logged:>18}  distance {each.distance:.3f}"
            f"{'  DRIFT' if each.anomaly else ''}"
        )
    return verdict([f"{e.feature}: {e.anomaly}" for e in found if e.anomaly])


def tflite(
    version: Version,
    root: options.Root = options.ROOT,
    model_name: OnlyModel = None,
    images: TestImages = 2000,
    min_agreement: LeastAgreement = 0.98,
) -> int:
    """Add a TFLite variant to a pushed version.

    It is written to assets.extra/model.tflite if it agrees with the SavedModel;
    otherwise nothing is written, and the exit code is 3.
    """
    from pipeline.paths import Paths
    from serving.versions import labels, moves

    paths = Paths.under(root)
    model = model_name or moves.model_of(paths.serving, version)
    labels.check(paths.serving, model, version)
    directory = paths.serving / model / str(version)
    with _quiet_tensorflow():
        from serving.quality import tflite
        from serving.quality.reference import examples

        converted = tflite.convert(directory)
        tested = examples(paths.artifacts, "test", images)
        found = tflite.measure(directory, converted, tested)
    print(
        f"{found.images} test images: agreement {found.agreement:.4f}, "
        f"accuracy {found.accuracy:.4f} (SavedModel "
        f"{found.saved_model_accuracy:.4f}), {found.size:,} bytes "
        f"(SavedModel {found.saved_model_size:,})"
    )
    if (share := found.agreement) < min_agreement:
        return verdict([f"agreement {share:.4f} is below {min_agreement:g}"])
    print(tflite.keep(directory, converted))
    return 0


@contextlib.contextmanager
def _quiet_tensorflow() -> Iterator[None]:
    """Keeps TensorFlow's messages about hardware off the terminal."""
    from pipeline.console import redirect

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with redirect.native_errors_dropped():
        yield


def verdict(faults: Sequence[str]) -> int:
    """Prints what is beyond its limit; the exit code."""
    for fault in faults:
        print(f"beyond the limits: {fault}", file=sys.stderr)
    return BEYOND_LIMITS if faults else 0
