"""Trainer: TFX's, with an executor that counts the rows."""

from __future__ import annotations

from tfx.components.trainer.component import Trainer as TfxTrainer
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec

from components.trainer.executor import Executor


class Trainer(TfxTrainer):
    """TFX's Trainer; its arguments and outputs are its own.

    It fails, before it trains, if examples are missing.
    """

    EXECUTOR_SPEC = ExecutorClassSpec(Executor)
