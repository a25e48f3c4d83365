"""What the operator grants, as the command line writes it."""

import pytest
import typer

from kubeflow.compiler import grants
from kubeflow.compiler.cluster import Cluster, Nodes, SecretVariable, Toleration
from modules.common.errors import UserError


def test_volumes_have_directories():
    found = grants.places(["cifar10-data=/mnt/data", "models.v1=/mnt/serving"])
    assert found == {"cifar10-data": "/mnt/data", "models.v1": "/mnt/serving"}


def test_nodes_have_labels_and_taints():
    found = grants.nodes(
        ["node.kubernetes.io/instance-type=a2", "empty="],
        ["nvidia.com/gpu:NoSchedule", "dedicated=ml:NoExecute"],
    )
    assert found == Nodes(
        labels={"node.kubernetes.io/instance-type": "a2", "empty": ""},
        tolerations=(
            Toleration(key="nvidia.com/gpu", value=None, effect="NoSchedule"),
            Toleration(key="dedicated", value="ml", effect="NoExecute"),
        ),
    )


def test_keys_of_secrets_become_variables():
    assert grants.variable("store:s3.key=S3_KEY") == SecretVariable(
        secret="store", key="s3.key", variable="S3_KEY"
    )


@pytest.mark.parametrize(
    "text",
    ["data", "data=", "data=mnt", "=/mnt", "Data=/mnt", "d_=/m", "a=/m:/n"],
)
def test_what_is_no_volume_is_refused(text):
    with pytest.raises(typer.BadParameter, match="NAME=DIR"):
        grants.places([text])


@pytest.mark.parametrize("text", ["gpu", "=gpu", "a b=c", "a=b c", "-a=b"])
def test_what_is_no_label_is_refused(text):
    with pytest.raises(typer.BadParameter, match="KEY=VALUE"):
        grants.nodes([text], [])


@pytest.mark.parametrize("text", ["gpu", "gpu:Never", ":NoSchedule", "a=b"])
def test_what_is_no_taint_is_refused(text):
    with pytest.raises(typer.BadParameter, match="PreferNoSchedule"):
        grants.nodes([], [text])


@pytest.mark.parametrize(
    "text", ["s", "s:k", "s:k=", "s:k=1X", "S:k=X", ":k=X"]
)
def test_what_is_no_key_of_a_secret_is_refused(text):
    with pytest.raises(typer.BadParameter, match="NAME:KEY=VARIABLE"):
        grants.variable(text)


@pytest.mark.parametrize(
    "repeat",
    [
        lambda: grants.places(["data=/a", "data=/b"]),
        lambda: grants.nodes(["pool=a", "pool=b"], []),
    ],
)
def test_a_name_is_given_once(repeat):
    with pytest.raises(typer.BadParameter, match="both"):
        repeat()


def test_two_things_are_not_in_one_place():
    with pytest.raises(UserError, match=r"directory /x .* 2 times"):
        Cluster(volumes={"a": "/x"}, secrets={"b": "/x"})
    twice = (
        SecretVariable(secret="a", key="k", variable="X"),
        SecretVariable(secret="b", key="k", variable="X"),
    )
    with pytest.raises(UserError, match=r"variable X .* 2 times"):
        Cluster(variables=twice)
