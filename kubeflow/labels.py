"""The labels of the steps' pods. Nothing slow is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAME = "app.kubernetes.io/name"
PREFIX = "tfx-cifar10/"
LABELLED = ("preset", "seed")
"""The parameters of a run that are labels too."""


def labels(values: Mapping[str, Any], commit: str) -> dict[str, str]:
    """Labels by which `kubectl get pods --selector` finds a run's pods.

    Args:
      values: the run's parameters.
      commit: as `pipeline.revision.commit` has it; "" where it is not known. A
        label takes no "+", so edited sources are `-edited`.
    """
    found = {NAME: "cifar10"}
    for name in LABELLED:
        if name in values:
            found[PREFIX + name] = str(values[name])
    if commit:
        found[f"{PREFIX}commit"] = commit.replace("+", "-edited")
    return found
