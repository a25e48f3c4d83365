"""What the cluster gives the steps. Nothing slow is imported."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Mapping

from modules.common.errors import UserError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Toleration:
    """Lets steps run on nodes with a taint.

    Attributes:
      key: the taint's.
      value: the taint's, or None for any.
      effect: the taint's.
    """

    key: str
    value: str | None
    effect: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class SecretVariable:
    """An environment variable from a Secret of the runs' namespace."""

    secret: str
    key: str
    variable: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Nodes:
    """Which nodes of the cluster steps run on.

    Attributes:
      labels: required labels of a node.
      tolerations: of a node's taints.
    """

    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()

    def with_more(self, more: Nodes) -> Nodes:
        """Nodes for which both hold; `more` has the last word on a label."""
        return Nodes(
            labels={**self.labels, **more.labels},
            tolerations=self.tolerations + more.tolerations,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """What the cluster gives the steps.

    Attributes:
      volumes: the directory of each PersistentVolumeClaim, in every step.
      secrets: the directory of each Secret, in every step.
      variables: from Secrets, in every step.
      nodes: that every step runs on.
      trainer_nodes: additional rules for the Trainers and Tuners.
      gpus: of each Trainer and Tuner.
      restricted: whether the steps' pods satisfy Kubernetes' pod security
        standard of that name.

    Raises:
      UserError: if two things are to be in one place; Kubernetes would refuse
        the steps.
    """

    volumes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    secrets: Mapping[str, str] = dataclasses.field(default_factory=dict)
    variables: tuple[SecretVariable, ...] = ()
    nodes: Nodes = Nodes()
    trainer_nodes: Nodes = Nodes()
    gpus: int = 0
    restricted: bool = False

    def __post_init__(self) -> None:
        directories = [*self.volumes.values(), *self.secrets.values()]
        _refuse_repeats(directories, "directory")
        _refuse_repeats([each.variable for each in self.variables], "variable")


def _refuse_repeats(names: Iterable[str], what: str) -> None:
    for name, count in collections.Counter(names).items():
        if count > 1:
            raise UserError(
                f"the {what} {name} of the steps is given {count} times, "
                "expected once; leave all but one out."
            )
