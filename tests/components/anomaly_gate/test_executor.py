"""Data that went wrong after a normal run: a gate says what is wrong.

Each set is made from the built-in sample. docs/RELIABILITY.md has the table.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from components.pusher.push import push
from modules.common.errors import UserError
from modules.data_profile import verdict
from pipeline.console import text
from tests.support.components import profiles
from tests.support.components.pushed import saved_model

LUMA = [0.299, 0.587, 0.114]


@pytest.fixture(scope="module")
def normal():
    return profiles.drawn()


@pytest.fixture(scope="module")
def production(tmp_path_factory, normal):
    """Where a model was pushed that was trained on normal data."""
    base = tmp_path_factory.mktemp("normal")
    run = profiles.write(base / "run", normal)
    profile = profiles.judged(run, base / "serving" / "cifar10")
    model = saved_model(base / "model", "a", data_digest="normal")
    push(model, base / "serving" / "cifar10", profile=profile)
    return base / "serving" / "cifar10"


def grey(pixels):
    luma = np.rint(pixels @ LUMA).astype(np.uint8)
    return np.repeat(luma[..., None], 3, axis=3)


def inverted(pixels):
    return 255 - pixels


def rotated(pixels):
    return np.rot90(pixels, axes=(1, 2))


def constant(pixels):
    return np.broadcast_to(pixels[:, :1, :1], pixels.shape)


def both(change):
    return lambda d: {split: data.of(change) for split, data in d.items()}


def one(split, change):
    return lambda d: d | {split: d[split].of(change)}


def leaked(data):
    return data | {"train": data["train"] + data["test"]}


def leaked_without_labels(data):
    return data | {"unlabelled": data["train"] + data["test"]}


def repeated(data):
    return data | {"train": data["train"] + data["train"].rows(slice(200))}


def without_most_cats(data):
    train = data["train"]
    kept = (train.labels != 3) | (np.arange(len(train.labels)) % 10 == 0)
    return data | {"train": train.rows(kept)}


BROKEN = {
    "grey": (both(grey), r"saturation of \w+: drift \d\.\d{3} from version"),
    "grey train": (one("train", grey), "saturation of train: drift"),
    "grey test": (one("test", grey), "saturation of test: drift"),
    "inverted": (both(inverted), r"vertical_balance of \w+: drift"),
    "inverted test": (one("test", inverted), "vertical_balance of test: drift"),
    "rotated": (
        both(rotated),
        r"(_balance|edge_direction) of \w+: drift",
    ),
    "rotated test": (one("test", rotated), r"balance of \w+: (drift|skew)"),
    "leaked": (
        leaked,
        r"500 of 500 test images are in train too \(such as test:\d+ = train:",
    ),
    "leaked without labels": (
        leaked_without_labels,
        r"500 of 500 test images are among the unlabelled, which train the "
        r"autoencoder, too \(such as test:\d+ = unlabelled:",
    ),
    "repeated": (repeated, "200 of 2,200 train images are duplicates"),
    "constant": (
        both(constant),
        r"are constant \(contrast 0\), expected",
    ),
    "few cats": (without_most_cats, r"class cat is \d\.\d% of train, expected"),
}


STAYS_WRONG = {"leaked", "leaked without labels", "repeated", "constant"}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_data_stops_the_run_and_is_named(
    name, normal, production, tmp_path
):
    change, found = BROKEN[name]
    run = profiles.write(tmp_path / "run", change(normal))
    with pytest.raises(UserError) as error:
        profiles.judged(run, production, digest=name)
    printed = text.reason(error.value)
    assert re.search(found, printed), printed
    assert "…" not in printed
    remedy = "Mend the data." if name in STAYS_WRONG else "--accept-data."
    assert printed.endswith(remedy)


def test_normal_data_passes_again(normal, production, tmp_path):
    run = profiles.write(tmp_path / "run", normal)
    found = verdict.read(profiles.judged(run, production, digest="copied"))
    assert found.baseline
    assert found.findings == ()
    drift = found.farthest("drift")
    assert drift is not None
    assert drift.value == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_part_of_normal_data_passes(normal, production, tmp_path, share):
    random = np.random.default_rng(0)
    chosen = {
        split: data.rows(random.random(len(data.labels)) < share)
        for split, data in normal.items()
    }
    run = profiles.write(tmp_path / "run", chosen)
    found = verdict.read(profiles.judged(run, production, digest="part"))
    assert found.findings == ()


@pytest.mark.parametrize(
    ("name", "change", "found"),
    [
        ("grey", both(grey), r"2,000 of 2,000 train images are grey"),
        ("inverted test", one("test", inverted), "vertical_balance.*: skew"),
        ("rotated train", one("train", rotated), "balance of train: skew"),
        ("grey test", one("test", grey), "saturation of train: skew"),
    ],
)
def test_the_first_data_is_checked_too(normal, tmp_path, name, change, found):
    run = profiles.write(tmp_path / "run", change(normal))
    with pytest.raises(UserError, match=found):
        profiles.judged(run, tmp_path / "serving" / "cifar10", digest=name)


def test_a_grey_data_set_is_expected_to_be_grey(normal, tmp_path):
    run = profiles.write(tmp_path / "run", both(grey)(normal))
    profile = profiles.judged(run, tmp_path / "cifar10", grey=True)
    assert verdict.read(profile).findings == ()


def test_a_few_shared_images_are_a_warning(normal, tmp_path):
    few = normal | {"train": normal["train"] + normal["test"].rows(slice(3))}
    run = profiles.write(tmp_path / "run", few)
    found = verdict.read(profiles.judged(run, tmp_path / "cifar10"))
    (warning,) = found.warnings
    assert warning.text.startswith("3 of 500 test images are in train too")
    assert not found.stops


def test_few_shared_with_the_unlabelled_are_another_warning(normal, tmp_path):
    few = normal | {
        "train": normal["train"] + normal["test"].rows(slice(3)),
        "unlabelled": normal["test"].rows(slice(1, 5)),
    }
    run = profiles.write(tmp_path / "run", few)
    found = verdict.read(profiles.judged(run, tmp_path / "cifar10"))
    assert [w.text.partition(" (")[0] for w in found.warnings] == [
        "4 of 500 test images are among the unlabelled, which train the "
        "autoencoder, too",
        "3 of 500 test images are in train too",
    ]
    assert not found.stops


def test_accepted_data_is_the_new_normal(normal, production, tmp_path):
    changed = both(inverted)(normal)
    run = profiles.write(tmp_path / "run", changed)
    profile = profiles.judged(run, production, digest="new", accept=True)
    found = verdict.read(profile)
    assert found.accepted
    assert not found.stops
    assert found.warnings
    model = saved_model(tmp_path / "model", "b", data_digest="new")
    version = push(model, tmp_path / "serving" / "cifar10", profile=profile)
    for digest in ("new", "newer"):
        again = profiles.judged(run, version.parent, digest=digest)
        assert verdict.read(again).baseline == version.name
    old = profiles.write(tmp_path / "old", normal)
    with pytest.raises(UserError, match=r"vertical_balance.*: drift"):
        profiles.judged(old, version.parent, digest="normal")


def test_accepted_skew_stays_accepted(normal, tmp_path):
    run = profiles.write(tmp_path / "run", one("test", inverted)(normal))
    serving = tmp_path / "serving" / "cifar10"
    for number, accept in enumerate((True, False, False)):
        digest = f"data {number}"
        profile = profiles.judged(run, serving, digest=digest, accept=accept)
        model = saved_model(
            tmp_path / f"model{number}", str(number), data_digest=digest
        )
        push(model, serving, profile=profile)


def test_limits_are_those_of_the_first_data(normal, production, tmp_path):
    """Slow drift does not add up: limits and class mix are handed on."""
    faint = one("train", lambda pixels: (pixels * 0.98).astype(np.uint8))
    run = profiles.write(tmp_path / "run", faint(normal))
    profile = profiles.judged(run, production, digest="faint")
    (version,) = (p for p in production.iterdir() if p.is_dir())
    first = version / verdict.STORED
    limits = (first / verdict.SCHEMA_FILE).read_text()
    assert (profile / verdict.SCHEMA_FILE).read_text() == limits
    assert verdict.read(profile).class_mix == verdict.read(first).class_mix


def test_values_beyond_the_learned_limits_are_named(
    normal, production, tmp_path
):
    dark = both(lambda pixels: pixels // 8)
    run = profiles.write(tmp_path / "run", dark(normal))
    with pytest.raises(UserError):
        profiles.judged(run, production, digest="dark")
    found = verdict.read(run / "profile")
    texts = [finding.text for finding in found.findings]
    assert any(
        re.search(r"sharpness of train: found .*, expected the learned", t)
        for t in texts
    ), texts
