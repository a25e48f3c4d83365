"""What was asked for and what was reached."""

import dataclasses

from components.run_report.gates import gates
from tests.support.components import made

BOUNDS = made.REPORT.gates


def found(**changes):
    result = dataclasses.replace(made.RESULT, **changes)
    return {gate.title: gate for gate in gates(result, BOUNDS)}


def test_every_gate_is_there_whether_it_passed_or_not():
    passed = {title: gate.passed for title, gate in found().items()}
    assert passed == {
        "PSNR": True,
        "SSIM": True,
        "accuracy": True,
        "recall of every class (lowest: cat)": False,
    }


def test_reaching_a_gate_exactly_passes_it():
    assert found(accuracy=0.8)["accuracy"].passed
    assert not found(accuracy=0.7999)["accuracy"].passed


def test_production_is_a_gate_where_there_is_one():
    title = "accuracy against production (0.8662)"
    gate = found(baseline_accuracy=0.8662)[title]
    assert (gate.asked, gate.reached) == ("-0.0050", "-0.0050")
    assert gate.passed
    title = "accuracy against production (0.8700)"
    assert not found(baseline_accuracy=0.87)[title].passed
