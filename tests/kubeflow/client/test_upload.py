"""`cifar10 kubeflow upload`: a version of the pipeline for each commit."""

import pytest
import yaml

from cli import main
from tests.kubeflow.conftest import COMMIT, SPEC


@pytest.fixture
def upload(host, file, capsys):
    """Runs the command: its exit code, output and errors."""

    def run(*arguments):
        where = ["--host", host, "--file", str(file)]
        with pytest.raises(SystemExit) as exit_info:
            main.main(["kubeflow", "upload", *where, *arguments])
        out, err = capsys.readouterr()
        return exit_info.value.code or 0, out, err

    return run


def test_the_first_upload_makes_the_pipeline(api, host, upload, file):
    link = f"{host}/#/pipelines/details/p0/version/{COMMIT[:12]}\n"
    assert upload() == (0, link, "")
    (version,) = api.pipelines["cifar10"]["versions"].values()
    assert version["text"] == file.read_text()
    assert COMMIT in version["query"]["description"]


def test_the_next_commit_is_another_version_of_it(api, upload, file):
    upload()
    other = "f" * 40
    file.write_text(file.read_text().replace(COMMIT, f"{other}+"))
    assert upload()[0] == 0
    versions = api.pipelines["cifar10"]["versions"]
    assert list(versions) == [COMMIT[:12], f"{other[:12]}+"]


def test_a_version_is_not_uploaded_twice(api, upload):
    upload()
    code, _, error = upload()
    assert code == 1
    assert f"found a version '{COMMIT[:12]}'" in error
    assert error.count("\n") == 1
    assert upload("--version", "second")[0] == 0
    assert "second" in api.pipelines["cifar10"]["versions"]


def test_without_a_commit_a_version_needs_a_name(api, upload, file):
    info = {"pipelineInfo": {"name": "cifar10"}}
    file.write_text(yaml.safe_dump(SPEC | info))
    code, _, error = upload()
    assert code == 1
    assert "--version" in error
    assert not api.pipelines
    assert upload("--version", "first")[0] == 0


def test_on_a_multi_user_installation_it_is_the_namespaces(api, upload):
    api.multi_user = True
    assert upload("--namespace", "team-a", "--existing-token", "x")[0] == 0
    assert api.pipelines["cifar10"]["namespace"] == "team-a"
