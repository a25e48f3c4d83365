"""Base images by digest: what names them, and who is asked for it."""

import shutil
import stat

import pytest

from kubeflow.image import pins
from modules.common.errors import UserError

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
OTHER = f"sha256:{'fedcba9876543210' * 4}"
DOCKERFILE = f"""\
ARG PYTHON_IMAGE=python:3.11.15-slim@{OTHER}
ARG BEAM_IMAGE=apache/beam:2.77.0
FROM ${{PYTHON_IMAGE}} AS builder
"""


@pytest.fixture
def root(tmp_path):
    """A copy of the files that name images, with a Dockerfile of its own."""
    for file in pins.FILES:
        target = tmp_path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(pins.REPOSITORY / file, target)
    (tmp_path / pins.DOCKERFILE).write_text(DOCKERFILE)
    return tmp_path


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes the only program on the path; it is a shell script."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))

    def make(name, body):
        script = directory / name
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    return make


def content(root):
    return {file: (root / file).read_text() for file in pins.FILES}


def test_every_file_names_images():
    for file, naming in pins.FILES.items():
        images = naming.findall((pins.REPOSITORY / file).read_text())
        assert images
        assert all(":" in image.partition("@")[0] for image in images)


@pytest.mark.parametrize(
    ("name", "asked", "answer"),
    [
        ("docker", "apache/beam:2.77.0", '{"digest": "%s"}'),
        ("skopeo", "docker://docker.io/apache/beam:2.77.0", '{"Digest": "%s"}'),
    ],
)
def test_digests_are_written_beside_the_tags(
    root, program, name, asked, answer
):
    log = root / "asked"
    program(
        name,
        f"for last; do :; done; echo $last >> '{log}'\n"
        f"echo '{answer % DIGEST}'",
    )
    assert pins.pin(root) == [
        f"python:3.11.15-slim@{DIGEST}",
        f"apache/beam:2.77.0@{DIGEST}",
        f"tensorflow/serving:2.20.0@{DIGEST}",
    ]
    assert asked in log.read_text().splitlines()
    for file, text in content(root).items():
        assert f"@{DIGEST}" in text
        assert OTHER not in text
        assert pins.unpinned(root, file) == []
    pins.require_pinned(root)


def test_a_tag_alone_is_refused_in_one_line(root):
    with pytest.raises(UserError, match=r"names apache/beam:\S+ without a"):
        pins.require_pinned(root)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("echo no such host >&2; exit 1", "docker cannot look up .*such host"),
        ("echo '{}'", "docker found no digest of python"),
        (None, "neither docker nor skopeo"),
    ],
)
def test_without_an_answer_nothing_changes(root, program, body, told):
    if body:
        program("docker", body)
    before = content(root)
    with pytest.raises(UserError, match=told):
        pins.pin(root)
    assert content(root) == before
