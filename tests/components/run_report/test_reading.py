"""Reading a result: a metric's name is all that connects its places."""

import dataclasses

import numpy as np
import pytest

from components.run_report import reading
from components.run_report.results import ClassResult, RunResult
from modules.evaluation import classification, configs, image_metrics
from modules.evaluation.evaluations import OVERALL, Evaluation


@dataclasses.dataclass(frozen=True)
class Result:
    """A result that shows one new metric."""

    kappa: float


def test_a_new_metric_needs_its_name_in_two_places_and_a_display():
    evaluation = Evaluation(
        figures={(OVERALL, "kappa", None): 0.5, (OVERALL, "ece", None): 0.1},
        baseline={},
        confusion=(),
        reliability=(),
        refusals=(),
    )
    found = reading._scalars(Result, evaluation, ("kappa", "ece"))
    assert found == {"kappa": 0.5}


def test_the_evaluator_computes_every_metric():
    config = configs.classifier_eval_config(
        ("cat", "dog"), min_accuracy=0, min_recall=0, max_accuracy_drop=0
    )
    overall, by_class = (
        [metric.config for metric in spec.metrics]
        for spec in config.metrics_specs
    )
    for name in classification.SCALARS:
        assert f'"name": "{name}"' in overall
    for name in classification.BY_CLASS:
        assert f'"name": "{name}"' in by_class


@pytest.mark.parametrize("name", classification.SCALARS)
def test_a_scalar_is_an_attribute_of_the_scores(name):
    rng = np.random.default_rng(0)
    scores = classification.score(
        rng.integers(0, 3, 50), rng.dirichlet(np.ones(3), 50)
    )
    assert isinstance(getattr(scores, name), int | float)


def test_the_results_show_all_metrics_but_the_count():
    fields = {field.name for field in dataclasses.fields(RunResult)}
    assert {*classification.SCALARS} - fields == {"example_count"}
    of_class = {field.name for field in dataclasses.fields(ClassResult)}
    assert of_class >= {*classification.BY_CLASS}
    assert fields >= {*image_metrics.METRICS}
