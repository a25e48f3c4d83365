"""The `capped` feature that the classifier's Evaluator slices by.

Whether an image's class was capped is a fact about the model's training data,
not about the image; the exported model says it in `assets.extra/model.json`.
The stock Evaluator calls `custom_extractors` of the module in `module_path`.
"""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

from modules.export import metadata
from modules.features import LABEL

CAPPED = "capped"


def custom_extractors(
    eval_shared_model: Any,
    eval_config: config_pb2.EvalConfig,
    tensor_adapter_config: Any,
) -> list[tfma.extractors.Extractor]:
    """TFMA's extractors, and `capped`, where a slice asks for it.

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
