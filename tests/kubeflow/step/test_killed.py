"""A step that is killed by the system, and Kubeflow's second try of it.

On a cluster the second try has a pod of its own; here it finds what the first
has left, which is harder.
"""

import json
import multiprocessing
import signal

import pytest

from components.image_example_gen import executor as example_gen
from components.pusher import executor as pusher
from kubeflow.step import entrypoint
from pipeline import beam
from tests.support.image_sets import SPEC, write_binary
from tests.support.kubeflow import killed
from tests.support.kubeflow.launcher import Launcher, schema

# One process imports the TFX stack; each step to be killed is a fork of it.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([killed.__name__])


class Step:
    """One step on its directories, tried as often as one likes."""

    def __init__(self, root):
        self.root = root
        self.launcher = Launcher(root)

    def arguments(self, executor):
        """The command's arguments; what it runs is not the launcher's."""
        told = self.launcher.arguments("")
        at = told.index("--executor_class_path") + 1
        told[at] = f"{executor.__module__}.{executor.__qualname__}"
        return [*told, *beam.container_arguments("tfx-cifar10:0")]

    def be_killed(self, executor, by=signal.SIGKILL):
        """Runs it in a process of its own, which does not end by itself."""
        process = processes.Process(
            target=entrypoint.run, args=(self.arguments(executor), self.root)
        )
        process.start()
        process.join()
        assert process.exitcode == -by
        assert not self.launcher.output_file.exists()

    def run(self, executor):
        """Runs it; what Kubeflow publishes."""
        entrypoint.run(self.arguments(executor), self.root)
        return self.launcher.published()


def files(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def image_set(tmp_path_factory):
    return write_binary(tmp_path_factory.mktemp("data") / "set")


@pytest.fixture
def generate(image_set):
    """Makes an ImageExampleGen step; also its output directory."""

    def make(root):
        step = Step(root)
        step.launcher.parameters = {
            "data_uri": str(image_set),
            "data_format": "binary",
            "data_digest": "d",
            "spec": SPEC.to_json(),
            "code_digest": "c",
        }
        return step, step.launcher.output("examples", schema("Examples"))

    return make


def test_a_second_try_writes_what_an_undisturbed_one_does(tmp_path, generate):
    step, examples = generate(tmp_path / "disturbed")
    step.be_killed(killed.ExampleGen)
    half = files(examples)
    published = step.run(example_gen.Executor)
    undisturbed, expected = generate(tmp_path / "undisturbed")
    assert published == undisturbed.run(example_gen.Executor)
    assert files(examples) == files(expected)
    assert half != files(expected)
    assert half.keys() <= files(expected).keys()


@pytest.fixture
def step(tmp_path):
    """A Pusher step with a blessed model."""
    step = Step(tmp_path / "container")
    model = step.launcher.input("model", "Model") / "Format-Serving"
    (model / "assets.extra").mkdir(parents=True)
    (model / "saved_model.pb").write_text("graph")
    lineage = {"model_digest": "m"}
    info = {"class_names": ["cat"], "capped_classes": [], "lineage": lineage}
    (model / "assets.extra" / "model.json").write_text(json.dumps(info))
    blessed = {"blessed": 1.0}
    for name in ("model_blessing", "autoencoder_blessing"):
        step.launcher.input(name, "ModelBlessing", metadata=blessed)
    step.launcher.parameters = {
        "push_destination": str(tmp_path / "serving"),
        "code_digest": "c",
    }
    step.launcher.output("pushed_model", schema("PushedModel"))
    return step


@pytest.mark.parametrize(
    ("how", "by", "visible"),
    [
        (killed.PusherBefore, signal.SIGKILL, 0),
        (killed.PusherCancelled, signal.SIGTERM, 0),
        (killed.PusherAfter, signal.SIGKILL, 1),
    ],
)
def test_a_killed_push_is_pushed_once(tmp_path, step, how, by, visible):
    step.be_killed(how, by)
    serving = tmp_path / "serving"
    left = list(serving.iterdir())
    assert sum(not path.name.startswith(".") for path in left) == visible
    assert any((path / "saved_model.pb").is_file() for path in left)

    pushed = step.run(pusher.Executor)["pushed_model"]["metadata"]

    (version,) = serving.iterdir()
    assert pushed["pushed"] == 1
    assert pushed["pushed_destination"] == str(version)
    model = files(step.launcher.mount / "model" / "Format-Serving")
    pushed_files = files(version)
    assert model.items() <= pushed_files.items()
    assert pushed_files.keys() - model.keys() == {
        "assets.extra/comparison.json",
        "assets.extra/manifest.json",
    }
