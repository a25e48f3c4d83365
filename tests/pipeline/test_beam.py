"""Beam's arguments: a runner that needs no download, and where code is."""

import socket
from pathlib import Path

import pytest

from modules.common.errors import UserError
from pipeline import beam


def test_no_place_downloads_a_runner():
    for arguments in (
        beam.LOCAL.arguments(),
        beam.container_arguments("a:1"),
    ):
        assert "--runner=FnApiRunner" in arguments


def test_nothing_is_packaged_for_the_workers():
    (setup,) = (
        each.partition("=")[2]
        for each in beam.LOCAL.arguments()
        if each.startswith("--setup_file=")
    )
    assert Path(setup).is_file()
    assert "--sdk_container_image=a:1" in beam.container_arguments("a:1")


def test_the_number_of_workers_is_set_once():
    local = " ".join(beam.LOCAL.arguments())
    assert local.count("--direct_num_workers") == 1
    # Each step adds its own: as many as it asks processors.
    assert "workers" not in " ".join(beam.container_arguments("a:1"))


def profile(tmp_path, text):
    file = tmp_path / "profile.toml"
    file.write_text(text)
    return beam.Profile.of(str(file), ["--more=1"])


def test_a_profile_says_where_jobs_and_workers_are(tmp_path):
    arguments = profile(
        tmp_path,
        'runner = "flink"\nendpoint = "flink:8099"\nparallelism = 4\n'
        'environment = "localhost:50000"\nargs = ["--less=0"]',
    ).arguments()
    assert "--runner=PortableRunner" in arguments
    assert "--job_endpoint=flink:8099" in arguments
    assert "--environment_type=EXTERNAL" in arguments
    assert "--environment_config=localhost:50000" in arguments
    assert "--parallelism=4" in arguments
    assert arguments[-2:] == ("--less=0", "--more=1")


def test_an_image_is_what_docker_and_dataflow_start(tmp_path):
    flink = profile(tmp_path, 'runner = "flink"\nenvironment = "me/image:1"')
    assert "--environment_type=DOCKER" in flink.arguments()
    dataflow = profile(
        tmp_path, 'runner = "dataflow"\nenvironment = "me/image:1"'
    )
    assert "--sdk_container_image=me/image:1" in dataflow.arguments()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('runner = "flnk"', "the runner is 'flnk', expected .*flink"),
        ('endpont = "a:1"', "found endpont, expected .*endpoint"),
        ('parallelism = "2"', "parallelism is '2', not a int"),
        ("runner =", "is not TOML"),
    ],
)
def test_a_wrong_profile_is_named(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        profile(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('runner = "flink"\nendpoint = "localhost:1"', "no Beam job server"),
        ('runner = "flink"\nendpoint = "nowhere"', "expected HOST:PORT"),
        ('runner = "spark"\nparallelism = 2', "parallelism is 2 for spark"),
        (
            'runner = "flink"\n'
            'environment = "apache/beam_python3.9_sdk:2.50.0"',
            "Python 3.9 and Beam 2.50.0, expected",
        ),
        ('runner = "dataflow"', "temp_location is '', expected gs://"),
        (
            'runner = "dataflow"\ntemp_location = "gs://b"',
            "the environment is loopback, expected an image",
        ),
        (
            'runner = "dataflow"\ntemp_location = "gs://b"\n'
            'environment = "i:1"',
            "found no --project",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_the_start(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        profile(tmp_path, text).check()


def test_a_job_server_that_answers_is_enough():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        beam.Profile(runner="flink", endpoint=f"127.0.0.1:{port}").check()


def test_on_kubeflow_workers_must_not_need_the_step():
    with pytest.raises(UserError, match="environment is loopback"):
        beam.container_arguments("a:1", beam.Profile(runner="flink"))
    remote = beam.Profile(runner="flink", environment="localhost:50000")
    assert "--runner=PortableRunner" in beam.container_arguments("a:1", remote)
