"""Finished runs on disk: one JSON file each, written atomically."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any, Self

from modules.common import atomic
from modules.common.digests import source_digest

CODE = (
    "modules.autoencoder.trainer",
    "modules.classifier.fitting",
    "modules.evaluation.image_metrics",
    "modules.flops",
    "modules.keys",
    "ablation/budget.py",
    "ablation/data.py",
    "ablation/experiment.py",
    "ablation/tasks.py",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one system with one seed and one fraction of the labels.

    Attributes:
      key: digest of all that the rest follows from.
      system: its name.
      labels: fraction of the sampled images whose labels were used.
      seed: of the sample, the initial weights and the batches.
      images: sampled images.
      labelled: those of them with a label.
      latent_size: the number of values in node 2.
      accuracy: on the test split; on the holdout, the mean recall. None without
        a classifier.
      recalls: of each class.
      by_views: the mean recall under every test-time augmentation, by its
        name; None unless the study is one of steps.
      capped_recall: mean over the capped classes.
      uncapped_recall: mean over the others.
      psnr: of the autoencoder's reconstructions of the same images, decibels;
        None without a trained autoencoder.
      ssim: with a data range of 1.
      ssim_range_2: with a data range of 2.
      autoencoder_epochs: 0 without a trained autoencoder.
      classifier_epochs: 0 without a classifier.
      autoencoder_operations: of its training.
      classifier_operations: of its training.
      autoencoder_seconds: of its training, wherever it was first needed.
      classifier_seconds: of its training.
    """

    key: str
    system: str
    labels: float
    seed: int
    images: int
    labelled: int
    latent_size: int
    accuracy: float | None
    recalls: list[float] | None
    by_views: dict[str, float] | None
    capped_recall: float | None
    uncapped_recall: float | None
    psnr: float | None
    ssim: float | None
    ssim_range_2: float | None
    autoencoder_epochs: float
    classifier_epochs: float
    autoencoder_operations: int
    classifier_operations: int
    autoencoder_seconds: float
    classifier_seconds: float

    @property
    def operations(self) -> int:
        """The sum over both trainings."""
        return self.autoencoder_operations + self.classifier_operations

    @property
    def seconds(self) -> float:
        """The sum over both trainings."""
        return self.autoencoder_seconds + self.classifier_seconds

    def to_dict(self) -> dict[str, Any]:
        """JSON-compatible."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_dict`, as JSON."""
        return cls(**json.loads(text))


def digest(*values: Any) -> str:
    """Of JSON-compatible values and the code that makes the results."""
    text = json.dumps([*values, source_digest(*CODE)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class Store:
    """The directory `root` with the outcomes and trained autoencoders."""

    root: Path

    def find(self, key: str) -> Outcome | None:
        """The finished run with this key, if there is one."""
        path = self._path(key)
        return Outcome.from_json(path.read_text()) if path.exists() else None

    def add(self, outcome: Outcome) -> None:
        """Writes a finished run atomically."""
        text = json.dumps(outcome.to_dict(), indent=2) + "\n"
        write_text(self._path(outcome.key), text)

    def autoencoder(self, key: str) -> Path:
        """Where the autoencoder with this key is kept."""
        return self.root / "autoencoders" / key[:16]

    def _path(self, key: str) -> Path:
        return self.root / "outcomes" / f"{key[:16]}.json"


def write_text(path: Path, text: str) -> None:
    """Replaces a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(path, text)
