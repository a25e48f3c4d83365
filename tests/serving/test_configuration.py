"""Each file that a server or a cluster reads, by the official schemas."""

import inspect
import json
import re
import shutil
import subprocess
from pathlib import Path

import fastjsonschema
import kubernetes
import pytest
import yaml

from components.pusher.models_config import parse
from serving import up
from serving.client import Client
from serving.versions import labels, models_config
from tests.support.serving import stand_ins
from tests.support.serving.fixtures import pushed

SERVING = Path(models_config.__file__).parents[1]
CONFIG = SERVING / "config"
SCHEMAS = Path(__file__).parent / "schemas"
BASE = SERVING / "kubernetes" / "base"
MANIFESTS = {
    "deployment": "V1Deployment",
    "service": "V1Service",
    "replicas": "V1Service",
    "autoscaler": "V2HorizontalPodAutoscaler",
}
# model_servers/main.cc and model_servers/server.h, tensorflow/serving 2.20.0.
MAX_NUM_LOAD_RETRIES = 5


def test_models_config_serves_what_is_labelled():
    server = parse((CONFIG / "models.config").read_text())
    (model,) = server.model_config_list.config
    assert set(model.version_labels) == set(labels.LABELS)
    assert models_config.served(model) == set(model.version_labels.values())
    assert model.base_path == f"{models_config.MOUNT}/{model.name}"


def test_the_compose_file_follows_the_compose_specification():
    schema = json.loads((SCHEMAS / "compose-spec.json").read_text())
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    fastjsonschema.compile(schema)(load(SERVING / "compose.yaml"))


def test_compose_mounts_the_directory_and_writes_nothing():
    (service,) = load(SERVING / "compose.yaml")["services"].values()
    assert service["read_only"]
    assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["user"].split(":")[0] != "0"


def test_compose_and_kubernetes_start_the_server_alike():
    (service,) = load(SERVING / "compose.yaml")["services"].values()
    container = pod()["containers"][0]
    assert service["image"] == container["image"]
    flags = {flag.split("=")[0]: flag for flag in service["command"]}
    for argument in container["args"]:
        assert flags[argument.split("=")[0]] == argument


def test_a_server_without_docker_is_started_alike(tmp_path):
    pushed(tmp_path / "cifar10" / "1")
    line = up.advice("Docker is not installed", tmp_path)
    (service,) = load(SERVING / "compose.yaml")["services"].values()
    for flag in service["command"]:
        name, _, _ = flag.partition("=/")  # Paths are the host's own.
        assert any(word.startswith(name) for word in line.split()), flag


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


def kustomize():
    """The command that builds a kustomization here; None if there is none."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return ["kubectl", "kustomize"] if shutil.which("kubectl") else None


@pytest.mark.skipif(
    not kustomize(), reason="neither kustomize nor kubectl is installed"
)
@pytest.mark.parametrize(
    ("folder", "kinds"),
    [
        (
            "base",
            ["ConfigMap", "Deployment", "HorizontalPodAutoscaler"]
            + ["Service"] * 2,
        ),
        ("kserve", ["InferenceService"]),
    ],
)
def test_kustomize_builds(folder, kinds):
    built = subprocess.run(
        [*kustomize(), str(BASE.parent / folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = list(yaml.safe_load_all(built.stdout))
    assert sorted(each["kind"] for each in found) == kinds


def strict(schema):
    """The schema with every field that it does not name forbidden."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(each) for name, each in schema.items()}
    if isinstance(made.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    if made.pop("x-kubernetes-int-or-string", False):
        made["type"] = ["integer", "string"]
    return made


def test_the_inference_service_follows_kserves_schema():
    schema = json.loads((SCHEMAS / "kserve-inferenceservice.json").read_text())
    schema["properties"]["metadata"] = {}  # Kubernetes' own.
    check = fastjsonschema.compile(strict(schema))
    service = load(BASE.parent / "kserve" / "inferenceservice.yaml")
    check(service)
    service["spec"]["predictor"]["canaryPercent"] = 10
    with pytest.raises(fastjsonschema.JsonSchemaException, match="canaryP"):
        check(service)


def test_startup_waits_for_all_retries_of_a_load():
    """What cannot be loaded is given up before the pod is."""
    container = pod()["containers"][0]
    (flag,) = (a for a in container["args"] if "load_retry_interval" in a)
    retrying = MAX_NUM_LOAD_RETRIES * int(flag.partition("=")[2]) / 1e6
    probe = container["startupProbe"]
    allowed = probe["periodSeconds"] * probe["failureThreshold"]
    assert allowed > retrying + 60, "a minute is for loading"


def test_a_pod_that_ends_drains_for_longer_than_a_client_waits():
    container = pod()["containers"][0]
    _, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    patience = inspect.signature(Client).parameters["timeout"].default
    assert patience < int(seconds) < pod()["terminationGracePeriodSeconds"]
    (service,) = load(SERVING / "compose.yaml")["services"].values()
    assert int(service["stop_grace_period"].rstrip("s")) > patience


def probes():
    """The commands that ask one image, of Kubernetes and of Compose."""
    (service,) = load(SERVING / "compose.yaml")["services"].values()
    return {
        "kubernetes": pod()["containers"][0]["readinessProbe"]["exec"][
            "command"
        ],
        "compose": [
            part.replace("$$", "$") for part in service["healthcheck"]["test"]
        ][1:],
    }


@pytest.mark.parametrize("kind", ["kubernetes", "compose"])
def test_the_readiness_probe_asks_one_image(kind, server):
    def ready(address):
        *shell, line = probes()[kind]
        host, port = address.split(":")
        line = line.replace("/config/", f"{CONFIG}/")
        line = line.replace("127.0.0.1/8501", f"{host}/{port}")
        done = subprocess.run([*shell, line], capture_output=True, timeout=20)
        return done.returncode == 0

    assert ready(server.rest)
    assert not ready("127.0.0.1:1")
    with stand_ins.rest_server(lambda: (400, b"{}")) as broken:
        assert not ready(broken)


def test_the_probes_request_is_whole():
    text = (CONFIG / "readiness.http").read_bytes()
    head, _, body = text.partition(b"\n\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert set(json.loads(body)) == {"signature_name", "inputs"}


def load(path):
    return yaml.safe_load(path.read_text())


def manifest(name):
    return load(BASE / f"{name}.yaml")


def pod():
    return manifest("deployment")["spec"]["template"]["spec"]


def test_no_file_asks_for_what_may_change_under_it():
    for path in SERVING.rglob("*.yaml"):
        assert not re.search(r"image: \S+:latest", path.read_text())


def test_no_server_merges_the_requests_of_several_clients():
    """An error in one fails all that were merged; see docs/SERVING.md."""
    for path in SERVING.rglob("*.yaml"):
        assert "batching" not in path.read_text()
