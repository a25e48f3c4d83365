"""The page: how the run came to its result."""

import dataclasses

from components.run_report.page import render
from tests.support.components import made
from tests.support.components.read_page import Page, page


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
