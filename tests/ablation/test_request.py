"""What an ablation is asked for: a study, its systems, fractions of labels."""

import importlib.util
import sys

import pytest

from ablation.request import parse_labels
from ablation.studies import catalogue
from ablation.studies.catalogue import STUDIES
from cli import main
from modules.common.errors import UserError


def test_systems_are_chosen_in_the_table_s_order():
    study = STUDIES["node-2"]
    chosen = catalogue.chosen(study, "joint, image")
    assert [system.name for system in chosen] == ["image", "joint"]
    assert catalogue.chosen(study, None) == list(study.systems)


@pytest.mark.parametrize("name", ["vit", "oversampling"])
def test_a_system_that_the_study_does_not_have_is_named(name):
    with pytest.raises(
        UserError, match=f"'node-2' has no system '{name}'; expected .*image"
    ):
        catalogue.chosen(STUDIES["node-2"], f"image,{name}")


@pytest.mark.parametrize("text", ["0", "1.5", "all", "", "1,-1"])
def test_a_share_of_the_labels_is_a_number_up_to_one(text):
    with pytest.raises(UserError, match="expected numbers above 0"):
        parse_labels(text)


@pytest.mark.parametrize("option", ["--budget", "--pretraining"])
def test_a_study_of_steps_has_no_budget(option, capsys, tmp_path):
    out = str(tmp_path / "out")
    with pytest.raises(SystemExit) as exit_info:
        main.main(["ablation", "--study", "ladder", option, "5", "--out", out])
    assert exit_info.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "'ladder' has schedules of its own" in line
    assert not (tmp_path / "out").exists()


def test_a_study_that_does_not_exist_is_one_line(capsys):
    with pytest.raises(SystemExit) as exit_info:
        main.main(["ablation", "--study", "vit"])
    assert exit_info.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'vit', expected node-2, node-2-cpu, compressing" in line


def test_a_backend_that_keras_does_not_have_is_one_line(capsys):
    with pytest.raises(SystemExit) as exit_info:
        main.main(["ablation", "--backend", "torch"])
    assert exit_info.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'torch', expected tensorflow or jax" in line


def test_a_backend_that_is_not_installed_is_one_line(
    capsys, tmp_path, monkeypatch
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    out = str(tmp_path / "out")
    with pytest.raises(SystemExit) as exit_info:
        main.main(["ablation", "--backend", "jax", "--out", out])
    assert exit_info.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "'jax', which is not installed; add it with" in line
    assert f"uv pip install --python {sys.executable} jax`" in line
    assert not (tmp_path / "out").exists()
