"""`cifar10 kubeflow submit`: the real client against a made-up server."""

import io
import re

import pytest
from rich.console import Console

from cli import main
from kubeflow.client import submit as submitting
from kubeflow.client.connection import Access
from kubeflow.client.job import Job
from modules.common.errors import UserError
from tests.kubeflow.conftest import SPEC


def submit(
    package, host, *, screen=None, arguments=(), pipeline_root=None, **options
):
    return submitting.submit(
        Job(
            package=package,
            arguments=dict(arguments),
            pipeline_root=pipeline_root,
        ),
        access=Access(host=host),
        screen=screen or Console(),
        poll_seconds=0,
        **{"wait": False} | options,
    )


def test_a_run_is_created_and_its_link_printed(api, host, package, capsys):
    assert submit(package, host, pipeline_root="minio://b/p")
    assert capsys.readouterr().out == f"{host}/#/runs/details/r\n"
    assert api.posted["runtime_config"]["pipeline_root"] == "minio://b/p"
    assert (
        api.posted["pipeline_spec"]["pipeline_spec"]["pipelineInfo"]
        == SPEC["pipelineInfo"]
    )
    assert api.experiments == {"cifar10": "e"}


def test_parameters_are_sent_and_the_rest_is_as_compiled(api, host, package):
    submit(package, host, arguments={"seed": 1})
    assert api.posted["runtime_config"]["parameters"] == {"seed": 1}


@pytest.mark.parametrize(("digest", "cached"), [("1" * 64, True), ("", None)])
def test_the_cache_is_for_images_that_are_known(
    api, host, package, digest, cached
):
    submit(package, host, arguments={"data_digest": digest})
    tasks = api.posted["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]
    assert tasks["Transform"]["cachingOptions"].get("enableCache") == cached


@pytest.mark.parametrize(
    ("end", "succeeded", "last_line"),
    [
        ("SUCCEEDED", True, "run: succeeded"),
        ("FAILED", False, "run: failed"),
    ],
)
def test_a_run_is_watched_to_its_end(
    api, host, package, capsys, end, succeeded, last_line
):
    api.states = ["RUNNING", "RUNNING", end]
    assert submit(package, host, wait=True) == succeeded
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Transform: running",
        f"Transform: {end.lower()}",
        last_line,
    ]


def test_a_cancelled_run_is_said_to_be_cancelled(api, host, package, capsys):
    """Kubeflow has it end as FAILED."""
    api.states = ["RUNNING", "CANCELING", "FAILED"]
    assert not submit(package, host, wait=True)
    assert capsys.readouterr().out.splitlines()[-1] == "run: cancelled"


LOST = {"type": "Pod", "phase": "Error", "message": "pod deleted"}


def test_a_run_that_the_cluster_ended_is_submitted_again(
    api, host, package, capsys
):
    api.workflow = {"status": {"nodes": {"n": LOST}}}
    api.states = ["FAILED", "SUCCEEDED"]
    assert submit(package, host, wait=True, retries=2)
    assert len(api.runs) == 2
    lines = capsys.readouterr().out.splitlines()
    assert "run: failed by the cluster" in lines
    assert "submitting it again (2 left)" in lines
    assert lines[-1] == "run: succeeded"


def test_but_no_more_often_than_asked(api, host, package):
    api.workflow = {"status": {"nodes": {"n": LOST}}}
    api.states = ["FAILED"] * 3
    assert not submit(package, host, wait=True, retries=2)
    assert len(api.runs) == 3


def test_a_run_that_a_step_ended_is_not(api, host, package):
    own = {"phase": "Failed", "message": "main: Error (exit code 1)"}
    own |= {"templateName": "retry-system-container-impl"}
    api.workflow = {"status": {"nodes": {"n": LOST | own}}}
    api.states = ["FAILED"]
    assert not submit(package, host, wait=True, retries=2)
    assert len(api.runs) == 1


@pytest.mark.parametrize(
    ("end", "picture"),
    [("SUCCEEDED", "✓ Transform done"), ("FAILED", "✗ Transform failed")],
)
def test_on_a_terminal_each_step_has_a_line(api, host, package, end, picture):
    api.states = ["PENDING", "RUNNING", end]
    file = io.StringIO()
    terminal = Console(file=file, force_terminal=True, color_system=None)
    submit(package, host, wait=True, screen=terminal)
    shown = re.sub(r"\x1b\[[\d?;]*[A-Za-z]|\s+", " ", file.getvalue())
    assert picture in re.sub(" +", " ", shown)
    assert "driver" not in shown


def test_what_the_server_refuses_is_its_own_sentence(api, host, package):
    api.refusal = "the pipeline root is not writable"
    with pytest.raises(UserError, match=r"root is not writable$"):
        submit(package, host)


def test_a_host_that_is_not_there_is_one_line(package):
    with pytest.raises(UserError, match=r"cannot reach .*127\.0\.0\.1:9"):
        submit(package, "http://127.0.0.1:9")


def test_a_host_is_a_url(package):
    with pytest.raises(UserError, match=r"'localhost:8080'.*--host"):
        submit(package, "localhost:8080")


@pytest.mark.parametrize("root", ["", "/tmp/root", "minio://", "http://x/y"])
def test_a_pipeline_root_is_in_an_object_store(host, package, root):
    with pytest.raises(UserError, match=r"minio://.*--pipeline-root"):
        submit(package, host, pipeline_root=root)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--param", "seed=one"], "seed is 'one', expected a whole number"),
        (["--param", "preset=huge"], "smoke, cpu or gpu"),
        (["--param", "colour=red"], "'colour=red'"),
        (["--pipeline-root", "/tmp"], "--pipeline-root"),
        (["--file", "none.yaml"], "there is no none.yaml"),
        (["--token-file", "none"], "no file none; check --token-file"),
        (["--ca", "none"], "no file none; check --ca"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_is_not_sent(
    api, host, file, capsys, options, told
):
    options = ["--file", str(file), *options]
    with pytest.raises(SystemExit) as exit_info:
        main.main(["kubeflow", "submit", "--host", host, *options])
    assert exit_info.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert api.posted == {}


def test_the_command_sends_parameters_and_fails_with_the_run(
    api, host, file, monkeypatch
):
    monkeypatch.setattr(submitting, "POLL_SECONDS", 0)
    api.states = ["FAILED"]
    options = ["--file", str(file), "--param", "seed=3", "--wait"]
    with pytest.raises(SystemExit) as exit_info:
        main.main(["kubeflow", "submit", "--host", host, *options])
    assert exit_info.value.code == 1
    assert api.posted["runtime_config"]["parameters"] == {"seed": 3}


@pytest.mark.parametrize(
    ("reached", "told"),
    [
        ("watch", "the run continues on the cluster: {host}/#/runs/details/r"),
        (
            "clients.kfp.Client.create_run_from_pipeline_package",
            "see {host}/#/runs for whether the run was created.",
        ),
    ],
)
def test_an_interrupt_says_what_becomes_of_the_run(
    api, host, file, monkeypatch, capsys, reached, told
):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"kubeflow.client.submit.{reached}", interrupt)
    options = ["--host", host, "--file", str(file), "--wait"]
    with pytest.raises(SystemExit) as exit_info:
        main.main(["kubeflow", "submit", *options])
    assert exit_info.value.code == main.INTERRUPTED
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"error: interrupted; {told.format(host=host)}"
