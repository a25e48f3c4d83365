"""`TF_CONFIG`: which machines train, and which of them this is."""

import json
import socket

import pytest

from modules.common.errors import UserError
from modules.multi_worker.machines import VARIABLE, Machines


def of(cluster, kind="worker", index=0):
    task = {"type": kind, "index": index}
    return Machines.of(
        {VARIABLE: json.dumps({"cluster": cluster, "task": task})}
    )


TWO = {"worker": ["a:1", "b:1"]}


@pytest.mark.parametrize(
    "environment",
    [{}, {VARIABLE: ""}, {VARIABLE: "{}"}],
    ids=["none", "empty", "no cluster"],
)
def test_a_machine_is_alone_unless_others_are_named(environment):
    alone = Machines.of(environment)
    assert not alone.addresses
    assert alone.first
    alone.require_first()
    alone.require_equal_parts(7)


def test_one_machine_is_alone():
    assert not of({"worker": ["a:1"]}).addresses


def test_workers_are_counted():
    assert of(TWO, index=1) == Machines(("a:1", "b:1"), 1)
    assert of(TWO).first
    assert not of(TWO, index=1).first


def test_a_chief_is_the_first():
    cluster = {"worker": ["a:1"], "chief": ["c:1"], "ps": ["p:1"]}
    assert of(cluster, "chief") == Machines(("c:1", "a:1"), 0)
    assert of(cluster, "worker") == Machines(("c:1", "a:1"), 1)


@pytest.mark.parametrize(
    "text",
    [
        "a:1,b:1",
        "[]",
        '{"cluster": {"worker": ["a:1", "b:1"]}}',
        '{"cluster": {"worker": ["a:1", "b:1"]},'
        ' "task": {"type": "worker", "index": 2}}',
        '{"cluster": ["a:1", "b:1"], "task": {"type": "worker", "index": 0}}',
    ],
    ids=["no JSON", "no object", "no task", "no such task", "no jobs"],
)
def test_anything_else_is_refused_in_one_line(text):
    with pytest.raises(UserError, match="names no machine") as error:
        Machines.of({VARIABLE: text})
    assert str(error.value).isprintable()


def test_the_pipeline_runs_on_the_first():
    with pytest.raises(UserError, match="machine 1 of 2, counted"):
        of(TWO, index=1).require_first()


def test_machines_get_equal_parts_of_a_batch():
    of(TWO).require_equal_parts(500)
    with pytest.raises(UserError, match="501, expected a multiple of the 2"):
        of(TWO).require_equal_parts(501)


def test_the_first_answers_while_it_listens():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        cluster = of({"worker": [address, "b:1"]}, index=1)
        assert cluster.first_answers()
    assert not cluster.first_answers()
