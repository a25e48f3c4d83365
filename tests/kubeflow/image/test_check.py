"""What ends the build of the image, and what says how large it is."""

import pytest
import yaml

from kubeflow.image import check, sizes


@pytest.fixture
def file(tmp_path):
    def write(*paths):
        arguments = ["--node", "N", "--executor_class_path"]
        executors = {
            path: {"container": {"args": [*arguments, path]}} for path in paths
        }
        found = tmp_path / "cifar10.yaml"
        spec = {"deploymentSpec": {"executors": executors}}
        found.write_text(yaml.safe_dump_all([spec, {"platforms": {}}]))
        return str(found)

    return write


def test_an_image_with_every_executor_passes(file, monkeypatch):
    monkeypatch.setattr(check, "RUNNER", "json.loads")
    check.main([file("collections.Counter", "pathlib.Path")])


@pytest.mark.parametrize(
    ("missing", "error"),
    [
        ("none.of.Executor", ModuleNotFoundError),
        ("pathlib.Executor", AttributeError),
    ],
)
def test_an_image_without_one_does_not(file, monkeypatch, missing, error):
    monkeypatch.setattr(check, "RUNNER", "json.loads")
    with pytest.raises(error):
        check.main([file("pathlib.Path", missing)])


def test_sizes_are_of_what_is_there(capsys):
    sizes.main()
    *packages, rest, total = capsys.readouterr().out.splitlines()[2:]
    assert packages[0].startswith("| tensorflow |")
    named = [int(line.split("|")[2]) for line in [*packages, rest]]
    assert int(total.split("|")[2]) == pytest.approx(sum(named), abs=10)
