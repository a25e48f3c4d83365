"""The volumes and the pod to work in: what Kubernetes and the steps expect."""

import json
import shutil
import subprocess
from pathlib import Path

import kubernetes
import pytest
import yaml

from kubeflow.image.name import default_image

BASE = Path(__file__).parents[2] / "kubeflow" / "kubernetes" / "base"
CHOWN = BASE.parent / "chown"
SERVING = BASE.parents[2] / "serving" / "kubernetes" / "base"
MODELS = {
    "PersistentVolumeClaim": "V1PersistentVolumeClaim",
    "Pod": "V1Pod",
}
VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
    *("persistentVolumeClaim", "projected", "secret"),
}
"""What the pod security standard `restricted` allows."""


def manifests():
    return [
        document
        for name in load(BASE / "kustomization.yaml")["resources"]
        for document in yaml.safe_load_all((BASE / name).read_text())
    ]


def load(path):
    return yaml.safe_load(path.read_text())


def pod():
    (found,) = (each for each in manifests() if each["kind"] == "Pod")
    return found["spec"]


def not_restricted(spec):
    """What the pod security standard `restricted` would refuse.

    After kubernetes.io/docs/concepts/security/pod-security-standards, as far as
    the fields are in use here; those of `baseline` are absent.
    """
    whole = spec.get("securityContext", {})
    for volume in spec.get("volumes", ()):
        if not volume.keys() <= VOLUMES | {"name"}:
            yield f"volume {volume['name']}"
    for container in [*spec.get("initContainers", ()), *spec["containers"]]:
        own = container.get("securityContext", {})
        both = whole | own
        if own.get("allowPrivilegeEscalation") is not False:
            yield "allowPrivilegeEscalation"
        if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
            yield "root"
        if both.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield "seccompProfile"
        capabilities = own.get("capabilities", {})
        if capabilities.get("drop") != ["ALL"]:
            yield "capabilities.drop"
        if set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}:
            yield "capabilities.add"


@pytest.mark.parametrize(
    "values", manifests(), ids=lambda values: values["metadata"]["name"]
)
def test_a_manifest_is_what_kubernetes_knows_and_no_more(values):
    """Its model drops what it does not know and refuses what is missing."""
    client = kubernetes.client.ApiClient()
    answer = type("Answer", (), {"data": json.dumps(values)})
    typed = client.deserialize(answer, MODELS[values["kind"]])
    assert client.sanitize_for_serialization(typed) == values


def test_the_pod_has_both_claims_and_so_does_the_server():
    claims = {
        each["metadata"]["name"]
        for each in manifests()
        if each["kind"] == "PersistentVolumeClaim"
    }
    mounted = {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod()["volumes"]
    }
    assert mounted == claims
    server = load(SERVING / "deployment.yaml")["spec"]["template"]["spec"]
    assert any(
        volume.get("persistentVolumeClaim", {}).get("claimName") in claims
        for volume in server["volumes"]
    )


def test_the_pod_satisfies_the_standard_restricted():
    assert list(not_restricted(pod())) == []


def test_the_pod_is_the_images_user_and_gives_the_volumes_to_its_group():
    context = pod()["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"]) == (1000, 0)
    assert context["fsGroup"] == context["runAsGroup"]


def test_where_that_does_not_work_root_gives_them_and_does_no_more():
    patch = load(CHOWN / "give-volumes.yaml")
    assert patch["kind"] == "Pod"
    (give,) = patch["spec"]["initContainers"]
    spec = pod() | {"initContainers": [give]}
    assert set(not_restricted(spec)) == {"root", "capabilities.add"}
    assert give["securityContext"]["capabilities"]["add"] == ["CHOWN"]
    assert give["command"][:2] == ["chown", "1000:0"]
    (desk,) = pod()["containers"]
    assert give["volumeMounts"] == desk["volumeMounts"]
    mounts = [mount["mountPath"] for mount in give["volumeMounts"]]
    assert give["command"][2:] == mounts


@pytest.mark.parametrize("directory", [BASE, CHOWN])
def test_the_image_is_the_default_one(directory):
    (image,) = load(directory / "kustomization.yaml")["images"]
    assert f"{image['newName']}:{image['newTag']}" == default_image()


@pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl")
@pytest.mark.parametrize(("directory", "containers"), [(BASE, 1), (CHOWN, 2)])
def test_the_image_goes_into_all_containers(directory, containers):
    built = subprocess.run(
        ["kubectl", "kustomize", str(directory)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    images = [line.strip() for line in built.splitlines() if "image:" in line]
    assert images == [f"image: {default_image()}"] * containers
