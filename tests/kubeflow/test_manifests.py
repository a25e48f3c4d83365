"""The volumes and the pod to work at: what Kubernetes and the steps expect."""

import json
import shutil
import subprocess
from pathlib import Path

import kubernetes
import pytest
import yaml

from kubeflow.image.name import default_image

DIRECTORY = Path(__file__).parents[2] / "kubeflow" / "kubernetes"
SERVING = DIRECTORY.parents[1] / "serving" / "kubernetes" / "base"
MODELS = {
    "PersistentVolumeClaim": "V1PersistentVolumeClaim",
    "Pod": "V1Pod",
}


def manifests():
    return [
        document
        for name in load(DIRECTORY / "kustomization.yaml")["resources"]
        for document in yaml.safe_load_all((DIRECTORY / name).read_text())
    ]


def load(path):
    return yaml.safe_load(path.read_text())


def pod():
    (found,) = (each for each in manifests() if each["kind"] == "Pod")
    return found["spec"]


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


def test_only_the_giving_of_volumes_is_roots():
    (give,), (desk,) = pod()["initContainers"], pod()["containers"]
    assert desk["securityContext"]["runAsNonRoot"]
    assert "runAsUser" not in desk["securityContext"]
    assert give["command"][:2] == ["chown", "1000:0"]
    assert give["securityContext"]["capabilities"]["add"] == ["CHOWN"]
    mounts = [mount["mountPath"] for mount in give["volumeMounts"]]
    assert give["command"][2:] == mounts


def test_the_image_is_the_default_one():
    (image,) = load(DIRECTORY / "kustomization.yaml")["images"]
    assert f"{image['newName']}:{image['newTag']}" == default_image()


@pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl")
def test_the_image_goes_into_all_containers():
    built = subprocess.run(
        ["kubectl", "kustomize", str(DIRECTORY)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    images = [line.strip() for line in built.splitlines() if "image:" in line]
    assert images == [f"image: {default_image()}"] * 2
