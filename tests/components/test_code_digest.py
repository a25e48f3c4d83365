"""Components take the digest of their own code."""

import functools
import shutil

import pytest
from tfx.types import standard_artifacts
from tfx.types.channel import Channel

from components import code_digest
from components.anomaly_gate.component import AnomalyGate
from components.run_report.component import RunReportSpec
from components.trainer.component import Trainer
from modules.common import digests


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A copy of the code that the digests are taken of."""
    for package in digests.PACKAGES:
        shutil.copytree(digests._ROOT / package, tmp_path / package)
    taken = functools.partial(digests.source_digest, root=tmp_path)
    monkeypatch.setattr(code_digest, "source_digest", taken)
    return tmp_path


def of_gate():
    gate = AnomalyGate(
        anomalies=Channel(type=standard_artifacts.ExampleAnomalies),
        statistics=Channel(type=standard_artifacts.ExampleStatistics),
        examples=Channel(type=standard_artifacts.Examples),
        schema=Channel(type=standard_artifacts.Schema),
        push_destination="/serving/m",
        data_digest="d",
        baseline_version="",
        class_names=["cat"],
    )
    return gate.exec_properties["code_digest"]


def of_trainer(**config):
    channel = Channel(type=standard_artifacts.Examples)
    trainer = Trainer(
        run_fn="modules.autoencoder.trainer.run_fn",
        examples=channel,
        custom_config=config,
    )
    return trainer.exec_properties["custom_config"]


def test_the_executor_is_the_default(root):
    before = of_gate()
    (root / "components/pusher/executor.py").write_text("")
    assert of_gate() == before
    (root / "components/anomaly_gate/executor.py").write_text("")
    assert of_gate() != before


def test_user_code_counts_in_a_stock_component(root):
    before = of_trainer(seed=1)
    assert '"seed": 1' in before
    (root / "modules/autoencoder/trainer.py").write_text("")
    assert of_trainer(seed=1) != before


def test_a_spec_keeps_its_own_parameters():
    assert RunReportSpec.PARAMETERS.keys() == {"code_digest", "settings"}
