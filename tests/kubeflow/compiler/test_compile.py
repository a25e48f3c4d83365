"""The compiled file: the local DAG, as the KFP SDK takes it."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml
from google.protobuf import json_format
from kfp import components
from kfp.kubernetes.kubernetes_executor_config_pb2 import (
    KubernetesExecutorConfig,
)
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineTaskSpec
from tfx.dsl.compiler.compiler import Compiler

from cli import main
from kubeflow import parameters as table
from kubeflow.client import package as packages
from kubeflow.compiler import compile as compiler
from kubeflow.compiler.cluster import Cluster, Nodes, SecretVariable, Toleration
from kubeflow.compiler.influence import influences
from kubeflow.image.name import default_image, require_tag
from kubeflow.parameters import Parameters
from kubeflow.step.rebuild import PREFIX
from modules.common.errors import UserError
from pipeline import presets
from pipeline.configs import SECTIONS
from pipeline.data.source import DataSource
from pipeline.pipeline import create_pipeline

SOURCE = DataSource(
    uri="/data",
    format="binary",
    digest="0" * 64,
    sample=False,
    description="images",
    train_count=50_000,
    test_count=10_000,
)
IMAGE = "registry:5000/team/tfx-cifar10:1.0"
DOCS = Path(__file__).parents[3] / "docs" / "KUBEFLOW.md"


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    return tmp_path_factory.mktemp("serving")


@pytest.fixture(scope="module")
def parameters(serving):
    return Parameters(
        data_uri="/data",
        data_digest=SOURCE.digest,
        preset="cpu",
        seed=7,
        push_destination=str(serving),
        overrides={"sampling.caps.bird": 1_000, "classifier.epochs": 9.0},
    )


CLUSTER = Cluster(
    volumes={"models": "/mnt/serving"},
    secrets={"certificates": "/etc/certificates"},
    variables=(
        SecretVariable(secret="store", key="password", variable="PASSWORD"),
    ),
    nodes=Nodes(
        labels={"pool": "cpu", "zone": "a"},
        tolerations=(Toleration(key="old", value="1", effect="NoExecute"),),
    ),
    trainer_nodes=Nodes(
        labels={"pool": "gpu"},
        tolerations=(
            Toleration(key="nvidia.com/gpu", value=None, effect="NoSchedule"),
        ),
    ),
    gpus=2,
)


@pytest.fixture(scope="module")
def documents(parameters):
    return compiler.compile_pipeline(
        parameters, source=SOURCE, image=IMAGE, cluster=CLUSTER
    )


@pytest.fixture(scope="module")
def spec(documents):
    return documents[0]


def local_edges(serving):
    """(upstream nodes, inputs with their producers) by node; the local DAG."""
    dag = create_pipeline(
        presets.cpu(), source=SOURCE, serving=serving, pipeline_root="/root"
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
    assert spec["root"]["dag"]["tasks"].keys() - cached == {
        "AnomalyGate",
        "BaselineModel",
        "Pusher",
    }


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


def platform_of(parameters, cluster):
    """What is asked of Kubernetes, by executor; as Kubeflow's protos."""
    _, *platform = compiler.compile_pipeline(
        parameters, source=SOURCE, image=IMAGE, cluster=cluster
    )
    return {
        label: json_format.ParseDict(executor, KubernetesExecutorConfig())
        for document in platform
        for label, executor in document["platforms"]["kubernetes"][
            "deploymentSpec"
        ]["executors"].items()
    }


COMMIT = "0123456789" * 4


def test_without_a_cluster_the_pods_have_labels_only(parameters, spec):
    platform = platform_of(parameters, None)
    assert platform.keys() == spec["deploymentSpec"]["executors"].keys()
    for executor in platform.values():
        fields = [field.name for field, _ in executor.ListFields()]
        assert fields == ["pod_metadata"]
        assert dict(executor.pod_metadata.labels) == {
            "app.kubernetes.io/name": "cifar10",
            "tfx-cifar10/preset": "cpu",
            "tfx-cifar10/seed": "7",
        }


@pytest.mark.parametrize("edited", ["", "+"])
def test_a_file_says_which_commit_it_is_of(parameters, tmp_path, edited):
    documents = compiler.compile_pipeline(
        parameters, source=SOURCE, image=IMAGE, commit=COMMIT + edited
    )
    file = tmp_path / "cifar10.yaml"
    compiler.write(documents, file)
    assert packages.read(file).commit == COMMIT + edited
    text = file.read_text()
    label = COMMIT + edited.replace("+", "-edited")
    assert f"tfx-cifar10/commit: {label}\n" in text


