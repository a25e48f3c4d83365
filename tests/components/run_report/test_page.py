"""The page: what it says of the result, and that it needs nothing else."""

import dataclasses
import html
import re
import subprocess
import sys

import pytest

from components.run_report.page import matrix, render
from modules.data_profile.verdict import Finding
from modules.image_statistics import STATISTICS
from tests.support.components import made
from tests.support.components.read_page import Page, page


@pytest.mark.parametrize(
    "figure",
    [
        *("0.8612", "0.9431", "0.8603", "0.8613", "0.8599", "0.8013"),
        *("0.8869", "31.22 dB", "0.9513", "0.9641", "preset cpu"),
        *("600 test images", "1,230 sampled", "seed 17", "2026-01-02 03:04"),
        *("digest-of-the-model", "digest-of-the-data"),
    ],
)
def test_the_run_is_told(figure):
    assert page().says(figure)


def test_a_class_is_one_row():
    assert page().row("cat", 9) == [
        *("cat", "500", "0.580", "0.611", "0.595", "0.9321", "31.57", "0.951"),
        "emu 30.0%",
    ]


def test_a_capped_class_is_marked_and_explained():
    assert page().row("<dog> * (capped)", 9)[1] == "250"
    assert page().says("the caps excluded 400 training images in total")


def test_without_caps_nothing_speaks_of_them():
    classes = tuple(
        dataclasses.replace(c, capped=False) for c in made.RESULT.classes
    )
    told = page(made.report(classes=classes, capped_recall=None))
    assert not told.says("capped")


def test_the_confusion_matrix_counts_images():
    assert page().row("cat", 4) == ["cat", "116", "24", "60"]
    assert page().row("<dog>", 4) == ["<dog>", "50", "150", ""]


def test_calibration_is_told_in_figures():
    assert all(map(page().says, ("0.0123", "temperature 0.550", "0.4312")))


def test_each_bin_with_images_is_counted_and_one_row():
    told = page()
    drawn = [tag for tag, _ in told.elements]
    assert drawn.count("rect") == 11
    row = told.row("0.93 to 1.00", 5)
    assert row[:4] == ["0.93 to 1.00", "338", "0.988", "0.979"]
    assert row[4] == "0.958 to 0.990"
    assert not told.says("0.20 to 0.27")


def test_bins_of_a_few_images_are_not_on_the_curve():
    told = page()
    circles = [a for tag, a in told.elements if tag == "circle"]
    assert len(circles) == 9
    assert len([a for _, a in told.elements if a.get("class") == "few"]) == 2
    intervals = [a for _, a in told.elements if a.get("class") == "interval"]
    for circle, interval in zip(circles, intervals, strict=True):
        low, high = float(interval["y1"]), float(interval["y2"])
        assert high < float(circle["cy"]) < low


def test_the_curve_is_on_the_diagonal_where_confidence_is_accuracy():
    bins = (
        made.NO_IMAGES,
        dataclasses.replace(made.NO_IMAGES, count=40, confidence=0.75),
        dataclasses.replace(
            made.NO_IMAGES, count=80, confidence=0.9, accuracy=0.9
        ),
    )
    told = page(made.report(reliability=bins))
    (ideal,) = (a for _, a in told.elements if a.get("class") == "ideal")
    x1, x2, y1, y2 = (float(ideal[k]) for k in ("x1", "x2", "y1", "y2"))
    low, on = (a for tag, a in told.elements if tag == "circle")
    assert float(on["cx"]) == pytest.approx(x1 + 0.9 * (x2 - x1))
    assert float(on["cy"]) == pytest.approx(y1 + 0.9 * (y2 - y1))
    assert float(low["cy"]) == y1
    few, many = (a for tag, a in told.elements if tag == "rect")
    assert float(many["height"]) == 2 * float(few["height"])


def test_hits_and_mistakes_are_coloured_apart():
    (cat, taken_for_dog, _), *_ = matrix(made.RESULT.classes, made.RESULT.shown)
    assert (cat.hit, cat.strength) == (True, 0.58)
    assert not taken_for_dog.hit
    assert taken_for_dog.strength == pytest.approx(0.12 / 0.3)


