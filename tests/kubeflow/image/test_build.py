"""The image of the steps: what its Dockerfile promises, and `make image`."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import dockerfile_parse
import pytest

from kubeflow.image import build as build_image
from kubeflow.image.name import default_image
from modules.common.errors import UserError

REPOSITORY = Path(__file__).parents[3]
REQUIREMENTS = REPOSITORY / "requirements"
COMPILERS = re.compile(r"\b(g\+\+|gcc|clang|make|build-essential)(?![\w-])")


@pytest.fixture(scope="module")
def dockerfile():
    return dockerfile_parse.DockerfileParser(
        str(REPOSITORY / build_image.DOCKERFILE)
    )


@pytest.fixture(scope="module")
def stages(dockerfile):
    """(instruction, value) of each stage, with those it is built from."""
    found = {}
    for line in dockerfile.structure:
        if line["instruction"] == "FROM":
            base, _, name = line["value"].partition(" AS ")
            current = found[name] = list(found.get(base, []))
        elif "current" in locals():
            current.append((line["instruction"], line["value"]))
    return found


def arguments(dockerfile):
    """The arguments before the first stage, with their defaults."""
    return dict(
        line["value"].split("=", 1)
        for line in dockerfile.structure
        if line["instruction"] == "ARG" and "=" in line["value"]
    )


def locked(lock):
    """The version of each package in a lock."""
    text = (REQUIREMENTS / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def test_what_is_built_by_default_are_the_steps(stages):
    assert list(stages)[-1] == "steps"


def test_the_user_is_a_number_and_not_root(stages):
    for name in ("steps", "beam-worker"):
        users = [value for kind, value in stages[name] if kind == "USER"]
        assert re.fullmatch(r"[1-9]\d*:\d+", users[-1])


def test_no_stage_compiles_and_the_last_installs_nothing(stages):
    def running(stage, words):
        return [v for k, v in stages[stage] if k == "RUN" and words.search(v)]

    assert not running("builder", COMPILERS)
    assert not running("steps", re.compile("apt-get|pip install"))


def test_packages_are_installed_by_hash(stages):
    installs = [
        command
        for kind, value in stages["builder"]
        if kind == "RUN"
        for command in value.split("&&")
        if "requirements/" in command
    ]
    assert len(installs) == 3
    locks = [c for c in installs if ".txt" in c and "set --" not in c]
    assert all("--require-hashes" in command for command in locks)
    assert any("requirements/glibc239.txt" in command for command in locks)


def test_kubeflow_says_what_runs(stages):
    kinds = {kind for kind, _ in stages["steps"]}
    assert not kinds & {"ENTRYPOINT", "CMD", "HEALTHCHECK"}


def test_the_base_has_the_python_and_the_c_library_of_the_lock(dockerfile):
    image = arguments(dockerfile)["PYTHON_IMAGE"]
    assert re.fullmatch(r"python:3\.11\.\d+-slim-trixie(@sha256:\w+)?", image)


def test_beams_worker_is_that_of_the_lock(dockerfile):
    image, _, _ = arguments(dockerfile)["BEAM_IMAGE"].partition("@")
    version = locked("glibc239")["apache-beam"]
    assert image == f"apache/beam_python3.11_sdk:{version}"


def test_the_gpu_lock_adds_to_the_other_and_changes_nothing():
    gpu, steps = locked("gpu"), locked("glibc239")
    added = gpu.keys() - steps.keys()
    assert added
    assert all(name.startswith("nvidia-") for name in added)
    assert gpu.items() <= (gpu | steps).items()


def test_the_context_is_what_is_copied_and_no_more(stages):
    """Data, runs, environments and history never reach the builder."""
    first, *patterns = [
        line
        for line in (REPOSITORY / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"
    kept = {p[1:].rstrip("/") for p in patterns if p.startswith("!")}
    copied = {
        source.rstrip("/").split("/")[0]
        for kind, value in stages["builder"]
        if kind == "COPY"
        for source in value.split()[:-1]
    }
    assert kept == copied
    assert all((REPOSITORY / name).exists() for name in kept)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Makes programs that print their arguments; no others are there."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))

    def make(name, body=f'echo {directory.name} "$0" "$@"'):
        script = directory / name
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    return make


def build(*given):
    return subprocess.run(
        [sys.executable, "-m", build_image.__name__, *given],
        check=False,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )


def test_docker_is_asked_first(programs):
    programs("docker")
    programs("podman")
    done = build("registry:5000/steps:1", "gpu")
    assert done.returncode == 0, done.stderr
    assert "docker buildx build --load --platform=linux/amd64" in done.stdout
    assert "--tag=registry:5000/steps:1" in done.stdout
    assert "--build-arg=ACCELERATOR=gpu" in done.stdout
    assert done.stdout.endswith(" .\n")


def test_a_release_is_built_from_digests_only(programs, monkeypatch):
    def refuse():
        raise UserError("without a digest")

    programs("docker")
    monkeypatch.setattr(build_image, "require_pinned", refuse)
    monkeypatch.setattr(build_image.os, "execvp", lambda *_: None)
    build_image.main(["steps:1", "cpu", ""])
    with pytest.raises(UserError, match="without a digest"):
        build_image.main(["steps:1", "cpu", "1"])


def test_without_a_daemon_another_builder_is(programs):
    programs("docker", "test $1 = buildx")
    programs("podman")
    done = build()
    assert "podman build --format docker" in done.stdout
    assert f"--tag={default_image()}" in done.stdout
    assert "--build-arg=ACCELERATOR=cpu" in done.stdout


def test_where_nothing_can_build_it_is_one_line(programs):
    programs("docker", "test $1 = buildx")
    done = build()
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "`docker info` fails" in line
    assert "no podman" in line


@pytest.mark.parametrize(
    ("image", "accelerator", "told"),
    [("steps", "cpu", "NAME:TAG"), ("steps:1", "tpu", "cpu, gpu")],
)
def test_wrong_arguments_are_told(image, accelerator, told):
    with pytest.raises(UserError, match=told):
        build_image.build_arguments(image, accelerator, "")


def test_the_label_says_which_commit_was_built():
    known = build_image.build_arguments("steps:1", "cpu", "c0ffee")
    assert "--build-arg=REVISION=c0ffee" in known
    unknown = build_image.build_arguments("steps:1", "cpu", "")
    assert "--build-arg=REVISION=unknown" in unknown
