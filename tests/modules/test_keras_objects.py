"""Every Keras object that can be saved, through one battery."""

import importlib
import pkgutil

import keras
import pytest

import modules
from modules import layers
from tests.support.modules import battery

CASES = {
    layers.Dirac: lambda: layers.Dirac(seed=3),
    layers.FusedGelu: lambda: layers.FusedGelu(),
    layers.FusedNormalization: lambda: layers.FusedNormalization(
        0.7, 1e-4, bias_scale=2.0
    ),
    layers.ImageBank: lambda: layers.ImageBank(
        7, 8, cutout=2, colour=(1, 2, 3)
    ),
    layers.LayerwiseSGD: lambda: layers.LayerwiseSGD(
        0.3, 0.9, ratios={"^dense": 0.1}, nesterov=True
    ),
    layers.LogitAdjustedCrossentropy: lambda: layers.LogitAdjustedCrossentropy(
        [1, 2, 3, 4], tau=0.5, label_smoothing=0.1
    ),
    layers.Muon: lambda: layers.Muon(
        0.3, 0.9, kernels="conv/kernel", ratio=0.2, ratios={"^dense": 0.5}
    ),
    layers.ScaledBias: lambda: layers.ScaledBias(4.0),
    layers.StripConvolution: lambda: layers.StripConvolution(4),
    layers.Triangular: lambda: layers.Triangular(
        0.7, 100, warmup=0.3, start=0.1, end=0.05
    ),
}
every_object = pytest.mark.parametrize(
    "make", CASES.values(), ids=[each.__name__ for each in CASES]
)


def test_no_object_of_modules_is_left_out():
    defined = {found for found in classes() if is_saved_by_keras(found)}
    registered = {
        found
        for found in keras.saving.get_custom_objects().values()
        if found.__module__.startswith("modules.")
    }
    assert defined == registered == CASES.keys()


def is_saved_by_keras(found):
    """TFMA's metrics have a configuration, too, but are not Keras's.

    A model of our own is only there for `fit`, and what it trains is saved.
    """
    bases = {base.__module__.partition(".")[0] for base in found.__mro__}
    if issubclass(found, keras.Model):
        return False
    return "keras" in bases and hasattr(found, "get_config")


def classes():
    """All classes of modules/, whatever they are for."""
    for found in pkgutil.walk_packages(modules.__path__, "modules."):
        module = importlib.import_module(found.name)
        for thing in vars(module).values():
            if isinstance(thing, type) and thing.__module__ == found.name:
                yield thing


@every_object
def test_the_configuration_makes_the_object_again(make):
    battery.check_round_trip(make())


@every_object
def test_a_model_with_it_survives_saving(make, tmp_path):
    battery.check_saving(make(), tmp_path / "model.keras")


@every_object
def test_a_training_step_moves_every_weight(make):
    battery.check_step(make())


@pytest.mark.parametrize("policy", battery.POLICIES)
@every_object
def test_it_follows_the_dtype_policy(make, policy):
    battery.check_dtype_policy(make, policy)
