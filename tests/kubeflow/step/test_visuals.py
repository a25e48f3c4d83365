"""What Kubeflow's UI shows of a step, after `MetricsVisualizations.tsx`."""

import pytest

from kubeflow.step import entrypoint
from tests.support.kubeflow.launcher import Launcher

TYPES = {
    "report": "system.HTML",
    "metrics": "system.Metrics",
    "confusion_matrix": "system.ClassificationMetrics",
}


def compiled(title):
    """The type as TFX's compiler writes it, and the driver passes it on."""
    return {"instanceSchema": f"title: {title}\ntype: object\n"}


def named(title):
    """The type as the SDK's compiler would write it."""
    return {"schemaTitle": title, "schemaVersion": "0.0.1"}


@pytest.fixture(params=[compiled, named])
def published(request, tmp_path):
    """(what is published of a step with something to show, its launcher)."""
    launcher = Launcher(tmp_path)
    for key, title in TYPES.items():
        launcher.output(key, request.param(title))
    entrypoint.run(launcher.arguments("Show"), tmp_path)
    return launcher.published(), launcher


def test_all_that_the_component_declares_is_published(published):
    assert published[0].keys() == TYPES.keys()


def test_the_page_is_one_object(published):
    artifacts, launcher = published
    uri = artifacts["report"]["uri"]
    assert uri == f"{launcher.task}/report/report.html"
    file = launcher.mount / uri.removeprefix(f"{launcher.task}/")
    assert file.read_text() == "<!doctype html>"


def test_metrics_are_numbers_and_nothing_else(published):
    assert published[0]["metrics"]["metadata"] == {
        "accuracy": 0.875,
        "test_images": 10_000,
    }


def test_the_matrix_is_a_structure(published):
    metadata = published[0]["confusion_matrix"]["metadata"]
    assert metadata["confusionMatrix"] == {"rows": [{"row": [1, 2]}]}
