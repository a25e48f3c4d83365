"""What a search may change, and how its result is laid over a preset."""

import pytest

from modules.common.errors import UserError
from modules.hparams import AutoencoderParams, ClassifierParams
from modules.search_spaces import Choice, Range
from pipeline.presets import PRESETS

PARAMS = AutoencoderParams, ClassifierParams


@pytest.mark.parametrize("params", PARAMS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_presets_values_lie_in_the_space(params, preset):
    config = PRESETS[preset]()
    (known,) = (
        p for p in (config.autoencoder, config.classifier) if type(p) is params
    )
    assert params.space().keys() <= params().to_dict().keys()
    assert params.space()
    for name, value in known.searched_values().items():
        match params.space()[name]:
            case Choice(values):
                assert value in values
            case Range(low, high):
                assert type(value) is type(low)
                assert low <= value <= high


def test_what_was_found_is_laid_over_what_was_known():
    known = ClassifierParams(epochs=3)
    found = {"space": [], "values": {"momentum": 0.9, "logit_adjustment": 0.5}}
    params = known.with_overrides(found)
    assert params.momentum == 0.9
    assert params.logit_adjustment == 0.5
    assert params.epochs == 3
    assert params.learning_rate == known.learning_rate


def test_what_hyperband_notes_is_no_hyperparameter():
    values = {"tuner/epochs": 1, "tuner/round": 0, "momentum": 0.9}
    params = ClassifierParams().with_overrides({"values": values})
    assert params == ClassifierParams(momentum=0.9)


@pytest.mark.parametrize("name", ["widths", "penguins"])
def test_a_value_that_no_search_changes_is_refused(name):
    with pytest.raises(UserError, match=name):
        ClassifierParams().with_overrides({"values": {name: 1}})


def test_hyperparameters_survive_json():
    params = ClassifierParams(widths=(8, 16))
    values = {**params.to_dict(), "widths": [8, 16]}
    assert ClassifierParams.from_dict(values) == params


def test_an_unknown_hyperparameter_is_named():
    with pytest.raises(ValueError, match="no hyperparameter 'width'"):
        ClassifierParams.from_dict({"width": 3})
