"""What a run has come to, read from the artifacts of its last nodes.

Importing this module is cheap; `read_result` imports TFMA when it is called.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence

from components.serving_check.report import read_problems
from modules.errors import UserError
from modules.evaluation import evaluations, model_info
from modules.evaluation.evaluations import OVERALL, Evaluation
from modules.evaluation.reliability import ReliabilityBin


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
      predicted: the share of its images taken for each class, in label order:
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
    def confusion(self) -> tuple[int, ...]:
        """How many of its images are taken for each class, in label order."""
        return tuple(round(share * self.images) for share in self.predicted)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunResult:
    """What a run has come to; rates are shares of the test images.

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
      ece: expected calibration error, the mean gap between how sure the
        classifier is and how often it is right.
      nll: mean negative log-likelihood of the true class, nats.
      temperature: what the classifier's logits are divided by.
      reliability: that gap in bins of equal width from 0 to 1.
      classes: one a class, in label order.
      pushed_to: the directory of the pushed version; "" if there is none.
      reasons: why there is none, one sentence each.
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

    def to_json(self) -> str:
        """The result as the text of a JSON object."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    def main_mistake(self, result: ClassResult) -> tuple[str, float] | None:
        """The class that most of the images not found are taken for.

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


def read_result(
    *,
    classifier_model: str,
    classifier_evaluation: str,
    autoencoder_evaluation: str,
    infra_blessing: str,
    pushed_model: str,
    model_name: str,
    class_names: Sequence[str],
    capped_classes: Sequence[str],
    sample: bool,
) -> RunResult:
    """Reads what the last nodes of a run have written.

    Args:
      classifier_model: URI of ClassifierTrainer's `model`.
      classifier_evaluation: URI of ClassifierEvaluator's `evaluation`.
      autoencoder_evaluation: URI of AutoencoderEvaluator's `evaluation`.
      infra_blessing: URI of ServingCheck's `blessing`.
      pushed_model: URI of Pusher's `pushed_model`.
      model_name: the name the model is served under.
      class_names: the classes in label order.
      capped_classes: those of them whose training images were capped.
      sample: whether the data is the built-in sample.

    Raises:
      UserError: if an artifact is gone.
    """
    classifier = evaluations.load(classifier_evaluation, class_names)
    autoencoder = evaluations.load(autoencoder_evaluation, class_names)
    pushed_to, reasons = _outcome(
        pathlib.Path(pushed_model),
        {
            "model_blessing": classifier.refusals,
            "autoencoder_blessing": autoencoder.refusals,
            "infra_blessing": _serving_problems(infra_blessing),
        },
    )
    both = classifier, autoencoder
    figures, images = classifier.figures, autoencoder.figures
    return RunResult(
        model_name=model_name,
        sample=sample,
        test_images=round(figures[OVERALL, "example_count", None]),
        accuracy=figures[OVERALL, "accuracy", None],
        top_2_accuracy=figures[OVERALL, "top_2_accuracy", None],
        macro_precision=figures[OVERALL, "macro_precision", None],
        macro_recall=figures[OVERALL, "macro_recall", None],
        macro_f1=figures[OVERALL, "macro_f1", None],
        capped_recall=_recall(classifier, capped="yes"),
        uncapped_recall=_recall(classifier, capped="no"),
        baseline_accuracy=classifier.baseline.get((OVERALL, "accuracy", None)),
        psnr=images[OVERALL, "psnr", None],
        ssim=images[OVERALL, "ssim", None],
        ssim_range_2=images[OVERALL, "ssim_range_2", None],
        ece=figures[OVERALL, "ece", None],
        nll=figures[OVERALL, "nll", None],
        temperature=_temperature(classifier_model),
        reliability=classifier.reliability,
        classes=tuple(
            _class_result(label, name, name in capped_classes, *both)
            for label, name in enumerate(class_names)
        ),
        pushed_to=pushed_to,
        reasons=reasons,
    )


def _temperature(classifier_model: str) -> float:
    """What the classifier says its logits are divided by."""
    from tfx.utils import path_utils

    directory = path_utils.serving_model_dir(classifier_model)
    return model_info.read(directory).temperature


def _recall(classifier: Evaluation, *, capped: str) -> float | None:
    """The mean recall of the classes in one `capped` slice."""
    key = (("capped", capped),), "macro_recall", None
    return classifier.figures.get(key)


def _class_result(
    label: int,
    name: str,
    capped: bool,
    classifier: Evaluation,
    autoencoder: Evaluation,
) -> ClassResult:
    figures, images = classifier.figures, autoencoder.figures
    of_class = (("label", label),)
    return ClassResult(
        name=name,
        capped=capped,
        images=round(figures[of_class, "example_count", None]),
        recall=figures[OVERALL, "recall", label],
        precision=figures[OVERALL, "precision", label],
        auc=figures[OVERALL, "auc", label],
        psnr=images[of_class, "psnr", None],
        ssim=images[of_class, "ssim", None],
        predicted=classifier.confusion[label],
    )


def _serving_problems(infra_blessing: str) -> tuple[str, ...]:
    """What ServingCheck has found wrong with the exported model."""
    try:
        return read_problems(infra_blessing)
    except OSError as error:
        raise UserError(
            f"{infra_blessing} holds no readable report ({error.strerror}); "
            "expected what ServingCheck wrote. Run again in an empty root."
        ) from error


def _outcome(
    pushed_model: pathlib.Path, refusals: Mapping[str, Sequence[str]]
) -> tuple[str, tuple[str, ...]]:
    """Where the model is, and why it is nowhere.

    Args:
      pushed_model: Pusher's artifact.
      refusals: what is known about the lack of a blessing, by its name;
        otherwise Pusher's own words are taken.
    """
    from components.pusher.executor import OUTCOME

    try:
        outcome = json.loads((pushed_model / OUTCOME).read_text("utf-8"))
    except OSError as error:
        raise UserError(
            f"{pushed_model / OUTCOME} cannot be read ({error.strerror}); "
            "expected what Pusher wrote. Run again in an empty root."
        ) from error
    destination = outcome["destination"]
    if destination and not pathlib.Path(destination).is_dir():
        return "", (f"it was pushed to {destination}, which is gone",)
    return destination, tuple(
        sentence
        for blessing, words in outcome["refused"].items()
        for sentence in refusals.get(blessing) or [words]
    )
