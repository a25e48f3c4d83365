"""Everything a run needs, as one frozen dataclass tree; presets are data.

No TensorFlow and no TFX here: the command line imports this module before it
knows whether it will run anything.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal, get_args

from modules import combinations
from modules.errors import UserError
from modules.hparams import AutoencoderParams, ClassifierParams
from modules.tuning.config import SearchConfig
from pipeline import tuned

Model = Literal["autoencoder", "classifier"]
Tuned = Literal["none", "autoencoder", "classifier", "both"]
TUNED: tuple[Tuned, ...] = get_args(Tuned)
PresetName = Literal["smoke", "cpu", "gpu"]

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip


class ConfigError(UserError):
    """A configuration that cannot be run; the message is for the user."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetConfig:
    """What the images are: size (square, RGB) and class names by label."""

    name: str = "cifar10"
    class_names: tuple[str, ...] = CIFAR10_CLASSES
    image_size: int = 32


@dataclasses.dataclass(frozen=True, kw_only=True)
class SamplingConfig:
    """Class caps of the training split and the holdout inside them.

    Attributes:
      caps: the most training images of a class, by class name.
      default_cap: the most of every class that `caps` does not name.
      holdout_fraction: share of each class's *sampled* images marked holdout.
    """

    caps: Mapping[str, int]
    default_cap: int
    holdout_fraction: float = 0.1

    def limits(self, class_names: tuple[str, ...]) -> tuple[int, ...]:
        """The cap of each class, in label order.

        Raises:
          ConfigError: if a cap names no class, or is negative.
        """
        if unknown := sorted(set(self.caps) - set(class_names)):
            raise ConfigError(
                f"caps name the class {unknown[0]!r}, which the data set does "
                f"not have; its classes are {', '.join(class_names)}."
            )
        for name, cap in {**self.caps, "default": self.default_cap}.items():
            if cap < 0:
                raise ConfigError(
                    f"the cap of {name!r} is {cap}; a cap is 0 or more images."
                )
        return tuple(self.caps.get(c, self.default_cap) for c in class_names)

    def capped(self, class_names: tuple[str, ...]) -> tuple[str, ...]:
        """The classes that may have fewer images than the others."""
        limits = self.limits(class_names)
        return tuple(
            name
            for name, limit in zip(class_names, limits, strict=True)
            if limit < max(limits)
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class GateConfig:
    """What a model must reach to be blessed, all on the test split.

    Attributes:
      min_accuracy: overall top-1 accuracy of the classifier.
      min_recall: recall of every single class.
      max_accuracy_drop: how far overall accuracy may lie below the model in
        production.
      min_psnr: mean peak signal-to-noise ratio of node 3, decibels.
      min_ssim: mean structural similarity of node 3 (Gaussian 11, range 1).
    """

    min_accuracy: float
    min_recall: float
    max_accuracy_drop: float
    min_psnr: float
    min_ssim: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class TuneConfig:
    """Which models' hyperparameters are searched for, and how.

    Attributes:
      models: whose; the others keep the values that are known.
      search: the bounds of each of the searches.
    """

    models: Tuned = "none"
    search: SearchConfig = dataclasses.field(default_factory=SearchConfig)

    def tunes(self, model: Model) -> bool:
        """Whether there is a search for `model`."""
        return self.models in (model, "both")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One run of the pipeline, apart from where it runs and on which files.

    Attributes:
      preset: the preset this configuration came from.
      seed: the one source of randomness: sampling, initial weights, shuffling
        and augmentation.
      sample: whether the data is the built-in sample instead of real images.
      tune: the search for hyperparameters.
      origins: where the hyperparameters come from that are known before a
        search, in words, by model.

    Raises:
      ConfigError: if the hyperparameters do not go together, or have no
        encoder, which the exported model's signatures need.
    """

    preset: PresetName
    sampling: SamplingConfig
    autoencoder: AutoencoderParams
    classifier: ClassifierParams
    gates: GateConfig
    dataset: DatasetConfig = DatasetConfig()
    seed: int = 0
    sample: bool = False
    tune: TuneConfig = TuneConfig()
    origins: Mapping[Model, str] = dataclasses.field(default_factory=dict)

    def hparams(self, model: Model) -> AutoencoderParams | ClassifierParams:
        """The hyperparameters of a model, as they are before a search."""
        return self.autoencoder if model == "autoencoder" else self.classifier

    def __post_init__(self) -> None:
        try:
            combinations.check(
                self.autoencoder, self.classifier, self.dataset.image_size
            )
        except UserError as error:
            raise ConfigError(str(error)) from error
        if self.classifier.encoder == "image":
            raise ConfigError(
                "the classifier's encoder is 'image', which has no node 2 to "
                "embed or reconstruct from; it exists for the ablation: use "
                "'frozen', 'fine_tuned', 'joint' or 'random'."
            )

    @property
    def model_name(self) -> str:
        """The name of the model in the serving root; tells a sample apart."""
        suffix = "_sample" if self.sample else ""
        return f"{self.dataset.name}{suffix}"


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


def smoke() -> RunConfig:
    """Tests: every component on the built-in sample, in seconds.

    `make run DATA=sample`: accuracy 1.0 on the sample, 1:40, 1.6 GB.
    `make run PRESET=smoke DATA=<JPEG copy>`: accuracy 0.7527, 5:15, 2.1 GB.
    Both on two cores that had other work to do as well.
    """
    return _with_tuned(
        RunConfig(
            preset="smoke",
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
    )


def cpu() -> RunConfig:
    """The default: CIFAR-10 on two cores.

    `make run DATA=<JPEG copy>`: accuracy 0.8879, PSNR 39.1 dB, SSIM 0.994,
    20:04, 2.6 GB, seed 0, on two cores (AMD EPYC, AVX-512).
    """
    return _with_tuned(
        RunConfig(
            preset="cpu",
            sampling=CIFAR10_SAMPLING,
            autoencoder=AutoencoderParams(),
            classifier=ClassifierParams(),
            gates=REAL_GATES,
        )
    )


def gpu() -> RunConfig:
    """One or more GPUs: *not measured*, neither time nor accuracy.

    Network and schedule are those of airbench96 (Jordan 2024): 96.0 % on the
    official pixels with all 50,000 images, on an A100 in half a minute, as its
    author measured it with his code. `cifar10 describe` prints the parameters
    and the operations.
    """
    return _with_tuned(
        RunConfig(
            preset="gpu",
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
                distribute=True,
            ),
            gates=REAL_GATES,
            tune=TuneConfig(
                search=SearchConfig(trials=50, minutes=60, schedule_share=1 / 4)
            ),
        )
    )


def _with_tuned(config: RunConfig) -> RunConfig:
    """`config` with the best values that are checked in for its preset."""
    best = tuned.read(config.preset)
    own = f"preset {config.preset}"
    models: tuple[Model, ...] = "autoencoder", "classifier"
    values = {m: dict(best[m].values) if m in best else {} for m in models}
    return dataclasses.replace(
        config,
        autoencoder=config.autoencoder.overlaid(
            {"values": values["autoencoder"]}
        ),
        classifier=config.classifier.overlaid({"values": values["classifier"]}),
        origins={m: best[m].origin if m in best else own for m in models},
    )


PRESETS = {"smoke": smoke, "cpu": cpu, "gpu": gpu}


def for_sample(config: RunConfig) -> RunConfig:
    """`config` on the built-in sample: its own caps, and the smoke gates."""
    return dataclasses.replace(
        config, sample=True, sampling=SAMPLE_SAMPLING, gates=SMOKE_GATES
    )
