"""`cifar10 canary`: a new version beside the stable one, on the same images."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from cli import options, server_options
from cli.checks import LeastAgreement, verdict

Rounds = Annotated[
    int,
    typer.Option(min=1, metavar="N", help="How often each request is sent."),
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


def canary(
    images: server_options.Images,
    server: server_options.Server = "localhost",
    transport: server_options.Transport = "grpc",
    model_name: server_options.ModelName = None,
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
    root: options.Root = options.ROOT,
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
    model_name = server_options.served_name(model_name, root)

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
            list(read(images, server_options.skipped)),
            batch_size=batch_size,
            rounds=rounds,
        )
    faults = found.faults(Limits(min_agreement, max_shift, max_latency))
    if as_json:
        print(json.dumps(dataclasses.asdict(found) | {"faults": faults}))
    else:
        print(
            f"{found.images} images: agreement {found.agreement:.4f}, "
            f"mean shift {found.shift:.4f}, median latency "
            f"{found.canary_ms:.1f} ms (stable {found.stable_ms:.1f} ms)"
        )
    return verdict(faults)
