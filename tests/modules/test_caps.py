"""The counts are exact and the choice depends on the hashes alone."""

import pickle
import random
import subprocess
import sys

import numpy as np
import pytest

from modules import caps
from modules.common.errors import UserError

SEEDS = range(5)


def images(seed, counts):
    """Shuffled labels and distinct hashes, `counts[label]` of each label."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    hashes = rng.integers(0, caps.NO_CUT, len(labels))
    assert len(np.unique(hashes)) == len(hashes)
    order = rng.permutation(len(labels))
    return labels[order], hashes[order]


def accumulate(limits, batches):
    accumulator = caps.CapAccumulator(limits)
    for labels, hashes in batches:
        accumulator.add(labels, hashes)
    return accumulator


def cut(limits, labels, hashes, holdout_fraction=0.1):
    return accumulate(limits, [(labels, hashes)]).cuts(holdout_fraction)


def marks(cuts, labels, hashes):
    sampled, holdout = hashes < cuts[:, labels]
    return sampled, holdout


def batched(columns, size):
    labels, hashes = columns
    return [
        (labels[start : start + size], hashes[start : start + size])
        for start in range(0, len(labels), size)
    ]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("batch_size", [1, 7, 64, 10_000])
def test_exactly_the_limit_is_sampled_of_each_class(seed, batch_size):
    counts = [0, 1, 50, 120, 121, 122, 400, 400]
    limits = [5, 5, 0, 121, 121, 121, 121, 2**62]
    data = images(seed, counts)
    cuts = accumulate(limits, batched(data, batch_size)).cuts(0.1)
    sampled, holdout = marks(cuts, *data)
    labels = data[0]
    kept = [min(limit, n) for limit, n in zip(limits, counts, strict=True)]
    assert np.bincount(labels[sampled], minlength=8).tolist() == kept
    assert np.bincount(labels[holdout], minlength=8).tolist() == [
        round(0.1 * k) for k in kept
    ]
    assert not (holdout & ~sampled).any()


@pytest.mark.parametrize("fraction", [0, 0.25, 0.5, 1])
def test_the_holdout_is_the_rounded_share_of_what_is_sampled(fraction):
    labels, hashes = images(0, [30, 11, 2])
    cuts = cut([10, 10, 10], labels, hashes, fraction)
    holdout = marks(cuts, labels, hashes)[1]
    assert np.bincount(labels[holdout], minlength=3).tolist() == [
        round(fraction * kept) for kept in (10, 10, 2)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_shards_order_and_merge_tree_do_not_change_the_cuts(seed):
    chance = random.Random(seed)
    limits = [3, 40, 0, 1_000]
    labels, hashes = images(seed, [200, 200, 200, 200])
    expected = cut(limits, labels, hashes)
    order = np.random.default_rng(seed).permutation(len(labels))
    shards = [
        accumulate(limits, [(labels[part], hashes[part])])
        for part in np.array_split(order, chance.randint(1, 30))
    ]
    while len(shards) > 1:
        chance.shuffle(shards)
        taken = [shards.pop() for _ in range(min(3, len(shards)))]
        if chance.random() < 0.5:
            taken[0].compact()
        merged = pickle.loads(pickle.dumps(taken[0]))  # As Beam's workers do.
        merged.merge(taken[1:])
        shards.append(merged)
    np.testing.assert_array_equal(shards[0].cuts(0.1), expected)


def test_reading_the_cuts_does_not_end_the_accumulation():
    labels, hashes = images(0, [100, 100])
    accumulator = accumulate([10, 10], [(labels[:50], hashes[:50])])
    accumulator.cuts(0.1)
    accumulator.add(labels[50:], hashes[50:])
    expected = cut([10, 10], labels, hashes)
    np.testing.assert_array_equal(accumulator.cuts(0.1), expected)


def test_a_larger_limit_only_adds_images():
    labels, hashes = images(0, [500])
    small, _ = marks(cut([100], labels, hashes), labels, hashes)
    large, _ = marks(cut([300], labels, hashes), labels, hashes)
    assert not (small & ~large).any()


def test_the_accumulator_holds_no_more_than_the_caps_need():
    limits = [100, 7, 0]
    accumulator = caps.CapAccumulator(limits)
    rng = np.random.default_rng(0)
    for _ in range(300):
        accumulator.add(
            rng.integers(0, 3, 1_000), rng.integers(0, caps.NO_CUT, 1_000)
        )
        assert len(accumulator) <= sum(2 * (limit + 1) for limit in limits)
    accumulator.compact()
    assert len(accumulator) <= sum(limit + 1 for limit in limits)
    assert len(pickle.dumps(accumulator)) < 10_000


def test_merging_keeps_the_bound():
    limits = [50]
    merged = caps.CapAccumulator(limits)
    for seed in range(40):
        merged.merge([accumulate(limits, [images(seed, [500])])])
        assert len(merged) <= 2 * 51


def test_no_images_sample_nothing():
    np.testing.assert_array_equal(
        caps.CapAccumulator([3, 0]).cuts(0.1), [[0, 0], [0, 0]]
    )


@pytest.mark.parametrize("limit", [2, 4])
def test_equal_hashes_across_a_cut_are_an_error(limit):
    # limit 2 parts the equal hashes; limit 4 does by its holdout cut.
    labels, hashes = np.zeros(5, np.int64), np.array([1, 5, 5, 8, 9])
    with pytest.raises(UserError, match="label 0 have the same key"):
        cut([limit], labels, hashes, holdout_fraction=0.5)


def test_equal_hashes_on_one_side_of_the_cuts_do_not_matter():
    labels, hashes = np.zeros(5, np.int64), np.array([1, 5, 5, 8, 9])
    sampled, _ = marks(cut([3], labels, hashes), labels, hashes)
    assert sampled.sum() == 3


@pytest.mark.parametrize("label", [-1, 2])
def test_a_label_without_a_limit_is_an_error(label):
    with pytest.raises(UserError, match=f"label {label}; .* labels 0 to 1"):
        caps.CapAccumulator([1, 1]).add(np.array([label]), np.array([0]))


@pytest.mark.parametrize("fraction", [-0.1, 1.5])
def test_a_holdout_fraction_is_a_share(fraction):
    with pytest.raises(UserError, match=f"fraction is {fraction}"):
        caps.CapAccumulator([1]).cuts(fraction)


def test_the_caps_need_no_tensorflow():
    code = "import modules.caps, sys; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_class_without_a_limit_is_taken_whole_and_still_held_out():
    accumulator = caps.CapAccumulator([None, 2])
    hashes = np.arange(100, dtype=np.int64)
    accumulator.add(hashes % 2, hashes)
    sampled, holdout = accumulator.cuts(0.1)[:, hashes % 2]
    kept = hashes < sampled
    assert kept[hashes % 2 == 0].all()
    assert kept[hashes % 2 == 1].sum() == 2
    assert (hashes < holdout)[hashes % 2 == 0].sum() == 5