def test_a_perfect_classifier_can_be_drawn():
    classes = tuple(
        made.of_class(name, tuple(float(i == j) for j in range(3)))
        for i, name in enumerate(made.MODEL.class_names)
    )
    assert {
        c.strength for row in matrix(classes, range(len(classes))) for c in row
    } == {0.0, 1.0}
    gallery = dataclasses.replace(made.GALLERY, mistakes=())
    report = dataclasses.replace(made.report(classes=classes), gallery=gallery)
    assert page(report).says("every test image is classified correctly")


def test_the_gate_is_drawn_and_who_is_below_it_said():
    told = page()
    (bars,) = (a for _, a in told.elements if a.get("class") == "bars classes")
    assert bars["style"] == "--gate: 0.6"
    assert " ".join(told.text.split()).count("below the gate") == 1


def test_a_pushed_model_is_found():
    told = page()
    assert told.says("Blessed and pushed")
    assert told.says("/serving/cifar10/1700000000")


def test_a_refused_model_has_every_reason():
    reasons = ("recall of cat is 0.58, the gate asks for 0.60", "too & slow")
    told = page(made.report(pushed_to="", reasons=reasons))
    assert told.says("Not pushed")
    assert not told.says("lessed")
    assert all(map(told.says, reasons))


def test_production_is_compared_with():
    told = page(made.report(baseline_accuracy=0.8571))
    assert told.says("+0.0041 against 0.8571 in production")
    assert not page().says("in production")


def test_the_sample_is_loud():
    assert page(made.report(sample=True)).says("Sample data")
    assert not page().says("Sample data")


def test_every_picture_has_an_alternative_and_is_in_the_page():
    pictures = [a for tag, a in page().elements if tag == "img"]
    assert len(pictures) == 3 + 8
    for picture in pictures:
        assert picture["alt"]
        assert picture["src"].startswith("data:image/png;base64,iVBOR")


def test_nothing_is_fetched():
    text = render(made.REPORT, made.RUN)
    assert "//" not in re.sub(r"base64,[\w+/=]*", "", text)
    tags = {tag for tag, _ in Page(text).elements}
    assert not {"script", "link", "iframe", "object"} & tags
    assert not re.search(r"url\(|@import", text)


def test_names_are_text_and_never_markup():
    text = render(made.REPORT)
    assert "<dog>" not in text
    assert html.escape("<dog>") in text
    assert not any("onload" in a for _, a in Page(text).elements)


def test_it_takes_no_tensorflow():
    code = (
        "import sys, components.run_report.page\n"
        "assert not {'tensorflow', 'tfx', 'apache_beam'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_of_many_classes_the_hardest_are_drawn_and_all_are_in_the_table():
    first, *_ = made.RESULT.classes
    predicted = (*first.predicted, *[0.0] * (40 - len(first.predicted)))
    classes = tuple(
        dataclasses.replace(
            first, name=f"c{i:02d}", recall=i / 40, predicted=predicted
        )
        for i in range(40)
    )
    result = dataclasses.replace(made.RESULT, classes=classes)
    assert result.shown == tuple(range(30))
    cells = matrix(classes, result.shown)
    assert len(cells) == len(cells[0]) == 30


def test_the_statistics_of_the_data_and_the_verdict_are_told():
    told = page()
    assert told.says("at most 0.0123 of 0.0321 allowed (contrast, test split)")
    assert told.says("at most 0.0045 of 0.0213 allowed (blue)")
    assert told.says("Warning: 3 of 600 test images are in train too.")
    row = told.row("contrast", 6)
    assert row[1] == "0.300 ± 0.100"
    drawn = [a for _, a in told.elements if a.get("class") == "histogram"]
    assert len(drawn) == 2 * len(STATISTICS)


def test_the_first_data_and_accepted_data_are_told():
    first = dataclasses.replace(
        made.DATA.verdict,
        baseline="",
        accepted=True,
        distances=made.DATA.verdict.distances[1:],
        findings=(Finding("blue of train: skew 0.5", "change", 9.0),),
    )
    data = dataclasses.replace(made.DATA, verdict=first)
    told = page(dataclasses.replace(made.REPORT, data=data))
    assert told.says("no earlier data was pushed to compare with")
    assert told.says("Accepted: blue of train: skew 0.5.")
    assert not told.says("no findings")