def test_restricted_is_asked_for_where_it_is_wanted(parameters):
    """Up to 2.15 Kubeflow refuses a file with a security context."""
    for restricted in (False, True):
        cluster = Cluster(restricted=restricted)
        for executor in platform_of(parameters, cluster).values():
            assert executor.HasField("security_context") == restricted
            assert executor.security_context.run_as_non_root == restricted


def test_every_step_has_the_volumes_and_secrets(spec, parameters):
    platform = platform_of(parameters, CLUSTER)
    assert platform.keys() == spec["deploymentSpec"]["executors"].keys()
    for executor in platform.values():
        (volume,) = executor.pvc_mount
        assert (volume.constant, volume.mount_path) == (
            "models",
            "/mnt/serving",
        )
        (secret,) = executor.secret_as_volume
        assert secret.mount_path == "/etc/certificates"
        (variable,) = executor.secret_as_env
        (pair,) = variable.key_to_env
        assert (pair.secret_key, pair.env_var) == ("password", "PASSWORD")
        for named, name in (
            (volume.pvc_name_parameter, "models"),
            (secret.secret_name_parameter, "certificates"),
            (variable.secret_name_parameter, "store"),
        ):
            assert named.runtime_value.constant.string_value == name


def test_trainers_have_nodes_of_their_own(parameters):
    for label, executor in platform_of(parameters, CLUSTER).items():
        trains = "Trainer_" in label or "Tuner_" in label
        assert dict(executor.node_selector.labels) == {
            "pool": "gpu" if trains else "cpu",
            "zone": "a",
        }
        taints = [
            (each.key, each.operator, each.value, each.effect)
            for each in executor.tolerations
        ]
        assert taints[0] == ("old", "Equal", "1", "NoExecute")
        gpu = ("nvidia.com/gpu", "Exists", "", "NoSchedule")
        assert taints[1:] == ([gpu] if trains else [])


def test_what_only_trainers_need_only_they_ask_for(parameters):
    cluster = Cluster(trainer_nodes=CLUSTER.trainer_nodes)
    assert {
        label
        for label, executor in platform_of(parameters, cluster).items()
        if executor.HasField("node_selector")
    } == {
        "AutoencoderTrainer_executor",
        "AutoencoderTuner_executor",
        "ClassifierTrainer_executor",
        "ClassifierTuner_executor",
    }


def test_what_a_run_may_change_is_there_with_what_was_compiled(
    documents, parameters, tmp_path
):
    file = tmp_path / "cifar10.yaml"
    compiler.write(documents, file)
    declared = components.load_component_from_file(str(file))
    inputs = declared.component_spec.inputs
    assert {
        name: (each.type, each.default) for name, each in inputs.items()
    } == {
        "data_uri": ("String", "/data"),
        "data_digest": ("String", "0" * 64),
        "preset": ("String", "cpu"),
        "seed": ("Integer", 7),
        "tune": ("String", "none"),
        "accept_data": ("Boolean", False),
        "push_destination": ("String", parameters.push_destination),
    }
    assert all(each.optional for each in inputs.values())
    shown = documents[0]["root"]["inputDefinitions"]["parameters"]
    assert all(each["description"] for each in shown.values())
    package = packages.read(file)
    assert package.defaults["seed"] == 7
    assert set(package.tasks) == set(documents[0]["root"]["dag"]["tasks"])


def test_each_step_is_given_what_it_depends_on_and_no_more(spec, parameters):
    for name, task in spec["root"]["dag"]["tasks"].items():
        fields = influences().get(name, frozenset())
        component = spec["components"][task["componentRef"]["name"]]
        inputs = task["inputs"].get("parameters", {})
        given = {k: v for k, v in inputs.items() if k.startswith(PREFIX)}
        assert given == {
            PREFIX + field: {"componentInputParameter": field}
            for field in fields & table.RULES.keys()
        }
        for key in given:
            declared = component["inputDefinitions"]["parameters"][key]
            assert declared == {
                "parameterType": table.KINDS[key.removeprefix(PREFIX)]
            }
        label = component["executorLabel"]
        arguments = spec["deploymentSpec"]["executors"][label]["container"][
            "args"
        ]
        assert arguments[:3] == ["--node", name, "--compiled"]
        compiled = json.loads(arguments[3])
        set_of = {
            path: value
            for path, value in parameters.overrides.items()
            if path.split(".")[0] in fields
        }
        assert compiled.pop("overrides", {}) == set_of
        values = table.part(parameters, fields - {*SECTIONS})
        assert compiled == json.loads(json.dumps(values))


