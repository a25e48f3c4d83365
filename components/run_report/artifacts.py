"""The types of RunReport's outputs, named so that Kubeflow's UI draws them.

TFX's compiler writes a custom type's name into the pipeline as it is, and
Kubeflow's UI shows `system.HTML` as a page, each number in the metadata of
`system.Metrics` as a row of a table, and the `confusionMatrix` in that of
`system.ClassificationMetrics` as a heat map. Elsewhere the names have no
special meaning.
"""

from __future__ import annotations

from tfx.types.artifact import Artifact


class Html(Artifact):
    """A directory with one self-contained page, `FILE`."""

    TYPE_NAME = "system.HTML"
    FILE = "report.html"


class Metrics(Artifact):
    """Figures of a run: custom properties, and the same in `FILE`."""

    TYPE_NAME = "system.Metrics"
    FILE = "metrics.json"


class ClassificationMetrics(Artifact):
    """A confusion matrix: the custom property `MATRIX`, also in `FILE`."""

    TYPE_NAME = "system.ClassificationMetrics"
    MATRIX = "confusionMatrix"
    FILE = "confusion_matrix.json"
