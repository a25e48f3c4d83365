"""Means, paired differences and the table that they make."""

import dataclasses

import pytest

from ablation import means, plot, table
from ablation.store import Outcome, Store

OUTCOME = Outcome(
    key="0" * 64,
    system="image",
    labels=1.0,
    seed=0,
    images=1_000,
    labelled=1_000,
    latent_size=3_072,
    accuracy=0.5,
    recalls=[0.4, 0.6],
    by_views=None,
    capped_recall=0.4,
    uncapped_recall=0.6,
    psnr=None,
    ssim=None,
    ssim_range_2=None,
    autoencoder_epochs=0,
    classifier_epochs=4,
    autoencoder_operations=0,
    classifier_operations=2 * 10**12,
    autoencoder_seconds=0.0,
    classifier_seconds=7.0,
)


def outcome(**changes):
    return dataclasses.replace(OUTCOME, **changes)


def several(system, accuracies, **changes):
    return [
        outcome(system=system, seed=seed, accuracy=value, **changes)
        for seed, value in enumerate(accuracies)
    ]


def test_a_mean_has_the_sample_s_deviation():
    found = means.mean([0.1, 0.2, 0.3])
    assert found.value == pytest.approx(0.2)
    assert found.sd == pytest.approx(0.1)


def test_one_value_has_no_deviation():
    assert means.mean([0.1]) == means.Mean(0.1, None, 1)


def test_differences_are_paired_by_seed():
    # By hand: mean 0.02, sd 0.01, t(2) = 4.3027.
    found = means.paired(
        {0: 0.51, 1: 0.62, 2: 0.73, 9: 0.0}, {0: 0.5, 1: 0.6, 2: 0.7, 8: 1.0}
    )
    assert found.value == pytest.approx(0.02)
    assert found.half_width == pytest.approx(4.3027 * 0.01 / 3**0.5, rel=1e-4)
    assert found.count == 3


def test_seeds_that_do_not_meet_have_no_difference():
    assert means.paired({0: 1.0}, {1: 1.0}) is None


def test_rows_compare_with_the_random_start_and_the_image():
    outcomes = [
        *several("joint", [0.7, 0.8]),
        *several("random", [0.6, 0.6]),
        *several("image", [0.5, 0.5]),
    ]
    rows = {row.system.name: row for row in table.rows(outcomes, 1.0)}
    assert list(rows) == ["image", "random", "joint"]
    assert rows["joint"].over_baseline.value == pytest.approx(0.15)
    assert rows["joint"].over_image.value == pytest.approx(0.25)
    assert rows["image"].over_image is None
    assert rows["random"].over_baseline is None


def test_the_image_is_that_of_the_study():
    outcomes = [
        *several("cpu-image", [0.5, 0.5]),
        *several("cpu-frozen", [0.7, 0.8]),
    ]
    rows = {row.system.name: row for row in table.rows(outcomes, 1.0)}
    assert rows["cpu-frozen"].over_image.value == pytest.approx(0.25)
    assert rows["cpu-image"].over_image is None


def test_autoencoders_are_told_apart():
    outcomes = [
        *several("stacked-clean-frozen", [0.7], psnr=27.0, ssim=0.8,
                 ssim_range_2=0.9),
        *several("stacked-noise-frozen", [0.7], psnr=25.0, ssim=0.8,
                 ssim_range_2=0.9),
    ]  # fmt: skip
    text = table.markdown(outcomes, "random start")
    assert "| stacked | 3,072 | 27.00 |" in text
    assert "| stacked, noise 0.1 | 3,072 | 25.00 |" in text


def test_the_table_says_it_in_markdown():
    outcomes = [
        *several("image", [0.5, 0.52]),
        *several("random", [0.6, 0.6], labels=0.1, labelled=100),
        outcome(
            system="autoencoder", accuracy=None, psnr=30.5, ssim=0.9,
            ssim_range_2=0.95, autoencoder_epochs=3, latent_size=1_536,
        ),
    ]  # fmt: skip
    text = table.markdown(outcomes, "random start")
    assert "### 100% of the labels (1,000 images)" in text
    assert "### 10% of the labels (100 images)" in text
    assert (
        "| CNN on the image | 0.5100 ± 0.0141 | 2 | 0.400 | 0.600 | 0.200 |"
        in text
    )
    assert "| bottleneck | 1,536 | 30.50 | 0.9000 | 0.9500 | 1 | 3 |" in text
    for line in text.splitlines():
        assert line == "" or line[0] in "#|"


def test_the_plot_has_both_parts(tmp_path):
    outcomes = [
        *several("image", [0.5, 0.52]),
        *several("random", [0.6, 0.62]),
        *several("random", [0.4, 0.45], labels=0.1),
    ]
    plot.save(outcomes, tmp_path / "plot.png", "test")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in tmp_path.iterdir()] == ["plot.png"]


def test_an_outcome_survives_its_file(tmp_path):
    store = Store(tmp_path)
    assert store.find(OUTCOME.key) is None
    store.add(OUTCOME)
    assert store.find(OUTCOME.key) == OUTCOME
