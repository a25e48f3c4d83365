"""The presets: configurations for different machines.

Each docstring states the results measured on CIFAR-10. To add a preset, write
its function; the function's name is the preset's name everywhere. What depends
on the images instead is in the data set's file and in
`pipeline/datasets/fitting.py`. No TensorFlow and no TFX here.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

from modules.hparams import AutoencoderParams, ClassifierParams
from modules.tuning.config import SearchConfig
from pipeline import overrides, tuned
from pipeline.configs import (
    MODELS,
    GateConfig,
    RunConfig,
    SamplingConfig,
    TuneConfig,
)
from pipeline.datasets import files, fitting
from pipeline.datasets.config import DEFAULT, DatasetConfig

CIFAR10 = files.shipped(DEFAULT)
SAMPLE_SAMPLING = SamplingConfig(
    caps={"bird": 100, "deer": 100, "truck": 100}, default_cap=200
)
_SKILL = 4 / 9
_NO_CAPS = SamplingConfig(caps={}, default_cap=None)


def chance_gates(num_classes: int) -> GateConfig:
    """The gates where nothing is known of what a data set allows.

    A random guess is right once in `num_classes`. The accuracy has to be 4/9
    of the way from there to 1, and every class has to be recognised as often as
    by chance.
    """
    chance = 1 / num_classes
    return GateConfig(
        min_accuracy=round(chance + (1 - chance) * _SKILL, 4),
        min_recall=round(chance, 4),
        max_accuracy_drop=0.05,
        min_psnr=20.0,
        min_ssim=0.7,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Values:
    """What a preset states.

    Attributes:
      autoencoder: the hyperparameters for 32x32 RGB images.
      classifier: likewise.
      tune: the bounds of searches.
      measures: whether the models are trained for as long as the gates of a
        data set expect; the others have `chance_gates`.
    """

    autoencoder: AutoencoderParams
    classifier: ClassifierParams
    tune: TuneConfig = dataclasses.field(default_factory=TuneConfig)
    measures: bool = True


class Preset:
    """A preset: called, the configuration of a run on a data set."""

    def __init__(self, build: Callable[[], Values]) -> None:
        functools.update_wrapper(self, build)
        self._build = build
        self.name = build.__name__

    def __call__(self, dataset: DatasetConfig = CIFAR10) -> RunConfig:
        """The preset on `dataset`, with the tuned values saved for both.

        Raises:
          ConfigError: if what the data set states is invalid.
        """
        values = self._build()
        config = RunConfig(
            preset=self.name,
            dataset=dataset,
            sampling=_NO_CAPS,
            autoencoder=fitting.autoencoder(values.autoencoder, dataset),
            classifier=fitting.classifier(values.classifier, dataset),
            gates=chance_gates(len(dataset.class_names)),
            tune=values.tune,
        )
        stated = {
            path: value
            for path, value in dataset.defaults.items()
            if values.measures or not path.startswith("gates.")
        }
        if stated.get("classifier.flip") is False:
            # Nor are mirror images averaged over, whatever the preset says.
            stated.setdefault("classifier.test_time_augmentation", "none")
        return _with_tuned(overrides.replaced(config, stated))


PRESETS: dict[str, Preset] = {}


def _preset(build: Callable[[], Values]) -> Preset:
    """Registers a preset."""
    preset = PRESETS[build.__name__] = Preset(build)
    return preset


@_preset
def smoke() -> Values:
    """Tests: every component on the built-in sample, in seconds.

    `make run DATA=sample`: accuracy 1.0 on the sample, 1:05, 1.7 GB.
    `make real-data` (this preset on the JPEG copy): accuracy 0.7437, 4:17.
    On two cores (AMD EPYC, AVX-512).
    """
    return Values(
        autoencoder=AutoencoderParams(epochs=4, batch_size=20),
        classifier=ClassifierParams(
            widths=(16, 32, 32), epochs=8, batch_size=100
        ),
        measures=False,
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
def cpu() -> Values:
    """The default: two cores.

    `benchmarks/seeds.py` on the JPEG copy, three seeds: accuracy 0.9070 ±
    0.0011, PSNR 41.12 ± 2.33 dB, SSIM 0.9957 ± 0.0017, 28.8 ± 0.3 minutes,
    3.2 GB, on two cores (AMD EPYC, Zen 4), at commit ea0704f; a run takes less
    time since then. The preset of before (18 epochs on whole images, node 2
    frozen) reached 0.9049 ± 0.0008 in 20.7 ± 0.7 minutes on an Intel Xeon with
    AMX. docs/RESULTS.md has how the values were chosen.
    """
    return Values(
        autoencoder=AutoencoderParams(),
        classifier=ClassifierParams(
            widths=(64, 192, 192),
            depth=3,
            activation="relu",
            normalization="fused",
            encoder="fine_tuned",
            epochs=22,
            cutout=8,
            initial_crop=24,
            initial_share=0.5,
            test_time_augmentation="flip_translate",
            precision="auto",
        ),
    )


@_preset
def gpu() -> Values:
    """One or more GPUs.

    `benchmarks/gpu` on the JPEG copy, one seed: accuracy 0.9228, PSNR 38.70 dB,
    0.8 minutes of training, 56,121 images/s, on one NVIDIA H100 by Keras's JAX
    backend. With TensorFlow, and as a whole pipeline: *not measured*.

    Network and schedule are those of airbench96 (Jordan 2024): 96.0 % on the
    official pixels with all 50,000 images, on an A100 in half a minute, as its
    author measured it with his code. Here it trains in bfloat16, compiled by
    XLA, on all visible GPUs, with the images kept there.
    """
    return Values(
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
        tune=TuneConfig(
            search=SearchConfig(trials=50, minutes=60, schedule_share=1 / 4)
        ),
    )


def _with_tuned(config: RunConfig) -> RunConfig:
    """`config` with the tuned values saved for its preset and data set."""
    best = tuned.read(tuned_name(config))
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


def tuned_name(config: RunConfig) -> str:
    """What tuned values are saved under: CIFAR-10's by the preset alone."""
    if config.dataset.name == CIFAR10.name:
        return config.preset
    return f"{config.dataset.name}-{config.preset}"


def default_name(*, sample: bool) -> str:
    """The name of the preset that is used if none is given."""
    return (smoke if sample else cpu).name


def for_sample(config: RunConfig) -> RunConfig:
    """`config` on the built-in sample: its own caps, and gates by chance."""
    return dataclasses.replace(
        config,
        sample=True,
        sampling=SAMPLE_SAMPLING,
        gates=chance_gates(len(config.dataset.class_names)),
    )
