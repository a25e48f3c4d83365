"""What is measured: the preset, for as long as it was asked for."""

import pytest

from benchmarks.gpu import training
from modules.common.errors import UserError
from pipeline import presets

GPU = presets.PRESETS["gpu"]()


def test_it_is_the_preset():
    found = training.configured(None, [])
    assert found.classifier == GPU.classifier
    assert found.autoencoder == GPU.autoencoder


def test_epochs_are_the_most_of_each_model():
    found = training.configured(3, ["classifier.cutout=8"])
    assert found.classifier.epochs == 3
    assert found.classifier.cutout == 8
    assert found.autoencoder.epochs == GPU.autoencoder.epochs == 2


def test_what_is_invalid_is_a_line():
    with pytest.raises(UserError, match=r"classifier\.cut"):
        training.configured(None, ["classifier.cut=8"])
