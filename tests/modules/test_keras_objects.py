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
    layers.Triangular: lambda: layers.Triangular(
        0.7, 100, warmup=0.3, start=0.1, end=0.05
    ),
}
KINDS = (
    keras.initializers.Initializer,
    keras.layers.Layer,
    keras.losses.Loss,
    keras.metrics.Metric,
    keras.optimizers.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
)

every_object = pytest.mark.parametrize(
    "make", CASES.values(), ids=[each.__name__ for each in CASES]
)


def test_no_object_of_modules_is_left_out():
    for module in pkgutil.walk_packages(modules.__path__, "modules."):
        importlib.import_module(module.name)
    defined = {
        found
        for kind in KINDS
        for found in _subclasses(kind)
        if found.__module__.startswith("modules.")
    }
    registered = {
        found
        for name, found in keras.saving.get_custom_objects().items()
        if name.startswith("cifar10>")
    }
    assert defined == registered == CASES.keys()


def _subclasses(kind):
    for found in kind.__subclasses__():
        yield found
        yield from _subclasses(found)


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
