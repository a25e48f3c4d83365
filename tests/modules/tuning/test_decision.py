"""A search keeps the current values unless others are better beyond doubt."""

import numpy as np
import pytest

from modules.tuning import decision
from modules.tuning.decision import Contestant, decide
from modules.tuning.records import TrialRecord

IMAGES = 1_000
WEIGHTS = np.full(IMAGES, 1 / IMAGES)
SHORT, FULL = 2, 24


def trial(number, right, *, epochs=SHORT, wrong_first=0):
    """A trial that gets so many images right, all but the first few."""
    values = np.zeros(IMAGES)
    values[wrong_first : wrong_first + right] = 1
    return Contestant(
        number=number,
        score=float(WEIGHTS @ values),
        epochs=epochs,
        values=values,
    )


def decided(trials, finals=(), **changes):
    options = {"schedule": FULL, "direction": "max", "weights": WEIGHTS}
    return decide(trials, finals, **{**options, **changes})


def test_the_standard_error_is_that_of_paired_differences():
    rng = np.random.default_rng(0)
    first = (rng.random(IMAGES) < 0.8).astype(float)
    second = np.where(rng.random(IMAGES) < 0.1, 1 - first, first)
    found = decision.standard_error(first, second, WEIGHTS)
    expected = np.std(first - second, ddof=1) / np.sqrt(IMAGES)
    assert found == pytest.approx(expected)


def test_the_standard_error_counts_images_as_the_score_does():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [900, 100])
    weights = np.where(labels == 0, 0.5 / 900, 0.5 / 100)
    leads, errors = [], []
    for _ in range(400):
        pair = (rng.random((2, IMAGES)) < 0.7).astype(float)
        leads.append(weights @ (pair[0] - pair[1]))
        errors.append(decision.standard_error(*pair, weights))
    assert np.mean(errors) == pytest.approx(np.std(leads), rel=0.1)


@pytest.mark.parametrize(("more", "chosen"), [(5, 0), (30, 1)])
def test_a_short_trial_has_to_lead_by_two_standard_errors(more, chosen):
    # 10 images that only the current values get right: real disagreement.
    found = decided([trial(0, 800), trial(1, 800 + more, wrong_first=10)])
    assert found.rule == "uncertainty"
    assert found.chosen == chosen
    assert found.challenger == 1
    assert found.lead == pytest.approx(more / IMAGES)
    wins = found.lead > 1.96 * found.standard_error
    assert wins == (chosen == 1)


def test_the_final_round_decides_over_the_short_trials():
    short = [trial(0, 700), trial(1, 800), trial(2, 790)]
    finals = [
        trial(0, 900, epochs=FULL),
        trial(1, 880, epochs=FULL),
        trial(2, 901, epochs=FULL, wrong_first=2),
    ]
    lost = decided(short, finals[:2])
    assert (lost.chosen, lost.rule) == (0, "no_challenger")
    close = decided(short, finals)
    assert (close.chosen, close.rule) == (0, "full_schedule")
    assert close.challenger == 2
    won = decided(short, [*finals[:2], trial(2, 930, epochs=FULL)])
    assert (won.chosen, won.rule, won.epochs) == (2, "full_schedule", FULL)


@pytest.mark.parametrize("finals", [[0], [1, 2]])
def test_an_incomplete_final_round_does_not_count(finals):
    short = [trial(0, 700), trial(1, 705, wrong_first=10), trial(2, 690)]
    found = decided(short, [trial(n, 900 + n, epochs=FULL) for n in finals])
    assert (found.chosen, found.rule) == (0, "uncertainty")


def test_trials_of_the_full_length_need_no_final_round():
    found = decided([trial(0, 800, epochs=FULL), trial(1, 850, epochs=FULL)])
    assert (found.chosen, found.rule) == (1, "full_schedule")


def test_only_trials_of_the_same_length_are_compared():
    found = decided([trial(0, 800), trial(1, 900, epochs=1)])
    assert (found.chosen, found.rule) == (0, "no_challenger")


def test_where_lower_is_better_the_lowest_leads():
    trials = [trial(0, 800), trial(1, 700), trial(2, 900)]
    found = decided(trials, direction="min")
    assert found.chosen == 1
    assert found.lead == pytest.approx(0.1)


def test_without_the_current_values_the_best_is_taken():
    found = decided([trial(3, 700), trial(4, 800)])
    assert (found.chosen, found.rule) == (4, "no_baseline")


def test_a_lead_of_unknown_certainty_is_none():
    unknown = Contestant(number=1, score=0.99, epochs=SHORT)
    assert decided([trial(0, 700), unknown]).chosen == 0


def test_challengers_are_the_best_that_beat_the_current_values():
    trials = [trial(n, r) for n, r in enumerate((700, 690, 705, 720, 710))]
    longer = trial(5, 990, epochs=FULL)
    assert decision.challengers([*trials, longer], "max", 2) == [3, 4]
    assert decision.challengers(trials, "min", 2) == [1]
    assert decision.challengers(trials[1:], "max", 2) == []


def baseline(epochs, scores):
    """The record of a trial that stopped early after so many epochs."""
    return TrialRecord(
        number=0,
        values={},
        epochs=epochs,
        state="completed",
        seconds=60.0 * scores,
        scores=(0.5,) * scores,
    )


@pytest.mark.parametrize(("epochs", "scores"), [(2, 2), (8, 3)])
def test_a_final_round_takes_as_long_as_its_epochs(epochs, scores):
    found = decision.reserve(baseline(epochs, scores), FULL, 2)
    assert found == pytest.approx(3 * 60 * FULL * 1.1)


@pytest.mark.parametrize(("epochs", "most"), [(FULL, 1), (SHORT, 0)])
def test_no_time_is_kept_for_a_round_that_is_not_needed(epochs, most):
    assert not decision.reserve(baseline(epochs, epochs), FULL, most)


def test_the_sentence_says_which_rule_decided():
    kept = decided([trial(0, 800), trial(1, 805, wrong_first=10)])
    assert "in short trials" in kept.sentence()
    assert "needed 1.96" in kept.sentence()
    assert kept.sentence().endswith("the current values stay")
    taken = decided(
        [trial(0, 700), trial(1, 800)],
        [trial(0, 800, epochs=FULL), trial(1, 850, epochs=FULL)],
    )
    assert "trial 2 leads the current values by 0.05" in taken.sentence()
    assert "at the full schedule (24 epochs" in taken.sentence()
    assert "are taken" in taken.sentence()
    assert "no trial was better" in decided([trial(0, 1)]).sentence()
    assert "could not be trained" in decided([trial(1, 1)]).sentence()
