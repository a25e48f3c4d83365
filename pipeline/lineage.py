"""Where a model comes from, and which code each component depends on.

TFX's cache knows a component's inputs and execution properties, not the code
that they run nor the files behind a path. So digests of both are execution
properties: an edit invalidates exactly what imports the edited file.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from modules.common.digests import source_digest
from pipeline.configs import Model, RunConfig

EXAMPLE_GEN = ("components.image_example_gen.executor",)
SCHEMA = (
    "components.schema_importer.executor",
    "modules/schema/schema.pbtxt",
)
ANOMALY_GATE = ("components.anomaly_gate.executor",)
TRANSFORM = ("modules.preprocessing",)
AUTOENCODER = ("modules.autoencoder.trainer",)
CLASSIFIER = ("modules.classifier.trainer",)
GIVEN = ("modules.tuning.given",)
TUNERS: dict[Model, tuple[str, ...]] = {
    "autoencoder": ("components.tuner.executor", "modules.autoencoder.tuner"),
    "classifier": ("components.tuner.executor", "modules.classifier.tuner"),
}
EVALUATION = (
    "components.model_evaluator.executor",
    "modules.evaluation.configs",
    "modules.evaluation.extractors",
)
BASELINE = ("components.baseline_model.executor",)
SERVING_CHECK = (
    "components.serving_check.executor",
    "components.serving_check.probe",
)
PUSHER = ("components.pusher.executor",)
RUN_REPORT = (
    "components.run_report.executor",
    "components/run_report/templates/calibration.html.jinja",
    "components/run_report/templates/classes.html.jinja",
    "components/run_report/templates/learning.html.jinja",
    "components/run_report/templates/parts.html.jinja",
    "components/run_report/templates/report.html.jinja",
    "components/run_report/templates/run.html.jinja",
    "components/run_report/templates/style.css",
)


def _digest(*values: Any) -> str:
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class Lineage:
    """The digests of one run's two models.

    Attributes:
      autoencoder: of all that determines the trained autoencoder.
      classifier: of all that determines the trained classifier.
      searches: of all that determines the trials of the search for a model's
        hyperparameters, by model, apart from the autoencoder's weights.
    """

    autoencoder: str
    classifier: str
    searches: dict[Model, str]


def lineage(config: RunConfig, data_digest: str) -> Lineage:
    """The digests of the models that `config` trains on the data."""
    sampling = dataclasses.asdict(config.sampling)
    data = (
        data_digest,
        dataclasses.asdict(config.dataset),
        {**sampling, "caps": dict(config.sampling.caps)},
        config.seed,
        source_digest(*EXAMPLE_GEN, *TRANSFORM),
    )
    autoencoder_search = _search(config, "autoencoder", data)
    autoencoder = _digest(
        data,
        config.autoencoder.to_dict(),
        _found(config, "autoencoder", autoencoder_search),
        source_digest(*AUTOENCODER),
    )
    classifier_search = _search(config, "classifier", data)
    classifier = _digest(
        autoencoder,
        config.classifier.to_dict(),
        _found(config, "classifier", classifier_search),
        source_digest(*CLASSIFIER),
    )
    searches: dict[Model, str] = {
        "autoencoder": autoencoder_search,
        "classifier": classifier_search,
    }
    return Lineage(autoencoder, classifier, searches)


def _search(config: RunConfig, model: Model, data: Any) -> str:
    """The digest of what a search's trials depend on, not of its bounds."""
    return _digest(
        data,
        config.hparams(model).to_dict(),
        config.seed,
        config.tune.search.method(),
        source_digest(f"modules.{model}.tuner"),
    )


def _found(config: RunConfig, model: Model, search: str) -> Any:
    """What stands for the values that a search finds; None without one."""
    if not config.tune.tunes(model):
        return None
    bounds = config.tune.search
    return search, bounds.trials, bounds.minutes
