"""The presets: configurations for different machines and data.

Each docstring states the measured results. To add a preset, write its function;
the function's name is the preset's name everywhere. No TensorFlow and no TFX
here.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

from modules.hparams import AutoencoderParams, ClassifierParams
from modules.tuning.config import SearchConfig
from pipeline import tuned
from pipeline.configs import (
    MODELS,
    GateConfig,
    RunConfig,
    SamplingConfig,
    TuneConfig,
)

CIFAR10_SAMPLING = SamplingConfig(
    caps={"bird": 2_500, "deer": 2_500, "truck": 2_500}, default_cap=5_000
)
SAMPLE_SAMPLING = SamplingConfig(
    caps={"bird": 100, "deer": 100, "truck": 100}, default_cap=200
)
SMOKE_GATES = GateConfig(
    min_accuracy=0.5,
    min_recall=0.1,
    max_accuracy_drop=0.05,
    min_psnr=20.0,
    min_ssim=0.7,
)
REAL_GATES = GateConfig(
    min_accuracy=0.80,
    min_recall=0.60,
    max_accuracy_drop=0.005,
    min_psnr=30.0,
    min_ssim=0.95,
)


Preset = Callable[[], RunConfig]
PRESETS: dict[str, Preset] = {}


def _preset(build: Preset) -> Preset:
    """Registers a preset; its tuned values, where saved, take effect."""

    @functools.wraps(build)
    def preset() -> RunConfig:
        config = dataclasses.replace(build(), preset=build.__name__)
        return _with_tuned(config)

    PRESETS[build.__name__] = preset
    return preset


@_preset
def smoke() -> RunConfig:
    """Tests: every component on the built-in sample, in seconds.

    `make run DATA=sample`: accuracy 1.0 on the sample, 1:05, 1.7 GB.
    `make real-data` (this preset on the JPEG copy): accuracy 0.7437, 4:17.
    On two cores (AMD EPYC, AVX-512).
    """
    return RunConfig(
        sampling=CIFAR10_SAMPLING,
        autoencoder=AutoencoderParams(epochs=4, batch_size=20),
        classifier=ClassifierParams(
            widths=(16, 32, 32), epochs=8, batch_size=100
        ),
        gates=SMOKE_GATES,
        tune=TuneConfig(
            search=SearchConfig(
                strategy="random",
                trials=2,
                minutes=10,
                schedule_share=1 / 8,
            )
        ),
    )


@_preset
def cpu() -> RunConfig:
    """The default: CIFAR-10 on two cores.

    `benchmarks/seeds.py` on the JPEG copy, three seeds: accuracy 0.8934 ±
    0.0009, PSNR 40.59 ± 1.33 dB, SSIM 0.9956 ± 0.0012, 19.6 ± 0.4 minutes,
    2.7 GB, on two cores (AMD EPYC, AVX-512).
    """
    return RunConfig(
        sampling=CIFAR10_SAMPLING,
        autoencoder=AutoencoderParams(),
        classifier=ClassifierParams(),
        gates=REAL_GATES,
    )


@_preset
def gpu() -> RunConfig:
    """One or more GPUs: *not measured*, neither time nor accuracy.

    Network and schedule are those of airbench96 (Jordan 2024): 96.0 % on the
    official pixels with all 50,000 images, on an A100 in half a minute, as its
    author measured it with his code. Here it trains in bfloat16, compiled by
    XLA, on all visible GPUs, with the images kept there. `cifar10 describe`
    prints the parameters and the operations.
    """
    return RunConfig(
        sampling=CIFAR10_SAMPLING,
        autoencoder=AutoencoderParams(),
        classifier=ClassifierParams(
            widths=(128, 384, 512),
            depth=3,
            epochs=37,
            batch_size=1_024,
            # Those of airbench96, divided by 1 + 1 / (1 - momentum): there
            # they are stated before what momentum makes of them.
            learning_rate=1.17,
            muon_learning_rate=0.0,
            weight_decay=0.0089,
            warmup=0.1,
            final_learning_rate=0.0,
            lookahead=True,
            crop_padding=4,
            cutout=12,
            precision="mixed_bfloat16",
            jit_compile=True,
            data_on_device=True,
            distribute=True,
        ),
        gates=REAL_GATES,
        tune=TuneConfig(
            search=SearchConfig(trials=50, minutes=60, schedule_share=1 / 4)
        ),
    )


def _with_tuned(config: RunConfig) -> RunConfig:
    """`config` with the tuned values that are saved for its preset."""
    best = tuned.read(config.preset)
    own = f"preset {config.preset}"
    values = {m: dict(best[m].values) if m in best else {} for m in MODELS}
    return dataclasses.replace(
        config,
        autoencoder=config.autoencoder.with_overrides(
            {"values": values["autoencoder"]}
        ),
        classifier=config.classifier.with_overrides(
            {"values": values["classifier"]}
        ),
        origins={m: best[m].origin if m in best else own for m in MODELS},
    )


def default_name(*, sample: bool) -> str:
    """The name of the preset that is used if none is given."""
    return (smoke if sample else cpu).__name__


def for_sample(config: RunConfig) -> RunConfig:
    """`config` on the built-in sample: its own caps, and the smoke gates."""
    return dataclasses.replace(
        config, sample=True, sampling=SAMPLE_SAMPLING, gates=SMOKE_GATES
    )
