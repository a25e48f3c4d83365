"""The DAG: its edges, and what a change invalidates.

TFX's cache key is a node's inputs, executor and execution properties. So what
reruns is: the nodes whose properties differ, and whatever is downstream of a
node that then puts out something new.
"""

from __future__ import annotations

import dataclasses
import functools
import shutil
from pathlib import Path

import pytest
from tfx.dsl.compiler.compiler import Compiler

from components import code_digest
from modules.common import digests
from pipeline import configs, lineage, presets
from pipeline import pipeline as dag
from pipeline.data.source import DataSource

SOURCE = DataSource(
    uri="/data",
    format="binary",
    digest="of the data",
    sample=False,
    description="images",
    train_count=50_000,
    test_count=10_000,
)


@pytest.fixture
def serving(tmp_path):
    return tmp_path


def nodes(serving, config=None, source=SOURCE):
    """The compiled nodes by id."""
    pipeline = dag.create_pipeline(
        config or presets.cpu(),
        source=source,
        serving=serving,
        pipeline_root="/root",
    )
    compiled = Compiler().compile(pipeline)
    return {
        node.pipeline_node.node_info.id: node.pipeline_node
        for node in compiled.nodes
    }


def changed(before, after):
    """Ids of the nodes whose properties, or their outputs', differ."""
    assert before.keys() == after.keys()
    return {
        node_id
        for node_id in before
        if before[node_id].parameters != after[node_id].parameters
        or before[node_id].outputs != after[node_id].outputs
    }


def edit(monkeypatch, directory, file):
    """Makes the digests those of the project with a comment in `file`."""
    for package in digests.PACKAGES:
        source = Path(digests.__file__).parents[2] / package
        shutil.copytree(source, directory / package)
    with (directory / file).open("a") as source:
        source.write("# edited\n")
    edited = functools.partial(digests.source_digest, root=directory)
    for module in (code_digest, lineage):
        monkeypatch.setattr(module, "source_digest", edited)


def test_the_edges_are_those_of_the_design(serving):
    edges = {
        node_id: set(node.upstream_nodes)
        for node_id, node in nodes(serving).items()
    }
    assert edges == {
        "ImageExampleGen": set(),
        "SchemaImporter": set(),
        "StatisticsGen": {"ImageExampleGen", "SchemaImporter"},
        "ExampleValidator": {"StatisticsGen", "SchemaImporter"},
        "AnomalyGate": {
            "ImageExampleGen",
            "SchemaImporter",
            "StatisticsGen",
            "ExampleValidator",
        },
        "Transform": {"ImageExampleGen", "SchemaImporter", "AnomalyGate"},
        "AutoencoderTuner": {"Transform"},
        "AutoencoderTrainer": {"Transform", "AutoencoderTuner"},
        "AutoencoderEvaluator": {"AutoencoderTrainer", "ImageExampleGen"},
        "ClassifierTuner": {"Transform", "AutoencoderTrainer"},
        "ClassifierTrainer": {
            "Transform",
            "AutoencoderTrainer",
            "ClassifierTuner",
        },
        "BaselineModel": set(),
        "ClassifierEvaluator": {
            "ClassifierTrainer",
            "BaselineModel",
            "ImageExampleGen",
        },
        "ServingCheck": {"ClassifierTrainer", "ImageExampleGen"},
        "Pusher": {
            "AnomalyGate",
            "ClassifierTrainer",
            "ServingCheck",
            "ClassifierEvaluator",
            "AutoencoderEvaluator",
        },
        "RunReport": {
            "AnomalyGate",
            "ImageExampleGen",
            "Transform",
            "AutoencoderTuner",
            "AutoencoderTrainer",
            "AutoencoderEvaluator",
            "ClassifierTuner",
            "ClassifierTrainer",
            "ClassifierEvaluator",
            "ServingCheck",
            "Pusher",
        },
    }


def test_the_same_configuration_changes_nothing(serving):
    assert changed(nodes(serving), nodes(serving)) == set()


def test_a_new_seed_leaves_the_data_alone(serving):
    reseeded = dataclasses.replace(presets.cpu(), seed=1)
    assert changed(nodes(serving), nodes(serving, reseeded)) == {
        "Transform",
        "AutoencoderTrainer",
        "ClassifierTrainer",
        "BaselineModel",
    }


def test_new_data_at_the_same_path_is_ingested_again(serving):
    other = dataclasses.replace(SOURCE, digest="of other data")
    assert changed(nodes(serving), nodes(serving, source=other)) == {
        "ImageExampleGen",
        "AnomalyGate",
        "AutoencoderTrainer",
        "ClassifierTrainer",
        "BaselineModel",
    }


def test_accepting_data_trains_nothing_again(serving):
    config = dataclasses.replace(presets.cpu(), accept_data=True)
    assert changed(nodes(serving), nodes(serving, config)) == {"AnomalyGate"}


def test_a_classifier_setting_leaves_the_autoencoder_alone(serving):
    config = presets.cpu()
    classifier = dataclasses.replace(config.classifier, epochs=1)
    config = dataclasses.replace(config, classifier=classifier)
    assert changed(nodes(serving), nodes(serving, config)) == {
        "ClassifierTuner",
        "ClassifierTrainer",
        "BaselineModel",
        "RunReport",
    }


