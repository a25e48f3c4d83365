"""Metrics, alerts and the dashboard, by TF Serving's own names."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import promql_parser
import pytest
import yaml
from google.protobuf import text_format

from serving.versions import models_config

SERVING = Path(models_config.__file__).parents[1]
SCHEMAS = Path(__file__).parent / "schemas"
DEPLOYMENT = SERVING / "kubernetes" / "base" / "deployment.yaml"
MONITORING = SERVING / "monitoring"

# tensorflow/serving 2.20.0: servables/tensorflow/util.cc, as
# util/prometheus_exporter.cc writes the names; and what Prometheus adds.
METRICS = {
    "up": {"job"},
    ":tensorflow:serving:request_count": {"model_name", "status"},
    ":tensorflow:serving:request_latency_count": {
        *("model_name", "API", "entrypoint"),
    },
    ":tensorflow:serving:request_latency_bucket": {
        *("model_name", "API", "entrypoint", "le"),
    },
    ":tensorflow:serving:runtime_latency_bucket": {
        *("model_name", "API", "runtime", "le"),
    },
}
# What API is where an image is classified: gRPC's name of it, but REST's is in
# the path (model_servers/prediction_service_impl.cc, http_server.cc); the
# graph's is always the same (predict_util.cc). Other REST requests have none.
APIS = ("Predict", "predict", "")
PREDICT = {
    ":tensorflow:serving:request_latency": {"Predict", "predict"},
    ":tensorflow:serving:runtime_latency": {"Predict"},
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
    """Each PromQL expression, parsed, and what it is for."""
    (group,) = yaml.safe_load((MONITORING / "alerts.yaml").read_text())[
        "groups"
    ]
    found = {rule["alert"]: rule["expr"] for rule in group["rules"]}
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            found[f"{panel['title']} {target['refId']}"] = target[
                "expr"
            ].replace("$__rate_interval", "5m")
    return [
        pytest.param(promql_parser.parse(expression), id=name)
        for name, expression in found.items()
    ]


def nodes(expression, kind):
    """The parts of an expression that are of a kind."""
    found = []
    promql_parser.walk(expression, found.append)
    return [each for each in found if isinstance(each, kind)]


def selectors(expression):
    """The metrics that an expression reads, with their matchers."""
    ranges = nodes(expression, promql_parser.MatrixSelector)
    return [
        *nodes(expression, promql_parser.VectorSelector),
        *(each.vector_selector for each in ranges),
    ]


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_is_one_that_the_server_has(expression):
    read = selectors(expression)
    assert read
    for selector in read:
        chosen = {each.name for each in selector.matchers.matchers}
        assert chosen <= METRICS[selector.name]
    known = set.intersection(*(METRICS[each.name] for each in read))
    for each in nodes(expression, promql_parser.AggregateExpr):
        assert each.modifier is None or set(each.modifier.labels) <= known


@pytest.mark.parametrize("expression", expressions())
def test_latencies_are_those_of_both_transports(expression):
    for selector in selectors(expression):
        for matcher in selector.matchers.matchers:
            if matcher.name == "API":
                metric = selector.name.rpartition("_")[0]
                asked = {
                    api for api in APIS if re.fullmatch(matcher.value, api)
                }
                assert asked == PREDICT[metric]
