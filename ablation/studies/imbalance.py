"""The studies `imbalance` and `imbalance-cpu`: remedies for class imbalance.

The first uses a small network, the second that of an earlier preset `cpu`. They
choose something, and therefore evaluate on the holdout.
"""

from __future__ import annotations

from dataclasses import replace

from ablation.systems import CNN, WHITENING, WHITENING_SHARE, System
from modules.hparams import ClassifierParams

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
    """The same remedy with an earlier preset's network, for its whole schedule.

    A budget of 269 TFLOP pays for 24 epochs; 0.001 of it for two of the
    autoencoder.
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


SMALL = tuple(_imbalance(*item) for item in IMBALANCE.items())
CPU = tuple(map(_in_cpu_preset, SMALL))
