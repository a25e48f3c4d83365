"""Each file that a server or a cluster reads, by the official schemas."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import fastjsonschema
import kubernetes
import pytest
import yaml
from google.protobuf import text_format

from serving import labels

SERVING = Path(labels.__file__).parent
CONFIG = SERVING / "config"
SCHEMAS = Path(__file__).parent / "schemas"
BASE = SERVING / "kubernetes" / "base"
MANIFESTS = {
    "deployment": "V1Deployment",
    "service": "V1Service",
    "autoscaler": "V2HorizontalPodAutoscaler",
}
COMPOSE = ["compose.yaml", "compose.batching.yaml"]


@pytest.fixture(scope="module")
def official(tmp_path_factory):
    """The messages that TF Serving parses its files with, by name."""
    directory = tmp_path_factory.mktemp("protos")
    tensorflow = tmp_path_factory.mktemp("tensorflow")
    # BatchingParameters uses none of what its file imports from TensorFlow.
    text = (SCHEMAS / "session_bundle_config.proto").read_text()
    start = text.index("message BatchingParameters {")
    end = text.index("\n}\n", start) + 3
    (directory / "batching_parameters.proto").write_text(
        'syntax = "proto3";\npackage tensorflow.serving.test;\n'
        'import "google/protobuf/wrappers.proto";\n' + text[start:end]
    )
    shutil.copy(SCHEMAS / "monitoring_config.proto", directory)
    subprocess.run(
        [
            *(sys.executable, "-m", "grpc_tools.protoc"),
            *(f"--proto_path={directory}", f"--python_out={tensorflow}"),
            *("batching_parameters.proto", "monitoring_config.proto"),
        ],
        check=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tensorflow))
        batching = importlib.import_module("batching_parameters_pb2")
        monitoring = importlib.import_module("monitoring_config_pb2")
    return {
        "batching": batching.BatchingParameters,
        "monitoring": monitoring.MonitoringConfig,
    }


def parsed(official, name):
    text = (CONFIG / f"{name}.config").read_text()
    return text_format.Parse(text, official[name]())


def test_models_config_has_a_version_policy_and_both_labels():
    server = labels.parse((CONFIG / "models.config").read_text())
    (model,) = server.model_config_list.config
    assert model.model_version_policy.WhichOneof("policy_choice") == "all"
    assert set(model.version_labels) == set(labels.LABELS)
    assert model.base_path == f"{labels.MOUNT}/{model.name}"


def test_batching_is_as_the_server_demands(official):
    batching = parsed(official, "batching")
    allowed = list(batching.allowed_batch_sizes)
    assert allowed == sorted(set(allowed))
    assert allowed[-1] == batching.max_batch_size.value
    largest = batching.max_execution_batch_size.value
    assert largest <= batching.max_batch_size.value


def test_monitoring_is_for_prometheus_at_the_path_that_is_scraped(official):
    prometheus = parsed(official, "monitoring").prometheus_config
    assert prometheus.enable
    pod = manifest("deployment")["spec"]["template"]["metadata"]
    assert pod["annotations"]["prometheus.io/path"] == prometheus.path


@pytest.mark.parametrize("name", COMPOSE)
def test_the_compose_files_follow_the_compose_specification(name):
    schema = json.loads((SCHEMAS / "compose-spec.json").read_text())
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    fastjsonschema.compile(schema)(load(SERVING / name))


def test_compose_mounts_the_directory_and_writes_nothing():
    (service,) = load(SERVING / "compose.yaml")["services"].values()
    assert service["read_only"]
    assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["user"].split(":")[0] != "0"


def test_batching_differs_in_batching_alone():
    plain, batching = (
        next(iter(load(SERVING / name)["services"].values()))["command"]
        for name in COMPOSE
    )
    added = [
        "--enable_batching=true",
        "--batching_parameters_file=/config/batching.config",
    ]
    assert batching == [*plain, *added]
    (patch,) = load(BASE.parent / "batching" / "kustomization.yaml")["patches"]
    assert [step["value"] for step in yaml.safe_load(patch["patch"])] == added


def test_compose_and_kubernetes_start_the_server_alike():
    (service,) = load(SERVING / "compose.yaml")["services"].values()
    container = pod()["containers"][0]
    assert service["image"] == container["image"]
    flags = {flag.split("=")[0]: flag for flag in service["command"]}
    for argument in container["args"]:
        assert flags[argument.split("=")[0]] == argument


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_is_what_kubernetes_knows_and_no_more(name):
    """Its model drops what it does not know and refuses what is missing."""
    values = manifest(name)
    client = kubernetes.client.ApiClient()
    answer = type("Answer", (), {"data": json.dumps(values)})
    typed = client.deserialize(answer, MANIFESTS[name])
    assert client.sanitize_for_serialization(typed) == values


def test_the_pod_has_probes_limits_and_no_rights():
    container = pod()["containers"][0]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"]
    assert not context["allowPrivilegeEscalation"]
    assert context["capabilities"]["drop"] == ["ALL"]
    assert pod()["securityContext"]["runAsNonRoot"]
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert set(mounts) == {volume["name"] for volume in pod()["volumes"]}
    assert mounts["models"]["readOnly"]


def test_the_service_and_the_autoscaler_find_the_pods():
    deployment = manifest("deployment")
    selector = manifest("service")["spec"]["selector"]
    assert selector == deployment["spec"]["selector"]["matchLabels"]
    labelled = deployment["spec"]["template"]["metadata"]["labels"]
    assert selector.items() <= labelled.items()
    target = manifest("autoscaler")["spec"]["scaleTargetRef"]
    assert target["name"] == deployment["metadata"]["name"]
    ports = {port["name"] for port in pod()["containers"][0]["ports"]}
    served = manifest("service")["spec"]["ports"]
    assert {port["targetPort"] for port in served} == ports


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl here")
@pytest.mark.parametrize("overlay", ["base", "batching"])
def test_kustomize_builds(overlay):
    built = subprocess.run(
        ["kubectl", "kustomize", str(BASE.parent / overlay)],
        capture_output=True,
        text=True,
        check=True,
    )
    kinds = {each["kind"] for each in yaml.safe_load_all(built.stdout)}
    assert kinds == {
        "ConfigMap",
        "Deployment",
        "Service",
        "HorizontalPodAutoscaler",
    }
    assert ("--enable_batching=true" in built.stdout) == (overlay == "batching")


def load(path):
    return yaml.safe_load(path.read_text())


def manifest(name):
    return load(BASE / f"{name}.yaml")


def pod():
    return manifest("deployment")["spec"]["template"]["spec"]


def test_no_file_asks_for_what_may_change_under_it():
    for path in SERVING.rglob("*.yaml"):
        assert not re.search(r"image: \S+:latest", path.read_text())
