"""The whole pipeline on a real Flink gives what it gives on this machine.

A JobManager, two TaskManagers, Beam's job server, and the built-in sample. The
models' training is no part of it: both runs train the same few steps.
"""

import itertools
import subprocess
import sys

import pytest

from modules.evaluation import evaluations
from modules.examples import load_split
from pipeline import presets
from tests.flink import jars
from tests.flink.cluster import Cluster, wait_until

# isort: split
import tensorflow_data_validation as tfdv
import tfx  # noqa: F401  (first: TFDV needs what it stands in for)

pytestmark = [pytest.mark.flink, pytest.mark.timeout(1_200)]
FEW_STEPS = ("autoencoder.epochs=1", "classifier.epochs=1")
EVALUATORS = ("AutoencoderEvaluator", "ClassifierEvaluator")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    try:
        jars.fetch()
    except jars.Unavailable as missing:
        pytest.skip(f"Flink cannot be installed here: {missing}")
    with Cluster(tmp_path_factory.mktemp("flink")) as started:
        yield started


def start(root, *arguments):
    """Starts `cifar10 run`."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "cli.main", "run", "--data", "sample"),
            *("--root", str(root), "--quiet"),
            *(f"--set={change}" for change in FEW_STEPS),
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process):
    """Waits for the run. A model that is not blessed is fine."""
    output, _ = process.communicate()
    assert process.returncode in (0, 3), output


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    root = tmp_path_factory.mktemp("local")
    finish(start(root))
    return root


@pytest.fixture(scope="module")
def flink(tmp_path_factory, cluster):
    """A run on Flink, in whose Transform a TaskManager is killed."""
    root = tmp_path_factory.mktemp("flink_run")
    profile = tmp_path_factory.mktemp("profile") / "flink.toml"
    profile.write_text(
        f'runner = "flink"\nendpoint = "{cluster.endpoint}"\nparallelism = 2\n'
    )
    process = start(root, "--runner", str(profile))
    with process:
        wait_until(
            lambda: (
                process.poll() is not None
                or (in_transform(root) and cluster.running())
            ),
            "Transform did not start",
            seconds=300,
        )
        cluster.replace_task_manager()
        finish(process)
    return root


def in_transform(root):
    return any(
        root.glob("artifacts/Transform/.system/executor_execution/*")
    ) and not any(root.glob("artifacts/AutoencoderTrainer"))


def artifact(root, node, output):
    (found,) = (root / "artifacts" / node / output).iterdir()
    return found


def sampled(root):
    """The rows of the training split, as the Trainers read them."""
    rows = artifact(root, "Transform", "transformed_examples")
    images = load_split([f"{rows}/Split-train/*"], image_size=32)
    return {
        name: getattr(images, name).tobytes()
        for name in ("pixels", "labels", "sampled", "holdout")
    }


def statistics(root):
    """Serialized statistics by split."""
    directory = artifact(root, "StatisticsGen", "statistics")
    return {
        file.parent.name: tfdv.load_stats_binary(str(file))
        for file in directory.glob("Split-*/*.pb")
    }


def figures(root):
    """Every metric of every slice of both Evaluators."""
    names = presets.smoke().dataset.class_names
    return {
        (node, *key): value
        for node in EVALUATORS
        for key, value in evaluations.load(
            str(artifact(root, node, "evaluation")), names
        ).figures.items()
    }


@pytest.mark.parametrize("compared", [sampled, statistics, figures])
def test_flink_and_this_machine_agree(local, flink, compared):
    here, there = compared(local), compared(flink)
    different = [key for key in here if here[key] != there.get(key)]
    print(
        f"{compared.__name__}: {len(here)} compared, {len(different)} differ"
        + "".join(
            f"\n  {key}: {here[key]!r:.80} {there.get(key)!r:.80}"
            for key in itertools.islice(different, 10)
        )
    )
    assert here.keys() == there.keys()
    assert not different


def test_a_job_survived_the_loss_of_a_worker(flink, cluster):
    jobs = cluster.jobs()
    assert {job["state"] for job in jobs} == {"FINISHED"}
    lost = [job for job in jobs if cluster.failures(job)]
    print(f"{len(jobs)} jobs, {len(lost)} with a TaskManager lost")
    assert lost
