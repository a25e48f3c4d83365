"""The files for serving another model have no cifar10 but the command."""

import re

import pytest
import yaml

from modules.common.errors import UserError
from serving import manifests


@pytest.fixture
def written(tmp_path):
    manifests.write("my_flowers", tmp_path / "deploy")
    return tmp_path / "deploy"


def test_nothing_but_the_command_is_called_cifar10(written):
    left = {
        (path.name, line)
        for path in written.rglob("*")
        if path.is_file()
        for line in path.read_text().splitlines()
        if re.search(
            r"cifar10(?! (label|models|deliver|promote|rollback))", line
        )
        and not re.search(r"`cifar10$|#   cifar10 deliver", line)
    }
    assert left == set()


def test_kubernetes_and_the_server_get_names_that_they_take(written):
    probe = (written / "config" / "readiness.http").read_text()
    assert "/v1/models/my_flowers/labels/stable:predict" in probe
    config = (written / "config" / "models.config").read_text()
    assert 'name: "my_flowers"' in config
    assert 'base_path: "/models/my_flowers"' in config
    names = {
        document["metadata"]["name"]
        for path in (written / "kubernetes").rglob("*.yaml")
        for document in yaml.safe_load_all(path.read_text())
        if document and "metadata" in document
    }
    assert "my-flowers-serving" in names
    assert not any("cifar10" in name or "_" in name for name in names)


def test_what_cannot_be_a_name_or_is_there_is_refused(written):
    with pytest.raises(UserError, match="'My flowers', expected up to 48"):
        manifests.write("My flowers", written / "x")
    with pytest.raises(UserError, match="exists; expected a new directory"):
        manifests.write("flowers", written)
