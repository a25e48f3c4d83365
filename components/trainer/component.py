"""Trainer: TFX's, with an executor that counts the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfx.components.trainer.component import Trainer as TfxTrainer
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec

from components.code_digest import (
    executor_of,
    module_of,
    with_code_digest,
)
from components.trainer.executor import Executor


class Trainer(TfxTrainer):
    """TFX's Trainer, with the same arguments and outputs.

    It fails, before it trains, if examples are missing.
    """

    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self, *, run_fn: str, custom_config: Mapping[str, Any], **kwargs: Any
    ) -> None:
        sources = executor_of(type(self)), module_of(run_fn)
        super().__init__(
            run_fn=run_fn,
            custom_config=with_code_digest(custom_config, *sources),
            **kwargs,
        )
