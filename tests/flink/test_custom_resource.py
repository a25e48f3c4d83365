"""The session cluster for Kubernetes against the operator's own schema."""

import zipfile
from pathlib import Path

import jsonschema
import pytest
import yaml

from pipeline import beam
from tests.support.flink import jars

pytestmark = pytest.mark.flink
MANIFESTS = Path(__file__).parents[2] / "kubeflow" / "kubernetes" / "flink"
CRD = "META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml"


@pytest.fixture(scope="module")
def definition():
    """The CustomResourceDefinition of a FlinkDeployment."""
    try:
        directory = jars.operator()
    except jars.Unavailable as missing:
        pytest.skip(f"the operator's schema cannot be had here: {missing}")
    (jar,) = directory.glob("*.jar")
    return yaml.safe_load(zipfile.ZipFile(jar).read(CRD))


@pytest.fixture
def deployment():
    return yaml.safe_load((MANIFESTS / "flink.yaml").read_text())


@pytest.fixture
def check(definition):
    """A function that raises what is wrong with a FlinkDeployment."""
    (version,) = (
        v for v in definition["spec"]["versions"] if v["name"] == "v1beta1"
    )
    return jsonschema.Draft4Validator(
        closed(version["schema"]["openAPIV3Schema"])
    ).validate


def closed(schema):
    """The schema, in which no unknown field is accepted, as by `strict`."""
    if not isinstance(schema, dict):
        return schema
    changed = {
        key: {name: closed(each) for name, each in value.items()}
        if key == "properties"
        else closed(value)
        for key, value in schema.items()
    }
    if "x-kubernetes-int-or-string" in schema:
        return {"type": ["integer", "string"]}
    if "properties" in schema:
        changed["additionalProperties"] = False
    return changed


def known(deployment):
    """All but what Kubernetes itself defines."""
    return {"spec": deployment["spec"]}


def test_the_operator_accepts_the_cluster(check, deployment):
    check(known(deployment))


def test_the_schema_would_find_a_mistake(check, deployment):
    deployment["spec"]["taskManager"]["replica"] = 2
    with pytest.raises(jsonschema.ValidationError, match="replica"):
        check(known(deployment))


def test_the_profile_names_what_the_manifests_have(deployment):
    profile = beam.Profile.of(str(MANIFESTS / "profile.toml"))
    (worker,) = deployment["spec"]["taskManager"]["podTemplate"]["spec"][
        "containers"
    ]
    port = worker["ports"][0]["containerPort"]
    assert profile.environment == f"localhost:{port}"
    *_, service = yaml.safe_load_all(
        (MANIFESTS / "job-server.yaml").read_text()
    )
    name, port = service["metadata"]["name"], service["spec"]["ports"][0]
    assert profile.endpoint == f"{name}:{port['port']}"
