"""Transform: TFX's, with an executor that counts the rows."""

from __future__ import annotations

from tfx.components.transform.component import Transform as TfxTransform
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec

from components.transform.executor import Executor


class Transform(TfxTransform):
    """TFX's Transform; its arguments and outputs are its own.

    It fails if the transformed examples are not as many as the examples.
    """

    EXECUTOR_SPEC = BeamExecutorSpec(Executor)
