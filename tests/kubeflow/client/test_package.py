"""What is checked of a compiled file before it goes to a cluster."""

import copy

import pytest
import yaml

from kubeflow.client import package as packages
from modules.common.errors import UserError
from tests.kubeflow.conftest import SPEC


def edited(file, edit):
    """The file, after somebody's `edit` of the specification."""
    spec = copy.deepcopy(SPEC)
    edit(spec)
    file.write_text(yaml.safe_dump(spec))
    return file


def test_what_a_file_says(package, file):
    assert package.file == file
    assert package.name == "cifar10"
    assert package.tasks == ("Transform",)
    assert package.kinds["seed"] == "NUMBER_INTEGER"
    assert package.defaults["preset"] == "cpu"


@pytest.mark.parametrize("image", ["", "x", "registry:5000/x"])
def test_an_image_without_tag_is_refused(file, image):
    def edit(spec):
        spec["deploymentSpec"]["executors"]["e"]["container"]["image"] = image

    with pytest.raises(UserError, match=rf"image of e is '{image}'.*--image"):
        packages.read(edited(file, edit))


def test_a_preset_that_does_not_exist_is_refused(file):
    def edit(spec):
        declared = spec["root"]["inputDefinitions"]["parameters"]
        declared["preset"]["defaultValue"] = "huge"

    with pytest.raises(UserError, match="preset is 'huge', expected smoke"):
        packages.read(edited(file, edit))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "words",
        "- a\n- list",
        "a: [",
        "a: mapping",
        "pipelineInfo: {name: x}",
        "root: {dag: {tasks: {}}}",
        "kind: Workflow\nspec: {}",
        "\x00",
    ],
)
def test_a_file_of_another_kind_is_refused(file, text):
    file.write_text(text)
    with pytest.raises(UserError, match="is no compiled pipeline"):
        packages.read(file)


def test_so_is_one_that_the_client_would_not_take_for_yaml(file):
    other = file.rename(file.with_suffix(".txt"))
    with pytest.raises(UserError, match="is no compiled pipeline"):
        packages.read(other)


def test_so_is_a_picture(file):
    file.write_bytes(b"\x89PNG\xff")
    with pytest.raises(UserError, match="is no compiled pipeline"):
        packages.read(file)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match="kubeflow compile"):
        packages.read(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("seed=7", {"seed": 7}),
        ("preset=gpu", {"preset": "gpu"}),
        ("later=True", {"later": True}),
        ("later=false", {"later": False}),
        ("data_digest=", {"data_digest": ""}),
    ],
)
def test_texts_become_values_of_the_parameters_type(package, text, values):
    found = packages.arguments(package, [text])
    assert found == values
    assert [*map(type, found.values())] == [*map(type, values.values())]


def test_other_images_are_taken_as_they_are_unless_told_which(package):
    other, digest = "data_uri=/mnt/other", "1" * 64
    assert packages.arguments(package, [other])["data_digest"] == ""
    known = [other, f"data_digest={digest}"]
    assert packages.arguments(package, known)["data_digest"] == digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed", "NAME=VALUE"),
        ("sed=1", "data_uri, later, preset, seed"),
        ("seed=1.5", "a whole number"),
        ("seed=-1", "at least 0 and at most 2147483647"),
        ("later=maybe", "true or false"),
        ("preset=huge", "smoke, cpu or gpu"),
        ("data_uri=relative/path", "an absolute path"),
        ("data_digest=abc", "64 hexadecimal digits"),
    ],
)
def test_values_that_no_run_can_have_are_refused(package, text, told):
    with pytest.raises(UserError, match=told):
        packages.arguments(package, [text])
