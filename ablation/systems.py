"""The systems that are compared: tables of configurations, no code.

`node-2` asks what the autoencoder is worth; `imbalance` what to do about
unequal classes, `imbalance-cpu` with that preset's network; `encoder-rate` how
fast an encoder should learn. All but the first choose something, and therefore
look at the holdout.

In the first, two kinds of node 2. `whitening` is the pipeline's own: as large
as the image, and larger in numbers. The bottleneck compresses 3,072 numbers to
1,536. Around each stand the ways to use it that were proposed, and the same
network without what the autoencoder learned, which is what the hypothesis is
measured against.
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Literal

from modules.common.errors import UserError
from modules.hparams import AutoencoderParams, ClassifierParams

Split = Literal["test", "holdout"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class System:
    """One row of the table.

    Attributes:
      name: on the command line and in file names.
      title: in the table.
      autoencoder: the network up to node 3; its epochs follow from `share`.
      share: of the budget, what training the autoencoder may take.
      classifier: the network on node 2, its epochs from the rest; None where
        the reconstruction is all there is.
      baseline: the system that this one is compared with, seed by seed.
      few_labels: whether it is also run on a part of the labels.
    """

    name: str
    title: str
    autoencoder: AutoencoderParams
    share: float
    classifier: ClassifierParams | None
    baseline: str | None = None
    few_labels: bool = False

    @property
    def pretrained(self) -> bool:
        """Whether the system uses what an autoencoder has learned."""
        mode = self.classifier and self.classifier.encoder
        return mode not in ("random", "image")


WHITENING = AutoencoderParams()
BOTTLENECK = AutoencoderParams(
    architecture="bottleneck", widths=(24, 48), learning_rate=5e-3
)
AUGMENTED = replace(BOTTLENECK, augment=True)
WHITENING_SHARE, BOTTLENECK_SHARE = 0.03, 0.4

CNN = ClassifierParams(widths=(24, 48, 48), batch_size=250, learning_rate=0.5)
SMALL_CNN = replace(CNN, widths=(64, 128))  # Node 2 is small already.
DENSE = replace(CNN, head="dense", widths=(512, 64))
JOINT_WEIGHT = 1.0


def _whitening(mode: str, title: str, **changes: object) -> System:
    return System(
        name=mode.replace("_", "-"),
        title=f"whitening node 2, {title}",
        autoencoder=WHITENING,
        share=WHITENING_SHARE,
        classifier=replace(CNN, encoder=mode, **changes),  # type: ignore[arg-type]
        baseline=None if mode == "random" else "random",
        few_labels=mode != "joint",  # Few images to reconstruct, too.
    )


def _bottleneck(
    name: str,
    title: str,
    classifier: ClassifierParams | None,
    *,
    baseline: str | None = "bottleneck-random",
    autoencoder: AutoencoderParams = BOTTLENECK,
) -> System:
    return System(
        name=name,
        title=title,
        autoencoder=autoencoder,
        share=BOTTLENECK_SHARE,
        classifier=classifier,
        baseline=baseline,
    )


_FIRST_FROZEN = replace(SMALL_CNN, encoder="fine_tuned", frozen_blocks=2)

_NODE_2 = (
    System(
        name="image",
        title="CNN on the image",
        autoencoder=WHITENING,
        share=0.0,
        classifier=replace(CNN, encoder="image"),
    ),
    _bottleneck("autoencoder", "autoencoder", None, baseline=None),
    _bottleneck(
        "autoencoder-augmented",
        "autoencoder, with augmentation",
        None,
        baseline=None,
        autoencoder=AUGMENTED,
    ),
    _bottleneck(
        "bottleneck-random",
        "bottleneck, random start",
        replace(SMALL_CNN, encoder="random"),
        baseline=None,
    ),
    _bottleneck(
        "bottleneck-blocks-frozen",
        "bottleneck, first two blocks frozen",
        _FIRST_FROZEN,
    ),
    _bottleneck(
        "bottleneck-blocks-frozen-augmented",
        "bottleneck (augmented), first two blocks frozen",
        _FIRST_FROZEN,
        autoencoder=AUGMENTED,
    ),
    _bottleneck("bottleneck-frozen", "bottleneck, frozen", SMALL_CNN),
    _bottleneck(
        "bottleneck-dense",
        "bottleneck, frozen, dense head",
        DENSE,
        baseline=None,
    ),
    _bottleneck(
        "bottleneck-fine-tuned",
        "bottleneck, fine-tuned",
        replace(SMALL_CNN, encoder="fine_tuned"),
    ),
    _bottleneck(
        "bottleneck-joint",
        "bottleneck, joint with reconstruction",
        replace(
            SMALL_CNN,
            encoder="joint",
            encoder_rate=0.1,  # At the head's it diverges.
            reconstruction_weight=JOINT_WEIGHT,
        ),
    ),
    _whitening("random", "random start"),
    _whitening("frozen", "frozen"),
    _whitening("fine_tuned", "fine-tuned"),
    _whitening(
        "joint",
        "joint with reconstruction",
        reconstruction_weight=JOINT_WEIGHT,
    ),
)

IMBALANCE = {
    "none": "plain cross-entropy",
    "logit_adjusted": "logit-adjusted loss",
    "class_weights": "class weights",
    "oversampling": "oversampling",
}


def _imbalance(name: str, title: str) -> System:
    return System(
        name=name.replace("_", "-"),
        title=title,
        autoencoder=WHITENING,
        share=WHITENING_SHARE,
        classifier=replace(CNN, imbalance=name),  # type: ignore[arg-type]
        baseline=None if name == "none" else "none",
    )


def _in_cpu_preset(system: System) -> System:
    """The same remedy with the preset's network, for its whole schedule.

    A budget of 269 TFLOP pays for 24 epochs; 0.001 of it for the preset's two
    of the autoencoder.
    """
    assert system.classifier is not None
    remedy = system.classifier.imbalance
    return replace(
        system,
        name=f"cpu-{system.name}",
        title=f"cpu preset, {system.title}",
        share=0.001,
        classifier=replace(ClassifierParams(), imbalance=remedy),
        baseline=system.baseline and f"cpu-{system.baseline}",
    )


_IMBALANCE = tuple(_imbalance(*item) for item in IMBALANCE.items())
RATES = (1.0, 0.1, 0.01)


def _at_rate(system: System, rate: float) -> System:
    """The same with its encoder's learning rate a share of the head's."""
    assert system.classifier is not None
    return replace(
        system,
        name=f"{system.name}-at-{rate:g}",
        title=f"{system.title}, rate {rate:g}",
        classifier=replace(system.classifier, encoder_rate=rate),
        baseline=None if rate == 1 else f"{system.name}-at-1",
        few_labels=False,
    )


def _learns(system: System) -> bool:
    """Whether the classifier's training moves the encoder."""
    classifier = system.classifier
    return classifier is not None and classifier.encoder in (
        "random",
        "fine_tuned",
        "joint",
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Study:
    """One table: systems to compare with each other.

    Attributes:
      name: on the command line.
      systems: the rows, in order.
      split: whose images are asked; those of the holdout are not trained on.
      against: what the baselines are, as the table says it.
    """

    name: str
    systems: tuple[System, ...]
    split: Split
    against: str


STUDIES = {
    study.name: study
    for study in (
        Study(
            name="node-2",
            systems=_NODE_2,
            split="test",
            against="random start",
        ),
        Study(
            name="imbalance",
            systems=_IMBALANCE,
            split="holdout",
            against="cross-entropy",
        ),
        Study(
            name="imbalance-cpu",
            systems=tuple(map(_in_cpu_preset, _IMBALANCE)),
            split="holdout",
            against="cross-entropy",
        ),
        Study(
            name="encoder-rate",
            systems=tuple(
                _at_rate(system, rate)
                for system in filter(_learns, _NODE_2)
                for rate in RATES
            ),
            split="holdout",
            against="the head's rate",
        ),
    )
}

SYSTEMS = {
    system.name: system
    for study in STUDIES.values()
    for system in study.systems
}


def chosen(study: Study, names: str | None) -> list[System]:
    """The systems of a comma-separated list, in the table's order.

    Raises:
      UserError: if one of them is not of the study.
    """
    known = {system.name: SYSTEMS[system.name] for system in study.systems}
    if names is None:
        return list(known.values())
    wanted = [name.strip() for name in names.split(",")]
    if unknown := [name for name in wanted if name not in known]:
        raise UserError(
            f"the study {study.name!r} has no system {unknown[0]!r}; expected "
            f"some of {', '.join(known)}."
        )
    return [system for name, system in known.items() if name in wanted]
