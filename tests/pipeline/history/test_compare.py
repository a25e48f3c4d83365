"""Two runs side by side: what is shown to differ, and what is not."""

import re

import pytest

from pipeline.history import page, store
from pipeline.history.compare import compare
from pipeline.paths import Paths
from tests.support.pipeline import records

ONE, OTHER = "20261122-100000", "20261123-100000"


def compared(root, **changes):
    """The comparison of a run with one that has `changes`."""
    records.write(root, ONE)
    records.write(root, OTHER, **{"seed": 1, **changes})
    return compare(*store.read(Paths.under(root)).records)


def test_two_seeds_show_no_difference(tmp_path):
    found = compared(tmp_path)
    assert found.verdict.startswith("No difference in accuracy is shown: ")
    assert found.verdict.endswith("McNemar.")
    (seed,) = found.settings
    assert (seed.name, seed.first, seed.second) == ("seed", "0", "1")
    assert "data" in found.same
    assert found.notable == ()


def test_a_better_model_is_said_to_be_better(tmp_path):
    found = compared(tmp_path, hits=0.95)
    assert found.verdict.startswith(f"{OTHER} has the higher accuracy: +0.1")
    assert [row.title for row in found.notable] == list(records.CLASSES)


def test_every_kind_of_setting_is_compared(tmp_path):
    found = compared(
        tmp_path,
        seed=0,
        preset="smoke",
        caps={"cat": 10, "dog": 2_500, "emu": 5_000},
        hyperparameters={
            "autoencoder": {"epochs": 2},
            "classifier": {"epochs": 8, "widths": [64, 128]},
        },
        commit="f" * 40 + "+",
        versions={"python": "3.13.1", "tensorflow": "2.21.0"},
    )
    assert {(s.group, s.name): (s.first, s.second) for s in found.settings} == {
        ("run", "preset"): ("cpu", "smoke"),
        ("class caps", "cat"): ("5000", "10"),
        ("classifier hyperparameters", "epochs"): ("24", "8"),
        ("code", "commit"): ("c" * 12, "f" * 12 + "+"),
        ("libraries", "python"): ("3.11.2", "3.13.1"),
    }
    assert "autoencoder hyperparameters" in found.same
    assert "machine" in found.same


def test_an_old_record_is_compared_without_its_images(tmp_path):
    records.write_old(tmp_path, "20261101-100000")
    records.write(tmp_path, OTHER)
    found = compare(*store.read(Paths.under(tmp_path)).records)
    assert found.verdict.endswith("unpaired z-test.")
    assert "libraries" in found.unknown
    assert found.settings[0].name == "commit"


def test_a_class_without_test_images_is_listed_without_a_test(tmp_path):
    answers = records.predictions(seed=0)
    absent = {**records.result(answers)["classes"][0], "name": "gnu"}
    classes = [*records.result(answers)["classes"], {**absent, "images": 0}]
    records.write(tmp_path, ONE, classes=classes)
    records.write(tmp_path, OTHER, seed=1, classes=classes)
    found = compare(*store.read(Paths.under(tmp_path)).records)
    assert [row.title for row in found.classes][-1] == "gnu"
    assert found.classes[-1].difference is None


def test_other_images_are_never_paired(tmp_path):
    found = compared(tmp_path, images="other")
    assert not found.metrics[0].difference.paired


def test_recalls_of_other_capped_classes_are_not_tested(tmp_path):
    answers = records.predictions(seed=1)
    classes = records.result(answers)["classes"]
    for each in classes:
        each["capped"] = each["name"] == "cat"
    found = compared(tmp_path, classes=classes)
    by_title = {row.title: row for row in found.metrics}
    assert by_title["capped classes' recall"].difference is None
    assert by_title["accuracy"].difference is not None


def test_the_mean_recall_of_classes_is_tested_image_by_image(tmp_path):
    found = compared(tmp_path)
    by_title = {row.title: row for row in found.metrics}
    row = by_title["other classes' recall"]
    assert row.difference.value == pytest.approx(row.change)
    assert row.difference.paired


def test_the_page_says_what_the_table_says(tmp_path):
    text = page.render(compared(tmp_path, preset="<b>"))
    assert "No difference in accuracy is shown" in text
    assert "run: preset" in text
    assert "&lt;b&gt;" in text
    assert not re.search(r"<(script|link|img)|https?:", text)
