"""Labels: which version is served, with nothing deleted and nothing lost."""

import os
import shutil

import pytest

from components.pusher.models_config import load
from modules.common.errors import UserError
from serving import up
from serving.versions import labels, models_config
from tests.support.serving.fixtures import pushed


@pytest.fixture
def root(tmp_path):
    for version in (100, 200):
        pushed(tmp_path / "cifar10" / str(version))
    return tmp_path


def at_once(*_):
    """Servers that have loaded what they are told to."""


def assign(root, version, names=labels.LABELS):
    return labels.assign(
        root, "cifar10", dict.fromkeys(names, version), at_once
    )


def served(root, model="cifar10"):
    with models_config.edited(root) as server:
        return models_config.served(models_config.entry(server, model))


def test_at_first_the_newest_version_has_all_labels(root):
    assert labels.complete(root) == root / "models.config"
    assert labels.read(root) == {"cifar10": {"stable": 200, "canary": 200}}


def test_a_new_version_changes_no_label(root):
    labels.complete(root)
    pushed(root / "cifar10" / "300")
    labels.complete(root)
    assert labels.read(root) == {"cifar10": {"stable": 200, "canary": 200}}


def test_only_labelled_versions_are_loaded(root):
    pushed(root / "cifar10" / "50")
    labels.complete(root)
    assert served(root) == {200}
    assign(root, 100, ["canary"])
    assert served(root) == {100, 200}
    assign(root, 100, ["stable"])
    assert served(root) == {100, 200}  # `previous` is 200.
    assign(root, 50, ["stable"])
    assert served(root) == {50, 100}


def test_a_label_moves_after_servers_have_loaded_the_version(root):
    labels.complete(root)
    seen = []

    def loading(model, version, told):
        seen.append((model, version, told))
        assert served(root) == {100, 200}
        assert labels.read(root)["cifar10"]["stable"] == 200

    moved = labels.assign(root, "cifar10", {"stable": 100}, loading)
    assert seen == [("cifar10", 100, True)]
    assert moved == [labels.Moved("stable", 100, 200)]
    assert labels.read(root) == {
        "cifar10": {"stable": 100, "canary": 200, "previous": 200}
    }


def test_two_labels_do_not_move_at_once(root):
    """Each would have servers drop the version that the other waits for."""
    labels.complete(root)
    told = []

    def loading(*_):
        with pytest.raises(UserError, match="another command") as raised:
            assign(root, 100, ["canary"])
        told.append(raised.value)

    labels.assign(root, "cifar10", {"stable": 100}, loading)
    assert len(told) == 1
    assert labels.read(root)["cifar10"]["canary"] == 200


def test_a_version_that_no_server_can_load_gets_no_label(root):
    labels.complete(root)

    def failing(*_):
        raise UserError("cannot load")

    with pytest.raises(UserError, match="cannot load"):
        labels.assign(root, "cifar10", {"stable": 100}, failing)
    assert labels.read(root) == {"cifar10": {"stable": 200, "canary": 200}}
    assert served(root) == {200}


def _empty(version):
    shutil.rmtree(version)
    version.mkdir()


def _only_the_graph(version):
    """What TF Serving already takes for a version, and serves broken."""
    _empty(version)
    (version / "saved_model.pb").write_bytes(b"graph")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (
            lambda v: shutil.rmtree(v / "variables"),
            "variables.index is missing",
        ),
        (
            lambda v: (v / "saved_model.pb").write_bytes(b"g"),
            "saved_model.pb has 1 bytes instead of 5",
        ),
        (_empty, "assets.extra/manifest.json is missing"),
        (_only_the_graph, "assets.extra/manifest.json is missing"),
    ],
)
def test_no_label_is_put_on_an_incomplete_version(root, damage, told):
    labels.complete(root)
    damage(root / "cifar10" / "100")
    with pytest.raises(
        UserError, match=f"100 of cifar10 is incomplete: .*{told}"
    ):
        assign(root, 100)
    assert labels.read(root) == {"cifar10": {"stable": 200, "canary": 200}}


def test_an_incomplete_newest_version_is_not_the_first_to_be_served(root):
    (root / "cifar10" / "300").mkdir()
    labels.complete(root)
    assert labels.read(root) == {"cifar10": {"stable": 200, "canary": 200}}


@pytest.mark.parametrize("name", ["0", str(2**63), "9" * 5000, "-1", "007"])
def test_junk_is_no_version(root, name):
    shutil.move(root / "cifar10" / "200", root / "cifar10" / name[:200])
    assert labels.versions(root / "cifar10") == [100]


def test_a_model_whose_folder_is_gone_is_dropped(root):
    pushed(root / "other" / "1")
    labels.complete(root)
    shutil.rmtree(root / "other")
    labels.complete(root)
    assert set(labels.read(root)) == {"cifar10"}


def test_a_model_from_elsewhere_stays(root):
    path = labels.complete(root)
    path.write_text(path.read_text().replace("/models/cifar10", "/mnt/m"))
    shutil.rmtree(root / "cifar10")
    pushed(root / "other" / "1")
    labels.complete(root)
    assert set(labels.read(root)) == {"cifar10", "other"}


def test_a_stable_version_that_is_gone_is_not_replaced_unasked(root):
    labels.complete(root)
    shutil.rmtree(root / "cifar10" / "200")
    with pytest.raises(
        UserError, match=r"200, which is not .*label 100 stable"
    ):
        labels.complete(root)
    assign(root, 100, ["stable"])
    labels.complete(root)
    assert labels.read(root) == {"cifar10": {"stable": 100, "canary": 100}}


def test_what_was_edited_by_hand_stays(root):
    path = labels.complete(root)
    path.write_text(
        path.read_text().replace(
            'name: "cifar10"',
            'name: "cifar10" logging_config { sampling_config '
            "{ sampling_rate: 0.5 } }",
        )
    )
    assign(root, 100)
    (config,) = load(root).model_config_list.config
    assert config.logging_config.sampling_config.sampling_rate == 0.5


def test_a_file_of_an_older_layout_is_brought_to_this_one(root):
    path = labels.complete(root)
    older = path.read_text()
    start, end = older.index("specific {"), older.index("version_labels")
    path.write_text(older[:start] + "all {} }\n" + older[end:])
    assert served(root) == set()
    labels.complete(root)
    assert served(root) == {200}


def test_a_server_never_sees_half_a_file(root, monkeypatch):
    path = labels.complete(root)
    before = path.read_text()

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UserError, match="full"):
        assign(root, 100)
    assert path.read_text() == before


def test_a_version_that_is_not_there_is_refused(root):
    with pytest.raises(UserError, match=r"no version 5; .*: 200, 100"):
        assign(root, 5)
    assert not (root / "models.config").exists()


def test_a_file_that_is_no_configuration_is_not_overwritten(root):
    path = root / "models.config"
    path.write_text("penguins: 7")
    with pytest.raises(UserError, match="expected a ModelServerConfig"):
        assign(root, 100)
    assert path.read_text() == "penguins: 7"


def test_nothing_pushed_is_said_so(tmp_path):
    with pytest.raises(UserError, match="make run"):
        labels.complete(tmp_path / "nothing")


def test_where_there_is_no_docker_the_labels_still_count(root):
    words = up.advice("Docker is not installed", root)
    config = root / "models.config"
    assert f"--model_config_file={config}" in words
    (entry,) = load(root).model_config_list.config
    assert entry.base_path == f"{root}/cifar10"
    labels.complete(root)
    (entry,) = load(root).model_config_list.config
    assert entry.base_path == "/models/cifar10"
