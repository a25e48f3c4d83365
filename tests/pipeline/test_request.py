"""What was asked for, as a configuration."""

from pathlib import Path

import pytest

from modules.common.errors import UserError
from pipeline import configs, presets
from pipeline.request import Choices, Request, configure


def test_the_preset_suits_the_data_unless_it_is_given():
    assert configure(Choices(), sample=False).preset == "cpu"
    assert configure(Choices(), sample=True).preset == "smoke"
    assert configure(Choices(preset="gpu"), sample=True).preset == "gpu"


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_a_preset_alone_is_that_preset(preset):
    found = configure(Choices(preset=preset), sample=False)
    assert found == presets.PRESETS[preset]()


def test_a_preset_that_does_not_exist_is_refused():
    with pytest.raises(configs.ConfigError, match="'huge', expected smoke, c"):
        configure(Choices(preset="huge"), sample=False)


def test_overrides_and_seed_go_over_the_samples_own_values():
    choices = Choices(
        seed=5, overrides={"sampling.caps.cat": 7, "gates.min_psnr": 3}
    )
    config = configure(choices, sample=True)
    caps = presets.SAMPLE_SAMPLING.caps
    assert config.sampling.caps == {**caps, "cat": 7}
    assert config.gates.min_psnr == 3
    assert config.gates.min_ssim == presets.chance_gates(10).min_ssim
    assert config.seed == 5


@pytest.mark.parametrize("cap", [{"penguin": 1}, {"cat": -1}, {"cat": 0}])
def test_invalid_class_caps_are_refused(cap):
    ((name, count),) = cap.items()
    choices = Choices(overrides={f"sampling.caps.{name}": count})
    with pytest.raises(configs.ConfigError):
        configure(choices, sample=False)


def test_a_search_has_the_presets_bounds_unless_others_are_given():
    bounds = {"tune.search.trials": 7, "tune.search.schedule_share": 0.25}
    choices = Choices(tune="classifier", overrides=bounds)
    tune = configure(choices, sample=False).tune
    preset = presets.cpu().tune.search
    assert tune.models == "classifier"
    assert tune.search.trials == 7
    assert tune.search.schedule_share == 0.25
    assert tune.search.minutes == preset.minutes
    assert tune.search.strategy == preset.strategy
    assert configure(Choices(), sample=False).tune.models == "none"


def test_a_search_begins_within_its_space():
    overrides = {"autoencoder.batch_size": 30}
    assert configure(Choices(overrides=overrides), sample=False)
    choices = Choices(tune="both", overrides=overrides)
    with pytest.raises(configs.ConfigError, match=r"30, .* 20, 50, 100, 200"):
        configure(choices, sample=False)


def request(**changes):
    here = Path()
    return Request(data="auto", root=here, cache=here, save=True, **changes)


def test_only_the_presets_own_models_are_saved():
    bounds = request(overrides={"tune.search.trials": 3})
    bounds.require_savable(configure(bounds, sample=False))
    longer = request(overrides={"classifier.epochs": 3})
    with pytest.raises(UserError, match=r"classifier\.epochs set with --save"):
        longer.require_savable(configure(longer, sample=False))
