"""Builds the stock components with user code; `pipeline.py` wires them.

The split `train` is used for training; by the autoencoder also `unlabelled`,
where the data set has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfx.proto import trainer_pb2, transform_pb2
from tfx.types.channel import BaseChannel

from components.trainer.component import Trainer
from components.transform.component import Transform
from components.tuner.component import Tuner
from pipeline.arguments import Arguments


def transform(
    examples: BaseChannel, schema: BaseChannel, arguments: Arguments
) -> Transform:
    """Class caps: marks the training images that the models may see."""
    return Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn="modules.preprocessing.preprocessing_fn",
        splits_config=transform_pb2.SplitsConfig(
            analyze=["train"],
            transform=["train", "test", *arguments.unlabelled],
        ),
        custom_config=arguments.transform(),
        disable_analyzer_cache=True,
        disable_statistics=True,
    )


def tuner(
    model: str,
    examples: BaseChannel,
    custom_config: dict[str, Any],
    base_model: BaseChannel | None = None,
    unlabelled: Sequence[str] = (),
) -> Tuner:
    """The Tuner of `modules.<model>`; see `trainer` for the splits."""
    return Tuner(
        tuner_fn=f"modules.{model}.tuner.tuner_fn",
        examples=examples,
        base_model=base_model,
        train_args=trainer_pb2.TrainArgs(splits=["train", *unlabelled]),
        eval_args=trainer_pb2.EvalArgs(splits=["train"]),
        custom_config=custom_config,
    ).with_id(f"{model.capitalize()}Tuner")


def trainer(
    model: str,
    examples: BaseChannel,
    custom_config: dict[str, Any],
    tuner: Tuner,
    base_model: BaseChannel | None = None,
    unlabelled: Sequence[str] = (),
) -> Trainer:
    """The Trainer of `modules.<model>`.

    It reads the splits `train` and `unlabelled`, which is empty where a model
    needs labels.
    """
    return Trainer(
        run_fn=f"modules.{model}.trainer.run_fn",
        examples=examples,
        base_model=base_model,
        hyperparameters=tuner.outputs["best_hyperparameters"],
        train_args=trainer_pb2.TrainArgs(splits=["train", *unlabelled]),
        eval_args=trainer_pb2.EvalArgs(splits=["train"]),
        custom_config=custom_config,
    ).with_id(f"{model.capitalize()}Trainer")
