"""What an autoencoder's node 2 is worth, without training a classifier on it.

    .venv/bin/python -m benchmarks.node_2 --data PATH \
        --set autoencoder.architecture=stacked --set autoencoder.epochs=10

Trains the autoencoder on the sampled images outside the holdout, and prints a
JSON object: the latent size, the reconstruction's quality, and the holdout's
mean recall by a linear probe and by 20 nearest neighbours. The test split is
not read. Of networks to compare, only the settings should differ.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ablation.request import BACKENDS
from ablation.run import use_backend
from cli.options import cache_directory
from modules.common.errors import UserError
from pipeline import overrides, presets
from pipeline.configs import RunConfig
from pipeline.data import source as data_source

if TYPE_CHECKING:
    from ablation.data import Sample


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.node_2",
        description=__doc__.partition("\n")[0],
    )
    parser.add_argument("--data", required=True, metavar="PATH")
    parser.add_argument("--preset", choices=presets.PRESETS, default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", metavar="NAME=VALUE")
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="tensorflow",
        help="of Keras; default: %(default)s",
    )
    chosen = parser.parse_args(arguments)
    try:
        use_backend(chosen.backend)
        from ablation import data  # Imports Keras.

        config = presets.PRESETS[chosen.preset]()
        values = overrides.parse(chosen.set or (), config)
        config = overrides.apply(config, values)
        source = data_source.resolve(
            chosen.data,
            cache=cache_directory(None, os.environ),
            dataset=config.dataset,
        )
        images = data.load(source, config)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    figures = measure(config, *images.held_out(chosen.seed), seed=chosen.seed)
    print(json.dumps({"set": chosen.set, "seed": chosen.seed, **figures}))
    return 0


def measure(
    config: RunConfig, training: Sample, holdout: Sample, *, seed: int
) -> dict[str, Any]:
    """Trains the autoencoder; the figures that are printed, by name."""
    from ablation import experiment, probe
    from modules.autoencoder import trainer
    from modules.classifier.calibration import balanced_weights

    start = time.perf_counter()
    encoder, decoder = trainer.train(
        training.pixels, config.autoencoder, seed=seed, model_run_dir=None
    )
    seconds = time.perf_counter() - start
    psnr, ssim, _ = experiment.quality(encoder, decoder, holdout.pixels)
    known, asked = probe.standardised(
        probe.features(encoder, training.pixels),
        probe.features(encoder, holdout.pixels),
    )
    weights = balanced_weights(holdout.labels)
    return {
        "latent_size": math.prod(encoder.output_shape[1:]),
        "features": known.shape[1],
        "seconds": round(seconds, 1),
        "psnr": round(psnr, 2),
        "ssim": round(ssim, 4),
        **{
            name: round(float(weights @ (found == holdout.labels)), 4)
            for name, found in (
                ("linear_probe", probe.linear(known, training.labels, asked)),
                ("k_nn", probe.nearest(known, training.labels, asked)),
            )
        },
        "images": len(training),
    }


if __name__ == "__main__":
    sys.exit(main())
