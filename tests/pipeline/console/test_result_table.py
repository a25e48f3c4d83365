"""The table at the end of a run."""

import dataclasses
import io
import json
import subprocess
import sys

import pytest
from rich.console import Console

from components.run_report.results import ClassResult, RunResult
from modules.evaluation.reliability import ReliabilityBin
from pipeline.console.result_table import render

CATS = ClassResult(
    name="cat",
    capped=False,
    images=1_000,
    recall=0.58,
    precision=0.61,
    auc=0.9321,
    psnr=31.5,
    ssim=0.951,
    predicted=(0.58, 0.12, 0.3),
)
BIRDS = dataclasses.replace(
    CATS, name="bird", capped=True, recall=1.0, predicted=(0.0, 1.0, 0.0)
)
DOGS = dataclasses.replace(
    CATS, name="dog", recall=0.5, predicted=(0.25, 0.25, 0.5)
)
RESULT = RunResult(
    model_name="cifar10",
    sample=False,
    test_images=10_000,
    accuracy=0.8612,
    top_2_accuracy=0.9431,
    macro_precision=0.8603,
    macro_recall=0.8613,
    macro_f1=0.8599,
    capped_recall=0.8013,
    uncapped_recall=0.8869,
    baseline_accuracy=None,
    psnr=31.22,
    ssim=0.9513,
    ssim_range_2=0.9641,
    ece=0.0123,
    nll=0.3512,
    temperature=1.428,
    reliability=(
        ReliabilityBin(count=0, confidence=0.0, accuracy=0.0),
        ReliabilityBin(count=10_000, confidence=0.8735, accuracy=0.8612),
    ),
    classes=(CATS, BIRDS, DOGS),
    pushed_to="/serving/cifar10/1700000000",
    reasons=(),
)


def text(result=RESULT, width=80):
    file = io.StringIO()
    Console(file=file, width=width).print(render(result))
    return file.getvalue()


def row(result, name):
    (line,) = (x for x in text(result).splitlines() if x.startswith(name))
    return line.split()


@pytest.mark.parametrize(
    "figure",
    [
        *("10,000", "0.8612", "0.9431", "0.8603", "0.8613", "0.8599"),
        *("0.8013", "0.8869", "31.22 dB", "0.9513", "0.9641"),
        "ECE 0.0123, temperature 1.43",
    ],
)
def test_every_figure_of_the_model_is_there(figure):
    assert figure in text()


def test_a_class_is_one_row():
    assert row(RESULT, "cat") == [
        *("cat", "0.580", "0.610", "0.9321", "31.50", "0.951"),
        *("dog", "30.0%"),
    ]


def test_capped_classes_are_marked_and_explained():
    assert row(RESULT, "bird")[:2] == ["bird", "*"]
    assert "* a class with more training images than its cap" in text()


def test_without_caps_nothing_speaks_of_them():
    result = dataclasses.replace(
        RESULT, classes=(CATS, DOGS, DOGS), capped_recall=None
    )

    assert "capped" not in text(result)


def test_a_class_without_mistakes_is_taken_for_none():
    assert row(RESULT, "bird")[-1] == "-"


def test_the_first_of_equal_mistakes_is_shown():
    assert row(RESULT, "dog")[-2:] == ["cat", "25.0%"]


def test_a_pushed_model_is_found():
    assert "pushed to /serving/cifar10/1700000000" in text()


def test_a_refused_model_has_its_reasons():
    reasons = (
        "recall of cat is 0.58, the gate asks for 0.60",
        "accuracy is 0.7900, the gate asks for 0.8000",
    )
    result = dataclasses.replace(RESULT, pushed_to="", reasons=reasons)

    actual = text(result)

    assert "Not pushed" in actual
    assert "lessed" not in actual
    for reason in reasons:
        assert reason in actual


def test_production_is_compared_with():
    result = dataclasses.replace(RESULT, baseline_accuracy=0.8571)

    assert "+0.0041 against 0.8571 in production" in text(result)


def test_the_sample_is_loud():
    result = dataclasses.replace(RESULT, sample=True)

    assert "SAMPLE" in text(result).splitlines()[0]
    assert "SAMPLE" not in text(RESULT)


def test_it_is_plain_text_of_80_columns():
    reasons = ("because " * 20,)
    result = dataclasses.replace(
        RESULT,
        sample=True,
        baseline_accuracy=0.8,
        pushed_to="",
        reasons=reasons,
    )

    actual = text(result)

    assert "\x1b" not in actual
    assert max(map(len, actual.splitlines())) <= 80


@pytest.mark.parametrize("width", [32, 40, 60, 70])
def test_narrow_terminals_lose_columns_and_no_figure_is_cut(width):
    actual = text(width=width)
    assert "…" not in actual
    assert max(map(len, actual.splitlines())) <= width
    (cat,) = (x for x in actual.splitlines() if x.startswith("cat"))
    assert cat.split()[:2] == ["cat", "0.580"]
    assert (cat.split()[-2:] == ["dog", "30.0%"]) == (width >= 40)


def test_equal_results_give_equal_tables():
    again = dataclasses.replace(RESULT, pushed_to="/elsewhere/2")

    assert text().splitlines()[:-1] == text(again).splitlines()[:-1]


def test_json_has_every_field():
    values = json.loads(RESULT.to_json())

    assert values["accuracy"] == 0.8612
    assert values["classes"][1]["name"] == "bird"
    assert values["reliability"][1] == {
        "count": 10_000,
        "confidence": 0.8735,
        "accuracy": 0.8612,
    }
    assert set(values) == {f.name for f in dataclasses.fields(RunResult)}


def test_importing_it_is_cheap():
    code = (
        "import sys, pipeline.console.result_table\n"
        "assert not {'tensorflow', 'tfx', 'apache_beam'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_of_many_classes_the_hardest_are_shown_and_some_reasons():
    classes = tuple(
        dataclasses.replace(CATS, name=f"c{i:03d}", recall=i / 200)
        for i in range(200)
    )
    result = dataclasses.replace(
        RESULT,
        classes=classes,
        pushed_to="",
        reasons=tuple(f"recall of c{i:03d}" for i in range(50)),
    )
    found = text(result)
    assert "the 30 classes with the lowest recall, of 200" in found
    assert "c029 " in found
    assert "c030 " not in found
    assert "and 40 more, in the report" in found