def test_beam_has_as_many_workers_as_the_step_asks_for(spec):
    beam = {}
    for label, executor in spec["deploymentSpec"]["executors"].items():
        container = executor["container"]
        for argument in container["args"]:
            if argument.startswith("--direct_num_workers="):
                beam[label] = argument.partition("=")[2]
                assert (
                    container["resources"]["resourceCpuRequest"] == beam[label]
                )
    assert beam.keys() == {
        f"{name}_executor"
        for name in (
            "ImageExampleGen",
            "StatisticsGen",
            "Transform",
            "AutoencoderEvaluator",
            "ClassifierEvaluator",
        )
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"preset": "huge"}, "preset is 'huge'"),
        ({"push_destination": "serving"}, "push_destination is 'serving'"),
    ],
)
def test_parameters_that_no_run_can_have_are_not_compiled(
    parameters, change, told
):
    bad = dataclasses.replace(parameters, **change)
    with pytest.raises(UserError, match=told):
        compiler.compile_pipeline(bad, source=SOURCE, image=IMAGE)


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
        requested, limit = (
            int(resources[f"resourceMemory{kind}"].removesuffix("M"))
            for kind in ("Request", "Limit")
        )
        assert 2_000 <= requested < limit
    for task in tasks.values():
        policy = PipelineTaskSpec.RetryPolicy()
        json_format.ParseDict(task["retryPolicy"], policy)
        assert policy.max_retry_count > 0
        assert policy.backoff_factor >= 1
        assert policy.backoff_duration.seconds > 0
        # Of both attempts together, from the start of the first.
        assert policy.backoff_max_duration.seconds >= 2 * 24 * 3_600


def test_the_table_in_the_docs_is_what_each_step_asks_for(spec):
    rows = {
        name: (cpus, float(request), float(limit))
        for name, cpus, request, limit in re.findall(
            r"^\| (\w+) \| .* \| (\d) \| ([\d.]+) GB \| ([\d.]+) GB \|$",
            DOCS.read_text(),
            re.MULTILINE,
        )
    }
    asked = {}
    for label, executor in spec["deploymentSpec"]["executors"].items():
        resources = executor["container"]["resources"]
        memory = (
            int(resources[f"resourceMemory{kind}"].removesuffix("M")) / 1_000
            for kind in ("Request", "Limit")
        )
        name = label.removesuffix("_executor")
        asked[name] = (resources["resourceCpuRequest"], *memory)
    assert rows == asked


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
        (["--preset", "huge"], 2, "smoke, cpu, gpu or a .toml"),
        (["--image", "tfx-cifar10"], 1, "NAME:TAG"),
        (["--output", "cifar10.json"], 2, ".yaml"),
        (["--volume", "models"], 2, "NAME=DIR"),
        (["--volume", "models=serving"], 2, "NAME=DIR"),
        (["--volume", "a=/x", "--secret-volume", "b=/x"], 1, "directory /x"),
        (["--toleration", "gpu:Never"], 2, "NoSchedule"),
        (["--trainer-toleration", "gpu"], 2, "KEY[=VALUE]:EFFECT"),
        (["--node-selector", "gpu"], 2, "KEY=VALUE"),
        (["--trainer-node-selector", "-=1"], 2, "KEY=VALUE"),
        (["--secret", "store=PASSWORD"], 2, "NAME:KEY=VARIABLE"),
        (["--data", "sample", "--data-uri", "here"], 1, "data_uri is 'here'"),
        (["--data", "/nowhere/at/all"], 1, "/nowhere/at/all"),
    ],
)
def test_bad_arguments_are_one_line(arguments, code, told, capsys, tmp_path):
    output = tmp_path / "cifar10.yaml"
    with pytest.raises(SystemExit) as exit_info:
        main.main(["kubeflow", "compile", "--output", str(output), *arguments])
    assert exit_info.value.code == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line
    assert not output.exists()


def test_a_file_that_cannot_be_written_is_one_line(spec, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="--output"):
        compiler.write([spec], tmp_path / "file" / "cifar10.yaml")
