"""The whole command on the built-in sample, with two tiny systems."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from ablation import report, tasks
from ablation import run as ablation
from ablation.request import PRESET, AblationRequest
from ablation.studies.catalogue import STUDIES, SYSTEMS
from ablation.systems import BOTTLENECK as AUTOENCODER
from modules.common.errors import UserError
from pipeline.presets import CIFAR10
from pipeline.request import Choices

CHOICES = Choices(
    preset=PRESET,
    overrides={
        **{f"sampling.caps.{name}": 20 for name in CIFAR10.class_names},
        "sampling.caps.bird": 10,
    },
)
TINY = ("bottleneck-random", "bottleneck-frozen")
REMEDIES = ("none", "oversampling")
STEPS = ("today", "bfloat16", "fused")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _tiny_systems(monkeypatch):
    for name in TINY + REMEDIES + STEPS:
        system = SYSTEMS[name]
        monkeypatch.setitem(
            SYSTEMS,
            name,
            replace(
                system,
                autoencoder=replace(
                    AUTOENCODER, widths=(2, 2), hidden_channels=4
                ),
                share=0.4,
                classifier=replace(
                    system.classifier, widths=(4,), batch_size=20, epochs=1.5
                ),
            ),
        )


def run(out, cache, *, budget=0.002, **changes):
    console = Console(file=io.StringIO(), width=80)
    request = AblationRequest(
        **{
            "data": "sample",
            "cache": cache,
            "out": out,
            "seeds": 1,
            "budget": budget,
            "study": STUDIES["node-2"],
            "systems": ",".join(TINY),
            "labels": "0.5",
            "choices": CHOICES,
            **changes,
        }
    )
    return ablation.run(request, console), console.file.getvalue()


def results(outcomes):
    """All but the times."""
    return [
        replace(o, autoencoder_seconds=0.0, classifier_seconds=0.0)
        for o in outcomes
    ]


def test_an_interrupted_ablation_goes_on_and_gives_the_same(
    tmp_path, cache, monkeypatch
):
    done = []

    def interrupted(*arguments):
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append(do(*arguments))
        return done[-1]

    do = tasks.do
    monkeypatch.setattr(tasks, "do", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out", cache)
    assert not (tmp_path / "out" / report.TABLE).exists()
    monkeypatch.setattr(tasks, "do", do)
    outcomes, said = run(tmp_path / "out", cache)
    assert "2 runs, 1 already done" in said
    assert outcomes[:1] == done
    again, said = run(tmp_path / "out", cache)
    assert "2 runs, 2 already done; 0 TFLOPs to do" in said
    assert again == outcomes
    fresh, _ = run(tmp_path / "fresh", cache)
    assert results(fresh) == results(outcomes)
    _check(outcomes, tmp_path / "out")


def _check(outcomes, out):
    """The results are complete, comparable, and what the files say."""
    names = [(o.system, o.labels) for o in outcomes]
    assert names == [(name, 0.5) for name in TINY]
    assert [o.labelled for o in outcomes] == [95, 95]
    for outcome in outcomes:
        assert outcome.operations == pytest.approx(0.002e12, rel=0.05)
        assert outcome.accuracy == pytest.approx(np.mean(outcome.recalls))
    assert outcomes[0].psnr is None
    assert outcomes[1].psnr > 5
    text = (out / report.TABLE).read_text()
    assert "**The built-in sample, not CIFAR-10.**" in text
    assert "bottleneck, frozen" in text
    record = json.loads((out / report.RESULTS).read_text())
    assert len(record["outcomes"]) == 2
    assert (out / report.PLOT).exists()


def test_part_of_the_labels_is_part_of_the_sample(cache):
    from ablation import data
    from pipeline import presets
    from pipeline.data import source as data_source

    config = presets.for_sample(presets.smoke())
    names = config.dataset.class_names
    source = data_source.resolve("sample", cache=cache, dataset=config.dataset)
    images = data.load(source, config)
    full, tenth = images.sample(3), images.sample(3, 0.1)
    limits = config.sampling.limits(names)
    assert np.bincount(full.labels).tolist() == list(limits)
    assert np.bincount(tenth.labels).tolist() == [n // 10 for n in limits]
    rows = {image.tobytes() for image in full.pixels}
    assert all(image.tobytes() in rows for image in tenth.pixels)
    assert not np.array_equal(images.sample(4).pixels, full.pixels)
    training, held = images.held_out(3)
    assert np.bincount(held.labels).tolist() == [n // 10 for n in limits]
    both = [image.tobytes() for s in (training, held) for image in s.pixels]
    assert set(both) == rows
    assert len(both) == len(full)


def test_a_study_that_chooses_asks_the_holdout(tmp_path, cache):
    outcomes, said = run(
        tmp_path, cache, study=STUDIES["imbalance"], systems=",".join(REMEDIES),
        labels="1",
    )  # fmt: skip
    assert "the mean recall on the holdout, 10% of them" in said
    assert "| over cross-entropy |" in said
    assert "over the image" not in said
    assert [o.system for o in outcomes] == list(REMEDIES)
    for outcome in outcomes:
        assert outcome.images == outcome.labelled == 171
        assert outcome.accuracy == pytest.approx(np.mean(outcome.recalls))
        # The holdout has two images of each class, one of bird.
        assert {recall * 2 % 1 for recall in outcome.recalls} == {0.0}


def test_steps_gather_in_one_table(tmp_path, cache):
    def step(*names):
        return run(
            tmp_path, cache, study=STUDIES["ladder"], systems=",".join(names),
            labels="1", budget=None,
        )  # fmt: skip

    (first,), said = step("today")
    assert "1 runs, 0 already done" in said
    assert first.classifier_epochs == 1.5
    assert first.accuracy == first.by_views["flip"]
    assert list(first.by_views) == ["none", "flip", "flip_translate"]
    outcomes, said = step("bfloat16")
    assert "1 runs, 0 already done" in said
    assert [o.system for o in outcomes] == ["today", "bfloat16"]
    assert outcomes[0] == first
    text = (tmp_path / report.TABLE).read_text()
    assert "for the epochs of its hyperparameters" in text
    gain = 100 * (outcomes[1].accuracy - first.accuracy)
    assert f"| today | {gain:+.2f} |" in text


def test_the_holdout_has_no_shares_of_the_labels(tmp_path, cache):
    with pytest.raises(UserError, match="expected 1: leave --labels out"):
        run(
            tmp_path,
            cache,
            study=STUDIES["imbalance"],
            systems=None,
            labels="1,0.1",
        )
