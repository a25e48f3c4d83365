"""What a step pays for its time."""

import dataclasses

import pytest

from ablation import steps
from tests.ablation.test_table import OUTCOME

STEP = dataclasses.replace(
    OUTCOME,
    system="today",
    labelled=38_250,
    accuracy=0.90,
    by_views={"none": 0.89, "flip": 0.90, "flip_translate": 0.91},
    classifier_epochs=24,
    classifier_seconds=912.0,
)


def step(system, accuracy, seconds, **changes):
    return dataclasses.replace(
        STEP,
        system=system,
        accuracy=accuracy,
        classifier_seconds=seconds,
        **changes,
    )


def lines(outcomes):
    """The table's lines by the step's name."""
    found = [line.split(" | ") for line in steps.markdown(outcomes).split("\n")]
    return {
        cells[0].split("`")[1]: [cell.strip(" |") for cell in cells[1:]]
        for cells in found
        if "`" in cells[0]
    }


def test_a_step_is_compared_with_the_one_before_it():
    found = lines([STEP, step("bfloat16", 0.899, 612.0)])
    views = ["0.8900", "0.9000", "0.9100"]
    assert found["today"] == ["1", "912", "1,000", *views, *"----"]
    assert found["bfloat16"] == [
        *("1", "612", "1,490", *views),
        *("today", "-0.10", "-300", "-0.03 saved"),
    ]


def test_seeds_are_paired():
    found = lines(
        [
            *(STEP, step("today", 0.90, 912.0, seed=1)),
            step("bfloat16", 0.91, 1_012.0),
            step("bfloat16", 0.93, 1_012.0, seed=1),
        ]
    )
    # By hand: mean 2, sd 1.414, t(1) = 12.706.
    assert found["bfloat16"][-3:] == ["+2.00 ± 12.71", "+100", "+2.00"]


def test_a_step_whose_baseline_was_not_run_is_not_compared():
    found = lines([step("fused", 0.9, 600.0)])
    assert found["fused"][-4:] == ["bfloat16", "-", "-", "-"]


@pytest.mark.parametrize(
    ("points", "extra", "words"),
    [
        (0.5, 200, "+0.25"),
        (-0.5, 200, "-0.25"),
        (0.5, -200, "+0.25 saved"),
        (-0.5, -200, "-0.25 saved"),
        (0.5, 49, "same time"),
        (0.5, -49, "same time"),
    ],
)
def test_the_price_is_for_a_hundred_seconds(points, extra, words):
    assert steps.price(points, extra, before=1_000) == words
