"""The page: what it says, and that it needs nothing but itself."""

import dataclasses
import html
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from components.run_report.page import matrix, render
from tests.support.components import made

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """A page's elements, texts and table rows; refuses unbalanced tags."""

    def __init__(self, page):
        super().__init__()
        self.open = []
        self.elements = []
        self.rows = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def row(self, name, length):
        """The cells of the only row so long that begins with `name`."""
        cells = [[" ".join(c.split()) for c in row] for row in self.rows]
        (row,) = (r for r in cells if r[0] == name and len(r) == length)
        return row

    def says(self, text):
        return text in " ".join(self.text.split())


def page(report=made.REPORT):
    return Page(render(report))


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
    assert page().says("the caps left out 400 training images in all")


def test_caps_that_cut_nothing_are_not_said_to_have_cut():
    counts = {
        name: dataclasses.replace(n, available=n.sampled)
        for name, n in made.COUNTS.items()
    }
    told = page(dataclasses.replace(made.REPORT, counts=counts))
    assert told.says("none was left out")
    assert not told.says("the caps left out")


def test_the_images_of_each_class_are_counted():
    assert page().row("<dog>", 6) == ["<dog>", "550", "250", "250", "25", "200"]
    assert page().row("all", 6) == ["all", "1,630", "", "1,230", "123", "600"]


def test_every_gate_is_told_with_what_was_reached():
    assert page().row("accuracy", 4) == ["accuracy", "0.8000", "0.8612", "yes"]
    title = "recall of every class (lowest: cat)"
    assert page().row(title, 4) == [title, "0.600", "0.580", "no"]


def test_hyperparameters_say_where_they_come_from():
    assert page().row("widths", 3) == ["widths", "64,128", "preset cpu"]
    rate = page().row("learning_rate", 3)
    assert rate == ["learning_rate", "0.75", "set for this run"]


def test_learning_curves_are_drawn_and_said_in_words():
    told = page()
    lines = [
        a["class"]
        for t, a in told.elements
        if t == "polyline" and a.get("class")
    ]
    assert lines.count("train") == 5
    assert lines.count("holdout") == 1
    labels = [a["aria-label"] for t, a in told.elements if t == "svg"]
    assert any(label.startswith("accuracy by epoch") for label in labels)


def test_without_curves_there_is_no_such_section():
    told = page(dataclasses.replace(made.REPORT, curves=()))
    assert not told.says("Learning curves")


def test_the_contents_lead_to_every_section():
    for run in (None, made.RUN, dataclasses.replace(made.RUN, previous=None)):
        told = Page(render(made.REPORT, run))
        links = [a["href"][1:] for t, a in told.elements if t == "a"][:17]
        titles = [a["id"] for t, a in told.elements if t == "h2" and "id" in a]
        assert [link for link in links if link in titles] == titles
    assert "previous" not in titles


def test_a_local_run_is_told():
    told = Page(render(made.REPORT, made.RUN))
    words = ("c" * 40, "AMD EPYC, 2 cores, 24 GB", "tensorflow 2.21.0")
    assert all(map(told.says, (*words, "15:30", "cached", "seed 0, now 17")))
    assert told.says("0.8596 0.8612 +0.0016 ± 0.0055")


def test_links_are_relative():
    told = Page(render(made.REPORT, made.RUN))
    links = [a["href"] for tag, a in told.elements if tag == "a"]
    assert "logs/20260102-030405.log" in links
    assert not any(link.startswith("/") or ":" in link for link in links)


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
    (cat, taken_for_dog, _), *_ = matrix(made.RESULT.classes)
    assert (cat.hit, cat.strength) == (True, 0.58)
    assert not taken_for_dog.hit
    assert taken_for_dog.strength == pytest.approx(0.12 / 0.3)


def test_a_perfect_classifier_can_be_drawn():
    classes = tuple(
        made.of_class(name, tuple(float(i == j) for j in range(3)))
        for i, name in enumerate(made.MODEL.class_names)
    )
    assert {c.strength for row in matrix(classes) for c in row} == {0.0, 1.0}
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
