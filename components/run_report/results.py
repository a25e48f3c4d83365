"""The results of a run, as data."""

from __future__ import annotations

import dataclasses
import json

from modules.evaluation.reliability import ReliabilityBin

MANY = 30
"""Classes that are shown one by one; of more, those with the lowest recall."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassResult:
    """How the models do on the test images of one class.

    Attributes:
      name: the class.
      capped: whether its training images were capped.
      images: how many test images it has.
      recall: share of its images found.
      precision: share of the predictions of this class that are right.
      auc: of this class against the rest.
      psnr: mean over its images, decibels.
      ssim: mean over its images, data range 1.
      predicted: the share of its images predicted as each class, by label:
        its row of the confusion matrix.
    """

    name: str
    capped: bool
    images: int
    recall: float
    precision: float
    auc: float
    psnr: float
    ssim: float
    predicted: tuple[float, ...]

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def confusion(self) -> tuple[int, ...]:
        """How many of its images are predicted as each class, by label."""
        return tuple(round(share * self.images) for share in self.predicted)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunResult:
    """The results of a run; rates are shares of the test images.

    Attributes:
      model_name: the name the model is served under.
      sample: whether the data is the built-in sample.
      test_images: how many there are.
      accuracy: top-1.
      top_2_accuracy: share with the true class among the two most probable.
      macro_precision: mean over the classes.
      macro_recall: mean over the classes.
      macro_f1: mean over the classes.
      capped_recall: mean recall of the capped classes; None if there are none.
      uncapped_recall: mean recall of the others; None if there are none.
      baseline_accuracy: of the model in production; None if there is none.
      psnr: of the reconstructions, mean over images, decibels.
      ssim: mean over images, data range 1.
      ssim_range_2: mean over images, data range 2.
      ece: expected calibration error, the mean gap between confidence and
        accuracy.
      nll: mean negative log-likelihood of the true class, nats.
      temperature: what the classifier's logits are divided by.
      reliability: that gap in bins of equal width from 0 to 1.
      classes: one a class, in label order.
      pushed_to: the directory of the pushed version; "" if there is none.
      reasons: why there is none, one sentence each.
      training_precision: what the classifier's head was trained in; "" where
        that is not known.
    """

    model_name: str
    sample: bool
    test_images: int
    accuracy: float
    top_2_accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    capped_recall: float | None
    uncapped_recall: float | None
    baseline_accuracy: float | None
    psnr: float
    ssim: float
    ssim_range_2: float
    ece: float
    nll: float
    temperature: float
    reliability: tuple[ReliabilityBin, ...]
    classes: tuple[ClassResult, ...]
    pushed_to: str
    reasons: tuple[str, ...]
    training_precision: str = ""

    def to_json(self) -> str:
        """The result as the text of a JSON object."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @property
    def shown(self) -> tuple[int, ...]:
        """The labels of the classes that a page or a table has room for.

        All, unless there are more than `MANY`: then those `MANY` with the
        lowest recall, in label order.
        """
        ordered = sorted(
            range(len(self.classes)), key=lambda n: (self.classes[n].recall, n)
        )
        return tuple(sorted(ordered[:MANY]))

    def main_mistake(self, result: ClassResult) -> tuple[str, float] | None:
        """The class that it is most often confused with.

        Returns:
          Its name and the share of `result`'s images, the first class of
          equals; None if every image is found.
        """
        others = [
            (share, -label)
            for label, share in enumerate(result.predicted)
            if self.classes[label].name != result.name
        ]
        share, label = max(others, default=(0.0, 0))
        return (self.classes[-label].name, share) if share else None
