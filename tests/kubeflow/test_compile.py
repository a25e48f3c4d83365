"""The compiled file: the local DAG, as the KFP SDK takes it."""

import pytest
import yaml
from kfp import components
from tfx.dsl.compiler.compiler import Compiler

from kubeflow import compile as compiler
from kubeflow.cluster import Cluster
from kubeflow.image import default_image, require_tag
from modules.errors import UserError
from pipeline import cli, configs
from pipeline.data_source import DataSource
from pipeline.pipeline import create_pipeline

SOURCE = DataSource(
    uri="/data",
    format="binary",
    digest="of the data",
    sample=False,
    description="images",
    train_count=50_000,
    test_count=10_000,
)
IMAGE = "registry:5000/team/tfx-cifar10:1.0"


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    return tmp_path_factory.mktemp("serving")


@pytest.fixture(scope="module")
def documents(serving):
    return compiler.compile_pipeline(
        configs.cpu(),
        source=SOURCE,
        serving=serving,
        image=IMAGE,
        cluster=Cluster(volumes={"models": "/mnt/serving"}, gpus=2),
    )


@pytest.fixture(scope="module")
def spec(documents):
    return documents[0]


def local_edges(serving):
    """(upstream nodes, inputs with their producers) by node; the local DAG."""
    dag = create_pipeline(
        configs.cpu(), source=SOURCE, serving=serving, pipeline_root="/root"
    )
    nodes = [node.pipeline_node for node in Compiler().compile(dag).nodes]
    return {
        node.node_info.id: (
            set(node.upstream_nodes),
            {
                (key, channel.producer_node_query.id, channel.output_key)
                for key, inputs in node.inputs.inputs.items()
                for channel in inputs.channels
            },
        )
        for node in nodes
    }


def compiled_edges(spec):
    """The same of the compiled DAG."""
    return {
        name: (
            set(task.get("dependentTasks", ())),
            {
                (key, producer["producerTask"], producer["outputArtifactKey"])
                for key, selector in task["inputs"].get("artifacts", {}).items()
                for producer in [selector["taskOutputArtifact"]]
            },
        )
        for name, task in spec["root"]["dag"]["tasks"].items()
    }


def test_the_dag_is_the_local_one(spec, serving):
    assert compiled_edges(spec) == local_edges(serving)


@pytest.mark.parametrize("count", [1, 2])
def test_the_sdk_loads_the_file(documents, count, tmp_path):
    file = tmp_path / "new" / "cifar10.yaml"
    compiler.write(documents[:count], file)
    loaded = components.load_component_from_file(str(file))
    assert loaded.name == "cifar10"
    assert bool(loaded.platform_spec.platforms) == (count == 2)
    assert list(yaml.safe_load_all(file.read_text())) == documents[:count]
    assert documents[0]["schemaVersion"] == "2.1.0"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_every_step_is_our_entrypoint_in_the_image(spec):
    executors = spec["deploymentSpec"]["executors"]
    assert executors.keys() == {
        f"{name}_executor" for name in spec["root"]["dag"]["tasks"]
    }
    for executor in executors.values():
        container = executor["container"]
        assert container["image"] == IMAGE
        assert container["command"] == list(compiler.COMMAND)


def test_all_but_what_looks_outside_is_cached(spec):
    cached = {
        name
        for name, task in spec["root"]["dag"]["tasks"].items()
        if task["cachingOptions"].get("enableCache")
    }
    assert spec["root"]["dag"]["tasks"].keys() - cached == {"BaselineModel"}


def test_the_report_has_types_that_the_ui_shows(spec):
    outputs = spec["components"]["comp-RunReport"]["outputDefinitions"]
    titles = {
        key: yaml.safe_load(artifact["artifactType"]["instanceSchema"])["title"]
        for key, artifact in outputs["artifacts"].items()
    }
    assert titles == {
        "report": "system.HTML",
        "metrics": "system.Metrics",
        "confusion_matrix": "system.ClassificationMetrics",
    }


def test_without_volumes_there_is_one_document(serving):
    documents = compiler.compile_pipeline(
        configs.cpu(), source=SOURCE, serving=serving, image=IMAGE
    )
    assert len(documents) == 1


def test_every_step_has_the_volumes(documents):
    spec, platform = documents
    kubernetes = platform["platforms"]["kubernetes"]["deploymentSpec"]
    executors = spec["deploymentSpec"]["executors"]
    assert kubernetes["executors"].keys() == executors.keys()
    for executor in kubernetes["executors"].values():
        (mount,) = executor["pvcMount"]
        assert mount["constant"] == "models"
        assert mount["mountPath"] == "/mnt/serving"


def test_only_trainers_and_tuners_have_gpus(spec):
    counts = {
        label: executor["container"]["resources"].get("accelerator")
        for label, executor in spec["deploymentSpec"]["executors"].items()
    }
    gpus = {"resourceType": "nvidia.com/gpu", "resourceCount": "2"}
    for label, accelerator in counts.items():
        trains = "Trainer_" in label or "Tuner_" in label
        assert accelerator == (gpus if trains else None)


def test_every_step_asks_for_memory_and_is_retried(spec):
    tasks = spec["root"]["dag"]["tasks"]
    for executor in spec["deploymentSpec"]["executors"].values():
        resources = executor["container"]["resources"]
        assert resources["resourceMemoryRequest"].endswith("G")
    assert all(task["retryPolicy"]["maxRetryCount"] for task in tasks.values())


def test_components_have_the_prefix_that_kubeflow_cuts_off(spec):
    references = {
        task["componentRef"]["name"]
        for task in spec["root"]["dag"]["tasks"].values()
    }
    assert references == spec["components"].keys()
    assert all(name.startswith("comp-") for name in references)


@pytest.mark.parametrize(
    "image",
    [default_image(), IMAGE, "x:1", f"x/y@sha256:{'0a' * 32}", "h:5000/x:1"],
)
def test_an_image_that_says_which_one_it_is(image):
    require_tag(image)


@pytest.mark.parametrize(
    "image", ["", "x", "registry:5000/x", "x:", "x@sha256:12", "x:1 y:2", ":1"]
)
def test_an_image_without_tag_is_refused(image):
    with pytest.raises(UserError, match="--image"):
        require_tag(image)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--preset", "huge"], 2, "'smoke', 'cpu', 'gpu'"),
        (["--image", "tfx-cifar10"], 1, "NAME:TAG"),
        (["--volume", "models"], 2, "CLAIM=DIR"),
        (["--volume", "models=serving"], 2, "CLAIM=DIR"),
        (["--data", "/nowhere/at/all"], 1, "/nowhere/at/all"),
    ],
)
def test_bad_arguments_are_one_line(arguments, code, told, capsys, tmp_path):
    output = tmp_path / "cifar10.yaml"
    with pytest.raises(SystemExit) as exit_info:
        cli.main(["kubeflow", "compile", "--output", str(output), *arguments])
    assert exit_info.value.code == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line
    assert not output.exists()


def test_a_file_that_cannot_be_written_is_one_line(spec, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="--output"):
        compiler.write([spec], tmp_path / "file" / "cifar10.yaml")
