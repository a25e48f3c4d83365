"""From `tuner_fn`'s arguments to a tuner: a new or resumed search, or none."""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import keras_tuner

from modules.common import atomic
from modules.common.digests import content_digest
from modules.tuning.budget import Budget
from modules.tuning.config import SearchConfig
from modules.tuning.given import Given
from modules.tuning.oracles import make_oracle
from modules.tuning.space import Params, search_space
from modules.tuning.study import Inputs, Study
from modules.tuning.tuner import StudyTuner

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

FILE = "search.json"
"""The file in the search's directory with what a worker needs to join."""


class Plan(NamedTuple):
    """TFX's `TunerFnResult`, by its fields: only a component can import it."""

    tuner: StudyTuner | Given
    fit_kwargs: dict[str, Any]


def plan(module: str, params: type[Params], fn_args: FnArgs) -> Plan:
    """What a `tuner_fn` returns.

    `custom_config` holds `hparams` (of `params`) and `search`, which is None
    when there is no search. Otherwise it is a dictionary of `config` (of
    `SearchConfig`), `key` (a digest of all that trials depend on, apart from
    `base_model`), and `directory`, where searches are kept to be resumed, or
    None. `custom_config` also has `seed`, `image_size` and whatever else
    `module.study` needs.

    Args:
      module: the dotted module whose `study` makes a `Study` from `Inputs`.
      params: the type of the hyperparameters.
      fn_args: as TFX hands them to `tuner_fn`.
    """
    config = fn_args.custom_config
    if not config["search"]:
        return Plan(Given(params.from_dict(config["hparams"])), {})
    inputs = Inputs(fn_args.train_files, fn_args.base_model, config)
    parent = Path(config["search"]["directory"] or fn_args.working_dir)
    directory = parent / _name(module, inputs)
    directory.mkdir(parents=True, exist_ok=True)
    what = {"module": module, **dataclasses.asdict(inputs)}
    atomic.write_text(directory / FILE, json.dumps(what, indent=2))
    return Plan(open_search(directory), {})


def _name(module: str, inputs: Inputs) -> str:
    """The name of the search's directory: equal for equal trials."""
    digest = inputs.custom_config["search"]["key"][:16]
    name = f"{module.split('.')[-2]}-{digest}"
    if inputs.base_model:
        files = [f for f in Path(inputs.base_model).rglob("*") if f.is_file()]
        name += f"-{content_digest(files)[:8]}"
    return name


def open_search(directory: Path) -> StudyTuner:
    """The tuner of the search in `directory`, with the trials it has so far.

    If KerasTuner's environment variables are set (docs/TUNING.md), the tuner
    is the chief or a worker of a parallel search.
    """
    what = json.loads((directory / FILE).read_text("utf-8"))
    inputs = Inputs(
        what["train_files"], what["base_model"], what["custom_config"]
    )
    study: Study = importlib.import_module(what["module"]).study(inputs)
    settings = inputs.custom_config
    config = SearchConfig(**settings["search"]["config"])
    budget = Budget(60 * config.minutes)
    oracle = make_oracle(
        config,
        epochs=config.epochs(study.params.epochs),
        seed=settings["seed"],
        budget=budget,
        objective=keras_tuner.Objective(
            study.objective.name, study.objective.direction
        ),
        space=search_space(study.params),
    )
    return StudyTuner(study, config, oracle, budget, directory)
