"""The runs of an ablation, and how to execute one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from ablation import experiment
from ablation.budget import Budget, Plan
from ablation.data import DataSet, Sample
from ablation.store import Outcome, Store, digest
from ablation.studies.catalogue import Split
from ablation.systems import System
from pipeline.configs import RunConfig
from pipeline.data.source import DataSource

_UNCLASSIFIED: dict[str, Any] = {
    "accuracy": None,
    "recalls": None,
    "by_views": None,
    "capped_recall": None,
    "uncapped_recall": None,
    "classifier_seconds": 0.0,
}


@dataclasses.dataclass(frozen=True)
class Setting:
    """Settings shared by all runs.

    Attributes:
      config: of which the data set and its caps count.
      source: where the images come from.
      images: the images.
      budget: of each run; None where the systems have schedules.
      split: the evaluation split.
      steps: whether the study is one of steps, which are scored under every
        test-time augmentation.
    """

    config: RunConfig
    source: DataSource
    images: DataSet
    budget: Budget | None
    split: Split
    steps: bool

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, in label order."""
        return self.config.dataset.class_names

    @property
    def data_digest(self) -> str:
        """Of the images, how they are sampled, and the evaluation split."""
        held_out = self.split == "holdout" and self.images.holdout_fraction
        return digest(self.source.digest, self.images.limits, held_out)

    def parts(self, seed: int) -> tuple[Sample, Sample]:
        """The training images and the evaluation split."""
        if self.split == "holdout":
            return self.images.held_out(seed)
        test = self.images.test
        return self.images.sample(seed), Sample(test.pixels, test.labels)

    def labelled(self, seed: int, labels: float) -> Sample:
        """The training images with a label."""
        if labels == 1:
            return self.parts(seed)[0]
        return self.images.sample(seed, labels)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """One run: a system with a seed and a fraction of the labels.

    Attributes:
      system: what is trained.
      labels: fraction of the sampled images whose labels are used.
      seed: of the sample, the initial weights and the batches.
      images: sampled images.
      labelled: those of them with a label.
      plan: its epochs.
      key: digest of all that its outcome follows from.
    """

    system: System
    labels: float
    seed: int
    images: int
    labelled: int
    plan: Plan
    key: str


def plan(
    chosen: Sequence[System],
    setting: Setting,
    *,
    fractions: Sequence[float],
    seeds: int,
    all_few: bool,
) -> list[Task]:
    """All runs, seed by seed, so that early results can be compared.

    Args:
      chosen: the systems.
      setting: what the runs share.
      fractions: fractions of the labels.
      seeds: how many, from 0 on.
      all_few: whether fractions below 1 are for every classifier, or only for
        those with `few_labels`.
    """
    found = []
    for seed in range(seeds):
        images = len(setting.parts(seed)[0])
        for labels in fractions:
            labelled = len(setting.labelled(seed, labels))
            found += [
                _task(system, setting, seed, labels, images, labelled)
                for system in chosen
                if labels == 1
                or (system.classifier and (all_few or system.few_labels))
            ]
    return found


def _task(
    system: System,
    setting: Setting,
    seed: int,
    labels: float,
    images: int,
    labelled: int,
) -> Task:
    epochs = experiment.plan(
        system,
        setting.budget,
        images=images,
        labelled=labelled,
        image_size=setting.config.dataset.image_size,
        num_classes=len(setting.classes),
    )
    parts = [
        system.name,
        system.autoencoder.to_dict(),
        system.classifier and system.classifier.to_dict(),
        epochs.to_dict(),
        labels,
        seed,
        *(setting.steps, keras.backend.backend()),
    ]
    return Task(
        system=system,
        labels=labels,
        seed=seed,
        images=images,
        labelled=labelled,
        plan=epochs,
        key=digest(*parts, setting.data_digest),
    )


def do(task: Task, setting: Setting, store: Store) -> Outcome:
    """One run, from the sample to the measured outcome."""
    system = task.system
    training, evaluation = setting.parts(task.seed)
    # Keras would keep the graphs of all the runs before.
    keras.utils.clear_session()
    if system.pretrained:
        halves = experiment.autoencoder(
            dataclasses.replace(
                system.autoencoder, epochs=task.plan.autoencoder_epochs
            ),
            training,
            evaluation.pixels,
            seed=task.seed,
            data_digest=setting.data_digest,
            store=store,
        )
    else:
        halves = experiment.untrained(system, setting.config.dataset.image_size)
    psnr, ssim, ssim_range_2 = halves.quality or (None, None, None)
    return Outcome(
        key=task.key,
        system=system.name,
        labels=task.labels,
        seed=task.seed,
        images=task.images,
        labelled=task.labelled,
        latent_size=halves.latent_size,
        psnr=psnr,
        ssim=ssim,
        ssim_range_2=ssim_range_2,
        autoencoder_seconds=halves.seconds,
        **task.plan.to_dict(),
        **_classified(task, halves, setting, evaluation),
    )


def _classified(
    task: Task,
    halves: experiment.Autoencoder,
    setting: Setting,
    evaluation: Sample,
) -> dict[str, Any]:
    """The classifier's part of the outcome; empty where there is none.

    The holdout has the caps' classes; its accuracy is therefore the mean
    recall, as the Tuner's is, to be comparable with that of the test split.
    """
    params = task.system.classifier
    if params is None:
        return _UNCLASSIFIED
    model, seconds = experiment.classifier(
        dataclasses.replace(params, epochs=task.plan.classifier_epochs),
        halves,
        setting.labelled(task.seed, task.labels),
        num_classes=len(setting.classes),
        seed=task.seed,
    )
    accuracy, recalls = experiment.recalls(
        model,
        evaluation,
        num_classes=len(setting.classes),
        augmentation=params.test_time_augmentation,
    )
    capped = setting.config.sampling.capped(setting.classes)
    by_class = dict(zip(setting.classes, recalls, strict=True))
    return {
        "accuracy": _mean(recalls) if setting.split == "holdout" else accuracy,
        "recalls": recalls,
        "by_views": experiment.by_views(
            model, evaluation, num_classes=len(recalls)
        )
        if setting.steps
        else None,
        "capped_recall": _mean([by_class[name] for name in capped]),
        "uncapped_recall": _mean(
            [r for name, r in by_class.items() if name not in capped]
        ),
        "classifier_seconds": seconds,
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
