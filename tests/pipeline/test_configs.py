"""Where the hyperparameters of a configuration come from."""

import dataclasses

from pipeline import overrides, presets


def test_each_hyperparameter_says_where_it_comes_from():
    origins = {"autoencoder": "preset cpu", "classifier": "search of 2026"}
    config = dataclasses.replace(presets.cpu(), origins=origins)
    config = overrides.apply(config, {"classifier.momentum": 0.9})
    found = config.hparam_origins("classifier")
    assert found.keys() == config.classifier.to_dict().keys()
    assert found["momentum"] == "set for this run"
    assert found["learning_rate"] == "search of 2026"
    # No search can have found what has no space.
    assert found["epochs"] == "preset cpu"
    assert set(config.hparam_origins("autoencoder").values()) == {"preset cpu"}
