"""Reads the results of a run from the artifacts of its last nodes.

Importing this module is cheap; `read_result` imports TFMA when it is called.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence

from components.run_report.results import ClassResult, RunResult
from components.serving_check.report import read_problems
from modules import features
from modules.common.errors import UserError
from modules.evaluation import classification, evaluations, image_metrics
from modules.evaluation.evaluations import OVERALL, Evaluation, SliceKey
from modules.export import metadata


def read_result(
    *,
    classifier_model: str,
    classifier_evaluation: str,
    autoencoder_evaluation: str,
    infra_blessing: str,
    pushed_model: str,
) -> RunResult:
    """Reads what the last nodes of a run have written.

    Args:
      classifier_model: URI of ClassifierTrainer's `model`.
      classifier_evaluation: URI of ClassifierEvaluator's `evaluation`.
      autoencoder_evaluation: URI of AutoencoderEvaluator's `evaluation`.
      infra_blessing: URI of ServingCheck's `blessing`.
      pushed_model: URI of Pusher's `pushed_model`.

    Raises:
      UserError: if an artifact is gone.
    """
    model = _description(classifier_model)
    classifier = evaluations.load(classifier_evaluation, model.class_names)
    autoencoder = evaluations.load(autoencoder_evaluation, model.class_names)
    pushed_to, reasons = _outcome(
        pathlib.Path(pushed_model),
        {
            "model_blessing": classifier.refusals,
            "autoencoder_blessing": autoencoder.refusals,
            "infra_blessing": _serving_problems(infra_blessing),
        },
    )
    both = classifier, autoencoder
    return RunResult(
        model_name=model.model_name,
        sample=model.lineage.sample,
        test_images=round(classifier.figures[OVERALL, "example_count", None]),
        capped_recall=_recall(classifier, capped="yes"),
        uncapped_recall=_recall(classifier, capped="no"),
        baseline_accuracy=classifier.baseline.get((OVERALL, "accuracy", None)),
        **_scalars(RunResult, classifier, classification.SCALARS),
        **_scalars(RunResult, autoencoder, image_metrics.METRICS),
        temperature=model.temperature,
        training_precision=model.training_precision,
        reliability=classifier.reliability,
        classes=tuple(
            _class_result(label, name, name in model.capped_classes, *both)
            for label, name in enumerate(model.class_names)
        ),
        pushed_to=pushed_to,
        reasons=reasons,
    )


def _scalars(
    result: type,
    evaluation: Evaluation,
    metrics: Sequence[str],
    *,
    slice_: SliceKey = OVERALL,
    class_id: int | None = None,
) -> dict[str, float]:
    """Those of the metrics that a result has a field for, by name."""
    fields = {field.name for field in dataclasses.fields(result)}
    return {
        name: evaluation.figures[slice_, name, class_id]
        for name in metrics
        if name in fields
    }


def _description(classifier_model: str) -> metadata.ModelDescription:
    from tfx.utils import path_utils

    return metadata.read(path_utils.serving_model_dir(classifier_model))


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
    of_class = ((features.LABEL, label),)
    return ClassResult(
        name=name,
        capped=capped,
        images=round(classifier.figures[of_class, "example_count", None]),
        **_scalars(
            ClassResult, classifier, classification.BY_CLASS, class_id=label
        ),
        **_scalars(
            ClassResult, autoencoder, image_metrics.METRICS, slice_=of_class
        ),
        predicted=classifier.confusion[label],
    )


def _serving_problems(infra_blessing: str) -> tuple[str, ...]:
    """What ServingCheck has found wrong with the exported model."""
    try:
        return read_problems(infra_blessing)
    except OSError as error:
        raise UserError(
            f"{infra_blessing} contains no readable report ({error.strerror}); "
            "expected ServingCheck's output. Run again in an empty root."
        ) from error


def _outcome(
    pushed_model: pathlib.Path, refusals: Mapping[str, Sequence[str]]
) -> tuple[str, tuple[str, ...]]:
    """Where the model is, and why it is nowhere.

    Args:
      pushed_model: Pusher's artifact.
      refusals: why a blessing was withheld, by its name;
        otherwise Pusher's own words are taken.
    """
    from components.pusher.executor import OUTCOME

    try:
        outcome = json.loads((pushed_model / OUTCOME).read_text("utf-8"))
    except OSError as error:
        raise UserError(
            f"{pushed_model / OUTCOME} cannot be read ({error.strerror}); "
            "expected Pusher's output. Run again in an empty root."
        ) from error
    destination = outcome["destination"]
    if destination and not pathlib.Path(destination).is_dir():
        return "", (f"it was pushed to {destination}, which is gone",)
    return destination, tuple(
        sentence
        for blessing, words in outcome["refused"].items()
        for sentence in refusals.get(blessing) or [words]
    )
