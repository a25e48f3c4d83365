"""Metrics, alerts and the dashboard, by TF Serving's own names."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from google.protobuf import text_format

from serving.versions import models_config

SERVING = Path(models_config.__file__).parents[1]
SCHEMAS = Path(__file__).parent / "schemas"
DEPLOYMENT = SERVING / "kubernetes" / "base" / "deployment.yaml"

MONITORING = SERVING / "monitoring"


# tensorflow/serving 2.20.0: servables/tensorflow/util.cc, as
# util/prometheus_exporter.cc writes the names.
METRICS = {
    ":tensorflow:serving:request_count": {"model_name", "status"},
    ":tensorflow:serving:request_latency": {"model_name", "API", "entrypoint"},
    ":tensorflow:serving:runtime_latency": {"model_name", "API", "runtime"},
}


@pytest.fixture(scope="module")
def monitoring(tmp_path_factory):
    """The message that TF Serving parses monitoring.config with."""
    directory = tmp_path_factory.mktemp("protos")
    shutil.copy(SCHEMAS / "monitoring_config.proto", directory)
    subprocess.run(
        [
            *(sys.executable, "-m", "grpc_tools.protoc"),
            *(f"--proto_path={directory}", f"--python_out={directory}"),
            "monitoring_config.proto",
        ],
        check=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(directory))
        module = importlib.import_module("monitoring_config_pb2")
    text = (SERVING / "config" / "monitoring.config").read_text()
    return text_format.Parse(text, module.MonitoringConfig())


def test_monitoring_is_for_prometheus_at_the_path_that_is_scraped(monitoring):
    prometheus = monitoring.prometheus_config
    assert prometheus.enable
    pod = yaml.safe_load(DEPLOYMENT.read_text())["spec"]["template"]["metadata"]
    assert pod["annotations"]["prometheus.io/path"] == prometheus.path


@pytest.mark.skipif(
    not shutil.which("promtool"),
    reason="promtool is not installed (Debian: prometheus)",
)
def test_promtool_accepts_the_alerts_and_their_tests():
    for command in (
        ["check", "rules", "alerts.yaml"],
        [*("test", "rules", "alerts_test.yaml")],
    ):
        subprocess.run(["promtool", *command], check=True, cwd=MONITORING)


def expressions():
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][
        0
    ]["rules"]
    yield from (rule["expr"] for rule in rules)
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_every_metric_and_label_is_one_that_the_server_has():
    for expression in expressions():
        for name, chosen in re.findall(
            r"(:[a-z_:]+)(?:\{(.*?)\})?", expression
        ):
            metric = re.sub("_(bucket|count|sum)$", "", name)
            metric = name if name in METRICS else metric
            asked = set(re.findall(r'(\w+)[!=~]+"', chosen))
            assert asked <= METRICS[metric], expression
        for names in re.findall(r"by \((.*?)\)", expression):
            known = set().union(*METRICS.values(), {"le"})
            assert set(names.split(", ")) <= known
