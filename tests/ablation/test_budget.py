"""The same operations for every system, within half a step."""

import typing
from dataclasses import replace

import pytest

from ablation import budget
from ablation.studies.catalogue import STUDIES, SYSTEMS
from modules import hparams
from modules.combinations import check
from modules.common.errors import UserError

LADDER = STUDIES["ladder"].systems
AUTOENCODER = budget.epoch(1_000, 100, 1_000)
CLASSIFIER = budget.epoch(1_000, 300, 2_000)


def plan(name, total, **changes):
    system = SYSTEMS[name]
    return budget.plan(
        system,
        budget.Budget(operations=total, **changes),
        autoencoder=AUTOENCODER,
        classifier=CLASSIFIER if system.classifier else None,
    )


def test_an_epoch_is_of_whole_batches():
    assert budget.Epoch(steps=3, step_operations=600_000) == CLASSIFIER
    assert budget.epoch(40, 100, 1).step_operations == 40


def test_the_autoencoder_gets_its_share_and_the_classifier_the_rest():
    found = plan("bottleneck-frozen", 100_000_000)
    assert found.autoencoder_epochs == 40
    assert found.classifier_epochs == pytest.approx(60 / 1.8)


def test_an_autoencoder_may_have_a_budget_of_its_own():
    found = plan("bottleneck-frozen", 60_000_000, pretraining=200_000_000)
    assert found.autoencoder_epochs == 200
    assert found.classifier_epochs == pytest.approx(60 / 1.8)


@pytest.mark.parametrize(
    ("accounting", "operations"),
    [("total", 260_000_000), ("classifier", 60_000_000)],
)
def test_a_random_start_gets_it_too_unless_it_is_not_counted(
    accounting, operations
):
    found = plan(
        "bottleneck-random",
        60_000_000,
        pretraining=200_000_000,
        accounting=accounting,
    )
    assert found.autoencoder_operations == 0
    assert found.classifier_epochs == pytest.approx(
        operations / 1_800_000, abs=1 / CLASSIFIER.steps
    )


def test_a_random_start_trains_for_longer():
    assert plan("bottleneck-random", 100_000_000).autoencoder_operations == 0
    longer = plan("bottleneck-random", 100_000_000).classifier_epochs
    assert longer > plan("bottleneck-frozen", 100_000_000).classifier_epochs


@pytest.mark.parametrize(
    "name", [name for name, system in SYSTEMS.items() if system.classifier]
)
def test_budgets_agree_within_half_a_step(name):
    total = 10**10
    off = abs(plan(name, total).operations - total)
    assert off <= CLASSIFIER.step_operations / 2


def test_the_reconstruction_alone_costs_what_the_others_pay_for_it():
    alone, shared = plan("autoencoder", 10**8), plan("bottleneck-joint", 10**8)
    assert alone.operations == shared.autoencoder_operations


def test_a_budget_below_an_epoch_of_each_is_refused():
    with pytest.raises(UserError, match=r"does not cover [^;]*'frozen'; raise"):
        plan("frozen", 1_000_000)


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda s: s.name)
def test_systems_can_be_built_and_have_their_baseline(system):
    if system.classifier is not None:
        check(system.autoencoder, system.classifier, 32)
    if system.baseline is not None and system not in LADDER:
        baseline = SYSTEMS[system.baseline]
        assert baseline.baseline is None
        assert baseline.classifier.widths == system.classifier.widths
        assert baseline.autoencoder.widths == system.autoencoder.widths


def test_node_2_is_compared_with_what_learned_nothing_before():
    for system in STUDIES["node-2"].systems + STUDIES["node-2-cpu"].systems:
        if system.baseline is not None:
            assert system.pretrained
            assert not SYSTEMS[system.baseline].pretrained


def test_no_two_systems_have_the_same_name():
    assert len(SYSTEMS) == sum(len(s.systems) for s in STUDIES.values())


def test_a_step_is_the_one_before_with_one_change():
    for system in LADDER:
        if system.baseline is None:
            continue
        before = SYSTEMS[system.baseline]
        assert LADDER.index(before) < LADDER.index(system)
        assert before.autoencoder == system.autoencoder
        old, new = before.classifier.to_dict(), system.classifier.to_dict()
        changed = {name for name in new if new[name] != old[name]}
        # What belongs to the change, or keeps the time the same.
        changed -= {
            "wide": {"epochs"},
            "longer-deep": {"widths"},
            "crops-first": {"initial_share"},
            "mostly-crops": {"epochs"},
            "short-crops": {"initial_share", "epochs"},
        }.get(system.name, set())
        assert len(changed) == 1, system.name


def test_a_step_takes_the_epochs_of_its_hyperparameters():
    system = SYSTEMS["wide"]
    found = budget.plan(
        system, None, autoencoder=AUTOENCODER, classifier=CLASSIFIER
    )
    assert found.autoencoder_epochs == system.autoencoder.epochs
    assert found.classifier_epochs == system.classifier.epochs == 16
    assert found.classifier_operations == 16 * 3 * 600_000
    untrained = replace(
        system, classifier=replace(system.classifier, encoder="random")
    )
    found = budget.plan(
        untrained, None, autoencoder=AUTOENCODER, classifier=CLASSIFIER
    )
    assert found.autoencoder_epochs == 0


def test_remedies_differ_in_nothing_else():
    imbalance = STUDIES["imbalance"].systems
    found = {system.classifier.imbalance for system in imbalance}
    assert found == set(typing.get_args(hparams.Imbalance))
    plain = replace(imbalance[0].classifier, imbalance="none")
    for system in imbalance:
        assert replace(system.classifier, imbalance="none") == plain
