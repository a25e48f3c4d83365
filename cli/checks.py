"""`cifar10 canary`, `drift` and `tflite`: checks of served models.

Their exit code is 3 if a limit is exceeded. Importing this is cheap; `drift`
and `tflite` import TensorFlow when they run.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli import options, server_options
from cli.versions import OnlyModel, Version
from modules.common.errors import UserError

BEYOND_LIMITS = 3
REFERENCE_IMAGES = 2000

Rounds = Annotated[
    int,
    typer.Option(min=1, metavar="N", help="How often each request is sent."),
]
LeastAgreement = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        metavar="SHARE",
        help="Minimum share of images with the same predicted class.",
    ),
]
LargestShift = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        metavar="SHARE",
        help="Maximum shift of the probabilities (mean total variation).",
    ),
]
LargestLatency = Annotated[
    float,
    typer.Option(
        min=0,
        metavar="FACTOR",
        help="Maximum increase of the median latency.",
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
        "confidence.",
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


def canary(
    images: server_options.Images,
    server: server_options.Server = "localhost",
    transport: server_options.Transport = "grpc",
    model_name: server_options.ModelName = "cifar10",
    rounds: Rounds = 3,
    min_agreement: LeastAgreement = 0.9,
    max_shift: LargestShift = 0.1,
    max_latency: LargestLatency = 1.5,
    batch_size: server_options.BatchSize = 32,
    timeout: server_options.Timeout = 10.0,
    ca: server_options.Authority = None,
    client_certificate: server_options.Certificate = None,
    client_key: server_options.Key = None,
    header: server_options.Headers = None,
    as_json: options.AsJson = False,
) -> int:
    """Compare the canary with the stable version.

    The exit code is 3 if it differs by more than the limits allow;
    `cifar10 promote` makes it the stable one.
    """
    from serving.client import Client
    from serving.images import read
    from serving.quality.canary import Limits, compare

    credentials = server_options.credentials(
        ca, client_certificate, client_key, header
    )

    def connect(label: str) -> Client:
        return Client(
            server,
            transport=transport,
            model=model_name,
            label=label,
            timeout=timeout,
            credentials=credentials,
        )

    with connect("stable") as stable, connect("canary") as new:
        found = compare(
            stable,
            new,
            list(read(images)),
            batch_size=batch_size,
            rounds=rounds,
        )
    faults = found.faults(Limits(min_agreement, max_shift, max_latency))
    if as_json:
        print(json.dumps(dataclasses.asdict(found) | {"faults": faults}))
    else:
        print(
            f"{found.images} images: agreement {found.agreement:.4f}, mean "
            f"shift {found.shift:.4f}, median latency {found.canary_ms:.1f} "
            f"ms (stable {found.stable_ms:.1f} ms)"
        )
    return _verdict(faults)


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

    _quiet_tensorflow()
    if not log.is_file():
        raise UserError(f"{log} is not a file; expected a request log.")
    paths = Paths.under(root.expanduser())
    model = model_name or moves.model_of(paths.serving, None)
    version = labels.production(paths.serving, model)
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
    reference = drift.reference(LocalModel(directory), trained_on, unseen, size)
    found = drift.compare(
        logged,
        reference,
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
    return _verdict([f"{e.feature}: {e.anomaly}" for e in found if e.anomaly])


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

    paths = Paths.under(root.expanduser())
    model = model_name or moves.model_of(paths.serving, version)
    labels.check(paths.serving, model, version)
    _quiet_tensorflow()
    from serving.quality import tflite
    from serving.quality.reference import examples

    directory = paths.serving / model / str(version)
    converted = tflite.convert(directory)
    found = tflite.measure(
        directory, converted, examples(paths.artifacts, "test", images)
    )
    print(
        f"{found.images} test images: agreement {found.agreement:.4f}, "
        f"accuracy {found.accuracy:.4f} (SavedModel "
        f"{found.saved_model_accuracy:.4f}), {found.size:,} bytes "
        f"(SavedModel {found.saved_model_size:,})"
    )
    if found.agreement < min_agreement:
        return _verdict(
            [f"agreement {found.agreement:.4f} is below {min_agreement:g}"]
        )
    print(tflite.keep(directory, converted))
    return 0


def _quiet_tensorflow() -> None:
    """Keeps TensorFlow's hardware messages off the terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _verdict(faults: Sequence[str]) -> int:
    for fault in faults:
        print(f"beyond the limits: {fault}", file=sys.stderr)
    return BEYOND_LIMITS if faults else 0
