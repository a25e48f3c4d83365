"""Transform: TFX's, with an executor that transforms whole files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfx.components.transform.component import Transform as TfxTransform
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec

from components.code_digest import (
    executor_of,
    module_of,
    with_code_digest,
)
from components.transform.executor import Executor


class Transform(TfxTransform):
    """TFX's Transform, with the same arguments and outputs.

    It fails if the number of transformed examples differs from the input's.
    """

    EXECUTOR_SPEC = BeamExecutorSpec(Executor)

    def __init__(
        self,
        *,
        preprocessing_fn: str,
        custom_config: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        sources = executor_of(type(self)), module_of(preprocessing_fn)
        super().__init__(
            preprocessing_fn=preprocessing_fn,
            custom_config=with_code_digest(custom_config, *sources),
            **kwargs,
        )
