"""Digests of everything that a model was made from.

They identify a model (two with the same digest are the same model) and a
search's trials. `components/` defines which code each component depends on.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from modules.common.digests import source_digest
from pipeline.configs import Model, RunConfig

_DATA = ("components.image_example_gen.executor", "modules.preprocessing")
"""The code that makes the training data; a model's own is its Trainer's."""


def _digest(*values: Any) -> str:
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class Lineage:
    """The digests of one run's two models.

    Attributes:
      autoencoder: of all that determines the trained autoencoder.
      classifier: of all that determines the trained classifier.
      searches: of all that determines the trials of the search for a model's
        hyperparameters, by model, apart from the autoencoder's weights.
    """

    autoencoder: str
    classifier: str
    searches: dict[Model, str]


def lineage(config: RunConfig, data_digest: str) -> Lineage:
    """The digests of the models that `config` trains on the data."""
    sampling = dataclasses.asdict(config.sampling)
    data = (
        data_digest,
        config.dataset.identity(),
        {**sampling, "caps": dict(config.sampling.caps)},
        config.seed,
        source_digest(*_DATA),
    )
    autoencoder_search = _search(config, "autoencoder", data)
    autoencoder = _digest(
        data,
        config.autoencoder.to_dict(),
        _found(config, "autoencoder", autoencoder_search),
        source_digest("modules.autoencoder.trainer"),
    )
    classifier_search = _search(config, "classifier", data)
    classifier = _digest(
        autoencoder,
        config.classifier.to_dict(),
        _found(config, "classifier", classifier_search),
        source_digest("modules.classifier.trainer"),
    )
    searches: dict[Model, str] = {
        "autoencoder": autoencoder_search,
        "classifier": classifier_search,
    }
    return Lineage(autoencoder, classifier, searches)


def _search(config: RunConfig, model: Model, data: Any) -> str:
    """The digest of what a search's trials depend on, not of its bounds."""
    return _digest(
        data,
        config.hparams(model).to_dict(),
        config.seed,
        config.tune.search.method(),
        source_digest(f"modules.{model}.tuner"),
    )


def _found(config: RunConfig, model: Model, search: str) -> Any:
    """What stands for the values that a search finds; None without one."""
    if not config.tune.tunes(model):
        return None
    return search, config.tune.search.limits()
