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

from modules import digests
from pipeline import configs, lineage, settings
from pipeline import pipeline as dag
from pipeline.data_source import DataSource

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
        config or configs.cpu(),
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
        source = Path(digests.__file__).parent.parent / package
        shutil.copytree(source, directory / package)
    with (directory / file).open("a") as source:
        source.write("# edited\n")
    edited = functools.partial(digests.source_digest, root=directory)
    for module in (dag, lineage, settings):
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
        "AnomalyGate": {"ExampleValidator"},
        "Transform": {"ImageExampleGen", "SchemaImporter", "AnomalyGate"},
        "AutoencoderTrainer": {"Transform"},
        "AutoencoderEvaluator": {"AutoencoderTrainer", "ImageExampleGen"},
        "ClassifierTrainer": {"Transform", "AutoencoderTrainer"},
        "BaselineModel": set(),
        "ClassifierEvaluator": {
            "ClassifierTrainer",
            "BaselineModel",
            "ImageExampleGen",
        },
        "ServingCheck": {"ClassifierTrainer", "ImageExampleGen"},
        "Pusher": {
            "ClassifierTrainer",
            "ServingCheck",
            "ClassifierEvaluator",
            "AutoencoderEvaluator",
        },
        "RunReport": {
            "ImageExampleGen",
            "Transform",
            "AutoencoderEvaluator",
            "ClassifierTrainer",
            "ClassifierEvaluator",
            "ServingCheck",
            "Pusher",
        },
    }


def test_the_digest_of_the_report_has_all_its_templates():
    here = Path(digests.__file__).parent.parent
    templates = {
        path.relative_to(here).as_posix()
        for path in (here / "components/run_report/templates").iterdir()
    }
    assert templates <= set(lineage.RUN_REPORT)


def test_the_same_configuration_changes_nothing(serving):
    assert changed(nodes(serving), nodes(serving)) == set()


def test_a_new_seed_leaves_the_data_alone(serving):
    reseeded = dataclasses.replace(configs.cpu(), seed=1)
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
        "AutoencoderTrainer",
        "ClassifierTrainer",
        "BaselineModel",
    }


def test_a_classifier_setting_leaves_the_autoencoder_alone(serving):
    config = configs.cpu()
    classifier = dataclasses.replace(config.classifier, epochs=1)
    config = dataclasses.replace(config, classifier=classifier)
    assert changed(nodes(serving), nodes(serving, config)) == {
        "ClassifierTrainer",
        "BaselineModel",
    }


def test_a_gate_only_concerns_its_evaluator(serving):
    config = configs.cpu()
    gates = dataclasses.replace(config.gates, min_psnr=1.0)
    config = dataclasses.replace(config, gates=gates)
    assert changed(nodes(serving), nodes(serving, config)) == {
        "AutoencoderEvaluator"
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
        ("components/serving_check/judges.py", {"ServingCheck"}),
        ("components/serving_check/probe.py", {"ServingCheck"}),
        ("components/anomaly_gate/executor.py", {"AnomalyGate"}),
    ],
)
def test_an_edit_concerns_what_imports_the_file(
    serving, tmp_path, monkeypatch, edited, affected
):
    before = nodes(serving)
    edit(monkeypatch, tmp_path / "code", edited)
    assert changed(before, nodes(serving)) == affected
