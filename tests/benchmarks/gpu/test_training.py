"""What is measured: the preset, for as long as it was asked for."""

import pytest

from benchmarks.gpu import training
from modules.common.errors import UserError
from pipeline import presets

GPU = presets.PRESETS["gpu"]()


@pytest.mark.parametrize("name", ["gpu", "cpu"])
def test_it_is_the_preset(name):
    found = training.configured(name, None, [])
    preset = presets.PRESETS[name]()
    assert found.classifier == preset.classifier
    assert found.autoencoder == preset.autoencoder


def test_epochs_are_the_most_of_each_model():
    found = training.configured("gpu", 3, ["classifier.cutout=8"])
    assert found.classifier.epochs == 3
    assert found.classifier.cutout == 8
    assert found.autoencoder.epochs == GPU.autoencoder.epochs == 2


def test_what_is_invalid_is_a_line():
    with pytest.raises(UserError, match=r"classifier\.cut"):
        training.configured("gpu", None, ["classifier.cut=8"])
