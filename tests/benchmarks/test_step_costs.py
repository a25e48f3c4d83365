"""The table of what the steps on Kubeflow cost."""

import pytest

from benchmarks import step_costs
from benchmarks.step_costs import Cost
from tests.support.kubeflow import orchestrator


def test_a_row_is_a_step():
    cost = Cost(step="A", peak_bytes=1_250_000_000, cpu_seconds=9, seconds=4.6)
    assert step_costs.table([cost]).splitlines() == [
        "| step | memory, GB | CPU, s | wall, s |",
        "|---|---|---|---|",
        "| A | 1.25 | 9 | 5 |",
    ]


def test_a_process_is_measured_with_its_children():
    """What it holds itself, and what a child that it waited for has held."""
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', %r])"
    child %= "b = bytearray(80_000_000)"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orchestrator, "STEP", child)
        status, usage = orchestrator._process([], None)
    assert status == 0
    assert usage.ru_maxrss * 1024 > 80_000_000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "classifier.epochs=none"], "classifier.epochs"),
        (["--data", "/nowhere"], "/nowhere"),
    ],
)
def test_what_cannot_be_measured_is_one_line(capsys, arguments, told):
    assert step_costs.main(arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line