def tuned(models, **search):
    config = presets.cpu()
    search = dataclasses.replace(config.tune.search, **search)
    tune = configs.TuneConfig(models=models, search=search)
    return dataclasses.replace(config, tune=tune)


def test_a_search_for_the_classifier_leaves_the_autoencoder_alone(serving):
    after = nodes(serving, tuned("classifier"))
    assert changed(nodes(serving), after) == {
        "ClassifierTuner",
        "ClassifierTrainer",
        "BaselineModel",
        "RunReport",
    }


@pytest.mark.parametrize("bound", [{"trials": 9}, {"minutes": 1.0}])
def test_other_bounds_of_a_search_run_its_tuner_again(serving, bound):
    before = nodes(serving, tuned("classifier"))
    after = nodes(serving, tuned("classifier", **bound))
    assert changed(before, after) == {
        "ClassifierTuner",
        "ClassifierTrainer",
        "BaselineModel",
    }


def test_bounds_of_a_search_mean_nothing_without_one(serving):
    after = nodes(serving, tuned("none", trials=9, strategy="random"))
    assert changed(nodes(serving), after) == set()


def search_keys(config, source=SOURCE):
    searches = lineage.lineage(config, source.digest).searches
    return searches["autoencoder"], searches["classifier"]


def test_a_search_with_other_bounds_goes_on_from_the_same_trials():
    keys = search_keys(tuned("both"))
    assert search_keys(tuned("both", trials=9, minutes=1.0)) == keys
    assert search_keys(tuned("classifier")) == keys


@pytest.mark.parametrize(
    "other",
    [
        tuned("both", strategy="random"),
        tuned("both", schedule_share=0.5),
        tuned("both", patience=1),
        dataclasses.replace(tuned("both"), seed=1),
    ],
)
def test_a_search_that_is_another_one_has_trials_of_its_own(other):
    for key, same in zip(
        search_keys(other), search_keys(tuned("both")), strict=True
    ):
        assert key != same


def test_other_data_has_trials_of_its_own():
    other = dataclasses.replace(SOURCE, digest="of other data")
    for key, same in zip(
        search_keys(tuned("both"), other),
        search_keys(tuned("both")),
        strict=True,
    ):
        assert key != same


def test_a_gate_only_concerns_its_evaluator_and_the_report(serving):
    config = presets.cpu()
    gates = dataclasses.replace(config.gates, min_psnr=1.0)
    config = dataclasses.replace(config, gates=gates)
    assert changed(nodes(serving), nodes(serving, config)) == {
        "AutoencoderEvaluator",
        "RunReport",
    }


@pytest.mark.parametrize(
    ("edited", "affected"),
    [
        (
            "modules/classifier/network.py",
            {"ClassifierTrainer", "BaselineModel"},
        ),
        (
            "modules/autoencoder/network.py",
            {"AutoencoderTrainer", "ClassifierTrainer", "BaselineModel"},
        ),
        (
            "modules/caps.py",
            {
                "Transform",
                "AutoencoderTrainer",
                "ClassifierTrainer",
                "BaselineModel",
            },
        ),
        (
            "modules/evaluation/image_metrics.py",
            {"AutoencoderEvaluator", "ClassifierEvaluator", "RunReport"},
        ),
        ("modules/schema/schema.pbtxt", {"SchemaImporter"}),
        ("components/pusher/executor.py", {"Pusher", "RunReport"}),
        ("components/run_report/page.py", {"RunReport"}),
        ("components/run_report/templates/style.css", {"RunReport"}),
        ("components/run_report/templates/a_new.jinja", {"RunReport"}),
        ("components/serving_check/judges.py", {"ServingCheck"}),
        ("components/serving_check/probe.py", {"ServingCheck"}),
        ("components/anomaly_gate/executor.py", {"AnomalyGate"}),
        (
            "components/trainer/executor.py",
            {"AutoencoderTrainer", "ClassifierTrainer"},
        ),
        # Nothing is searched for: nothing is trained again.
        ("modules/tuning/oracles.py", set()),
        ("modules/tuning/results/plot.py", set()),
    ],
)
def test_an_edit_concerns_what_imports_the_file(
    serving, tmp_path, monkeypatch, edited, affected
):
    before = nodes(serving)
    edit(monkeypatch, tmp_path / "code", edited)
    assert changed(before, nodes(serving)) == affected


@pytest.mark.parametrize(
    "edited", ["tuning/oracles.py", "tuning/results/plot.py"]
)
def test_an_edit_of_the_search_concerns_what_it_found(
    serving, tmp_path, monkeypatch, edited
):
    before = nodes(serving, tuned("classifier"))
    edit(monkeypatch, tmp_path / "code", f"modules/{edited}")
    after = changed(before, nodes(serving, tuned("classifier")))
    found = {"ClassifierTrainer", "BaselineModel"}
    plotted = edited == "tuning/results/plot.py"
    assert after == {"ClassifierTuner"} | (set() if plotted else found)
