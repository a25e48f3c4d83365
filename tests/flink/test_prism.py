"""Beam's Prism, a second engine: the same data up to the Trainers."""

import subprocess

import pytest

from tests.flink import runs
from tests.support.flink import jars
from tests.support.flink.cluster import answers, free_ports, wait_until

pytestmark = [pytest.mark.flink, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    """Of a Prism that runs."""
    try:
        program = jars.prism()
    except jars.Unavailable as missing:
        pytest.skip(f"Prism cannot be installed here: {missing}")
    (port,) = free_ports(1)
    log = tmp_path_factory.mktemp("prism") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, f"--job_port={port}", "--serve_http=false"],
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: answers(port), "Prism did not start")
        yield f"localhost:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def prism(tmp_path_factory, endpoint):
    """A run on Prism, ended once Transform is done."""
    root = tmp_path_factory.mktemp("prism_run")
    profile = tmp_path_factory.mktemp("profile") / "prism.toml"
    profile.write_text(f'runner = "portable"\nendpoint = "{endpoint}"\n')
    with runs.start(root, "--runner", str(profile)) as process:
        wait_until(
            lambda: process.poll() is not None or runs.after_transform(root),
            "Transform did not end",
            seconds=400,
        )
        process.terminate()
        output, _ = process.communicate()
    assert runs.after_transform(root), output
    return root


@pytest.mark.parametrize("compared", [runs.sampled, runs.statistics])
def test_prism_and_this_machine_agree(local, prism, compared):
    print(f"\nlocal and Prism, {compared.__name__}: ", end="")
    assert runs.differences(compared(local), compared(prism)) == []
