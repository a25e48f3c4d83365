"""A run's figures in the layout that Kubeflow's UI reads from metadata.

Pure Python: no TensorFlow.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from components.run_report.results import RunResult


def metrics(result: RunResult) -> dict[str, float]:
    """Every number of the result by its name, and `recall_<class>` of each.

    What is not known (there is no model in production) or not finite (no
    metadata store takes it) is left out.
    """
    numbers = {
        name: float(value)
        for name, value in dataclasses.asdict(result).items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    numbers |= {f"recall_{c.name}": c.recall for c in result.classes}
    numbers["pushed"] = float(bool(result.pushed_to))
    return {k: value for k, value in numbers.items() if math.isfinite(value)}


def confusion_matrix(result: RunResult) -> dict[str, Any]:
    """Test images by true class (row) and predicted class (column).

    The layout is that of `kfp.dsl.ClassificationMetrics.log_confusion_matrix`.
    """
    return {
        "annotationSpecs": [{"displayName": c.name} for c in result.classes],
        "rows": [{"row": list(c.confusion)} for c in result.classes],
    }
