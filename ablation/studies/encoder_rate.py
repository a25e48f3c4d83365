"""The study `encoder-rate`: learning rates of an encoder that is fine-tuned.

It chooses something, and therefore evaluates on the holdout.
"""

from __future__ import annotations

from dataclasses import replace

from ablation.studies import node_2
from ablation.systems import System

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


SYSTEMS = tuple(
    _at_rate(system, rate)
    for system in filter(_learns, node_2.SMALL)
    for rate in RATES
)
