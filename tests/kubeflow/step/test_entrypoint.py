"""The entrypoint: each thing that Kubeflow does and TFX's own cannot take."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kubeflow.step import entrypoint, rebuild
from modules.common.errors import UserError
from tests.support.kubeflow.launcher import Launcher, schema

REPOSITORY = Path(__file__).parents[3]
SCHEMES = ["gs", "minio", "s3"]


@pytest.fixture
def launcher(tmp_path):
    return Launcher(tmp_path)


def copying(launcher):
    """A step with a model, to be copied into a blessing."""
    (launcher.input("model", "Model") / "model.txt").write_text("weights")
    return launcher.output("blessing", schema("ModelBlessing"))


def run(launcher, tmp_path, executor):
    """Runs the step; what is published of its outputs."""
    entrypoint.run(launcher.arguments(executor), tmp_path)
    return launcher.published()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_executor_gets_the_mounted_files(tmp_path, scheme):
    launcher = Launcher(tmp_path, scheme)
    blessing = copying(launcher)
    run(launcher, tmp_path, "Copy")
    assert (blessing / "copy.txt").read_text() == "weights"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_kubeflow_gets_its_uris_back(tmp_path, scheme):
    launcher = Launcher(tmp_path, scheme)
    copying(launcher)
    published = run(launcher, tmp_path, "Copy")["blessing"]
    assert published["uri"] == f"{launcher.task}/blessing"
    assert published["metadata"]["current_model"] == f"{launcher.task}/model"
    assert published["metadata"]["elsewhere"] == "/elsewhere"


def test_a_local_path_of_the_launchers_own_choice_is_used(tmp_path, launcher):
    blessing = copying(launcher)
    workspace = tmp_path / "workspace"
    (blessing.parent / "model").rename(workspace)
    (model,) = launcher.inputs["model"]["artifacts"]
    model["customPath"] = str(workspace)
    run(launcher, tmp_path, "Copy")
    assert (blessing / "copy.txt").read_text() == "weights"


@pytest.mark.parametrize("told", [None, {"schemaTitle": "system.Artifact"}])
def test_inputs_have_the_types_of_the_component(tmp_path, launcher, told):
    blessing = copying(launcher)
    if told:
        launcher.inputs["model"]["artifacts"][0]["type"] = told
    run(launcher, tmp_path, "Copy")
    given = json.loads((blessing / "given.json").read_text())
    assert given["inputs"] == {"model": "Model"}


def test_the_executor_does_not_see_kubeflows_logs(tmp_path, launcher):
    blessing = copying(launcher)
    published = run(launcher, tmp_path, "Copy")
    given = json.loads((blessing / "given.json").read_text())
    assert given["outputs"] == {"blessing": "ModelBlessing"}
    assert published.keys() == {"blessing"}
    assert launcher.logs.read_text() == "what the step has printed\n"


def test_numbers_keep_their_type(tmp_path, launcher):
    blessing = copying(launcher)
    launcher.parameters = {"image_size": 32, "data_uri": "/data"}
    run(launcher, tmp_path, "Copy")
    given = json.loads((blessing / "given.json").read_text())
    assert given["properties"] == {"image_size": 32, "data_uri": "/data"}
    assert isinstance(given["properties"]["image_size"], int)


def test_metadata_goes_from_step_to_step(tmp_path):
    first = Launcher(tmp_path / "first")
    copying(first)
    blessed = run(first, tmp_path / "first", "Copy")["blessing"]["metadata"]
    second = Launcher(tmp_path / "second")
    # Kubeflow's metadata store has doubles only, and properties of its own.
    extra = {"display_name": "examples", "store_session_info": "{}"}
    examples = {"split_names": '["train", "test"]', "span": 2.0}
    second.input("examples", "Examples", metadata=examples | extra)
    pushed = {"pushed_destination": "/mnt/serving/cifar10/1"}
    second.input("blessing", "ModelBlessing", metadata=blessed | pushed | extra)
    output = second.output("run", schema("ModelRun"))
    run(second, tmp_path / "second", "Read")
    assert json.loads((output / "found.json").read_text()) == {
        "split_names": '["train", "test"]',
        "span": 2,
        "blessed": 1,
        "pushed": "/mnt/serving/cifar10/1",
    }


@pytest.mark.parametrize(("name", "published"), [("7", "7"), ("", "model")])
def test_an_evaluator_may_name_models_by_id(
    tmp_path, launcher, name, published
):
    launcher.input("model", "Model", name=name)
    launcher.output("blessing", schema("ModelBlessing"))
    metadata = run(launcher, tmp_path, "Bless")["blessing"]["metadata"]
    assert metadata["current_model_id"] == published


def test_objects_that_stand_for_directories_are_no_files(tmp_path, launcher):
    blessing = copying(launcher)
    model = blessing.parent / "model"
    (model / "variables_$folder$").touch()
    empty = launcher.input("baseline", "Model")
    empty.rmdir()
    empty.touch()
    run(launcher, tmp_path, "Copy")
    assert empty.is_dir()
    assert [file.name for file in model.iterdir()] == ["model.txt"]


def test_a_second_try_does_not_see_the_first(tmp_path, launcher):
    blessing = copying(launcher)
    launcher.parameters = {"seed": 1}
    blessing.mkdir()
    (blessing / "half.txt").write_text("half")
    # TFX would take what is there for the word of a driver, and obey it.
    driver = {"parameterValues": {"seed": 2}}
    for file in launcher.mount.glob("output*"):
        file.unlink()
    launcher.output_file.write_text(json.dumps(driver))
    (launcher.mount / "output_metadata.tfx.json").write_text(json.dumps(driver))
    run(launcher, tmp_path, "Copy")
    given = json.loads((blessing / "given.json").read_text())
    assert given["properties"] == {"seed": 1}
    assert {file.name for file in blessing.iterdir()} == {
        "copy.txt",
        "given.json",
    }


def test_the_executor_does_not_see_parameters_of_the_run(tmp_path, launcher):
    blessing = copying(launcher)
    launcher.parameters = {"seed": 1, "run_fn": "modules.run_fn"}
    launcher.compiled = launcher.run_parameters = {"seed": 5}
    run(launcher, tmp_path, "Copy")
    given = json.loads((blessing / "given.json").read_text())
    assert given["properties"] == {"seed": 1, "run_fn": "modules.run_fn"}


def test_other_parameters_make_other_properties(
    tmp_path, launcher, monkeypatch
):
    blessing = copying(launcher)
    launcher.node = "Pusher"
    launcher.parameters = {
        "push_destination": "/old",
        "image_size": 32,
        "only_compiled": 1,
    }
    launcher.compiled = {"seed": 5, "caps": {"bird": 1}}
    launcher.run_parameters = {"seed": 6}

    def properties(node, compiled, given):
        assert (node, compiled, given) == ("Pusher", launcher.compiled, given)
        assert given == {"seed": 6}
        assert isinstance(given["seed"], int)
        return {"push_destination": "/new", "image_size": 64}

    monkeypatch.setattr(rebuild, "execution_properties", properties)
    run(launcher, tmp_path, "Copy")
    found = json.loads((blessing / "given.json").read_text())["properties"]
    assert found == {"push_destination": "/new", "image_size": 64}
    assert isinstance(found["image_size"], int)


def test_a_mount_that_cannot_be_written_is_one_line(tmp_path, launcher):
    copying(launcher)
    launcher.outputs["blessing"]["artifacts"][0]["uri"] += "/below"
    (launcher.mount / "blessing").write_text("a file where a directory is due")
    with pytest.raises(UserError) as error:
        run(launcher, tmp_path, "Copy")
    assert f"cannot write {launcher.mount}/blessing/below" in str(error.value)
    assert f"become {launcher.task}/blessing/below" in str(error.value)
    assert "pipeline root" in str(error.value)


@pytest.fixture
def failing(launcher):
    """A step to fail; its paths are said outright, there being no mounts."""
    output = launcher.output("run", schema("ModelRun"))
    launcher.outputs["run"]["artifacts"][0]["uri"] = str(output)
    return launcher


def test_a_failure_ends_at_once_and_with_its_reason(failing):
    failing.parameters = {"how": "crash"}
    command = [sys.executable, "-m", entrypoint.__name__]
    result = subprocess.run(
        [*command, *failing.arguments("Fail")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert result.returncode == entrypoint.FAILED
    last_line = result.stdout.splitlines()[-1]
    assert last_line == "error: RuntimeError: first line second line"
    assert not failing.output_file.exists()


@pytest.mark.parametrize(
    ("how", "last_line"),
    [
        ("user error", "error: found 3 images, expected 4."),
        ("exit", "error: SystemExit: 0"),
    ],
)
def test_no_way_to_fail_is_hidden(failing, monkeypatch, capsys, how, last_line):
    failing.parameters = {"how": how}
    codes = []
    monkeypatch.setattr(sys, "argv", ["step", *failing.arguments("Fail")])
    monkeypatch.setattr(entrypoint.os, "_exit", codes.append)
    entrypoint.main()
    assert codes == [entrypoint.FAILED]
    assert capsys.readouterr().err.splitlines()[-1] == last_line
    assert not failing.output_file.exists()
