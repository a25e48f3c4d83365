"""What the Evaluators extract beside TFMA's own: `capped`, and predictions.

Whether an image's class was capped is a fact about the model's training data,
not about the image; the exported model says it in `assets.extra/model.json`.
The classifier's Evaluator slices by it. It also keeps its predictions in files
(see `prediction_files`). The stock Evaluator calls `custom_extractors` of the
module in `module_path`.
"""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

from modules.evaluation import prediction_files
from modules.evaluation.prediction_files import PROBABILITIES
from modules.export import metadata
from modules.features import KEY, LABEL

CAPPED = "capped"


def custom_extractors(
    eval_shared_model: Any,
    eval_config: config_pb2.EvalConfig,
    tensor_adapter_config: Any,
) -> list[tfma.extractors.Extractor]:
    """TFMA's extractors, and those of this module that apply.

    `capped` is extracted where a slice asks for it; predictions are written if
    they are probabilities, and `prediction_files.destination` is set.

    Args:
      eval_shared_model: the candidate, or candidate and baseline; the
        candidate's training data decides.
      eval_config: the Evaluator's configuration.
      tensor_adapter_config: passed on to TFMA.

    Raises:
      UserError: if the candidate does not say which classes were capped.
    """
    extractors = tfma.default_extractors(
        eval_shared_model=eval_shared_model,
        eval_config=eval_config,
        tensor_adapter_config=tensor_adapter_config,
    )
    if any(CAPPED in spec.feature_keys for spec in eval_config.slicing_specs):
        # The first of TFMA's extractors gives the features, the second reads.
        extractors.insert(1, _capped_extractor(_candidate(eval_shared_model)))
    (candidate,) = (s for s in eval_config.model_specs if not s.is_baseline)
    directory = prediction_files.destination.get()
    if directory and candidate.prediction_key == PROBABILITIES:
        several = len(eval_config.model_specs) > 1
        extractors.append(
            _predictions_writer(directory, candidate.name if several else "")
        )
    return extractors


def _candidate(eval_shared_model: Any) -> str:
    models = tfma.utils.verify_and_update_eval_shared_models(eval_shared_model)
    return next(m.model_path for m in models if not m.is_baseline)


def _capped_extractor(model_path: str) -> tfma.extractors.Extractor:
    capped_ids = metadata.read(model_path).capped_ids

    def add_capped(extracts: dict[str, Any]) -> dict[str, Any]:
        features = extracts[tfma.FEATURES_KEY]
        capped = np.isin(features[LABEL], capped_ids)
        answer = np.where(capped, "yes", "no")
        return {**extracts, tfma.FEATURES_KEY: {**features, CAPPED: answer}}

    return tfma.extractors.Extractor("ExtractCapped", beam.Map(add_capped))


def _predictions_writer(
    directory: str, model_name: str
) -> tfma.extractors.Extractor:
    """Writes each example's prediction; the extracts pass through.

    Args:
      directory: for the files.
      model_name: TFMA's key of the predictions, where there are several models.
    """

    def record(extracts: dict[str, Any]) -> bytes:
        features = extracts[tfma.FEATURES_KEY]
        predictions = extracts[tfma.PREDICTIONS_KEY]
        if model_name:
            predictions = predictions[model_name]
        return prediction_files.record(
            features[KEY].item(),
            features[LABEL].item(),
            predictions[PROBABILITIES],
        )

    @beam.ptransform_fn
    def write(extracts: beam.PCollection) -> beam.PCollection:
        _ = (
            extracts
            | "ToExample" >> beam.Map(record)
            | "Write" >> prediction_files.writer(directory)
        )
        return extracts

    return tfma.extractors.Extractor("WritePredictions", write())
