"""The whole pipeline on a real Flink gives what it gives on this machine.

A JobManager, two TaskManagers and Beam's job server; one TaskManager is killed
while Transform runs.
"""

import pytest

from tests.flink import runs
from tests.support.flink import jars
from tests.support.flink.cluster import Cluster, wait_until

pytestmark = [pytest.mark.flink, pytest.mark.timeout(1_200)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    try:
        jars.fetch()
    except jars.Unavailable as missing:
        pytest.skip(f"Flink cannot be installed here: {missing}")
    with Cluster(tmp_path_factory.mktemp("flink")) as started:
        yield started


@pytest.fixture(scope="module")
def flink(tmp_path_factory, cluster):
    """A run on Flink, in whose Transform a TaskManager is killed."""
    root = tmp_path_factory.mktemp("flink_run")
    profile = tmp_path_factory.mktemp("profile") / "flink.toml"
    profile.write_text(
        f'runner = "flink"\nendpoint = "{cluster.endpoint}"\nparallelism = 2\n'
    )
    with runs.start(root, "--runner", str(profile)) as process:
        wait_until(
            lambda: (
                process.poll() is not None
                or (runs.in_transform(root) and cluster.busy())
            ),
            "Transform did not start",
            seconds=600,
        )
        cluster.replace_task_manager()
        runs.finish(process)
    return root


@pytest.mark.parametrize(
    "compared", [runs.sampled, runs.statistics, runs.metrics]
)
def test_flink_and_this_machine_agree(local, flink, compared):
    print(f"\nlocal and Flink, {compared.__name__}: ", end="")
    assert runs.differences(compared(local), compared(flink)) == []


def test_a_job_survived_the_loss_of_a_worker(flink, cluster):
    jobs = cluster.jobs()
    assert {job["state"] for job in jobs} == {"FINISHED"}
    lost = [job for job in jobs if cluster.failures(job)]
    print(f"\n{len(jobs)} jobs on Flink, {len(lost)} lost a TaskManager")
    assert lost
