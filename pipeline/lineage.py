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

from modules.digests import source_digest
from pipeline.configs import RunConfig

EXAMPLE_GEN = ("components.image_example_gen.executor",)
SCHEMA = (
    "components.schema_importer.executor",
    "modules/schema/schema.pbtxt",
)
ANOMALY_GATE = ("components.anomaly_gate.executor",)
TRANSFORM = ("modules.preprocessing",)
AUTOENCODER = ("modules.autoencoder.trainer",)
CLASSIFIER = ("modules.classifier.trainer",)
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
    "components/run_report/templates/parts.html.jinja",
    "components/run_report/templates/report.html.jinja",
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
    """

    autoencoder: str
    classifier: str


def lineage(config: RunConfig, data_digest: str) -> Lineage:
    """The digests of the models that `config` trains on the data."""
    sampling = dataclasses.asdict(config.sampling)
    autoencoder = _digest(
        data_digest,
        dataclasses.asdict(config.dataset),
        {**sampling, "caps": dict(config.sampling.caps)},
        config.autoencoder.to_dict(),
        config.seed,
        source_digest(*EXAMPLE_GEN, *TRANSFORM, *AUTOENCODER),
    )
    classifier = _digest(
        autoencoder,
        config.classifier.to_dict(),
        source_digest(*CLASSIFIER),
    )
    return Lineage(autoencoder, classifier)
