"""BaselineModel: the model that a new classifier is compared with."""

from __future__ import annotations

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import OutputChannel
from tfx.types.component_spec import ChannelParameter, ExecutionParameter

from components.baseline_model.executor import Executor
from components.code_digest import CodedSpec


class BaselineModelSpec(CodedSpec):
    """The parameters and the output of BaselineModel."""

    PARAMETERS = {
        "push_destination": ExecutionParameter(type=str),
        "model_digest": ExecutionParameter(type=str),
        "baseline_version": ExecutionParameter(type=str),
    }
    INPUTS = {}
    OUTPUTS = {"model": ChannelParameter(type=standard_artifacts.Model)}


class BaselineModel(BaseComponent):
    """Emits the pushed model that serves as the baseline, as an artifact.

    An MLMD resolver would do, but Kubeflow Pipelines does not run resolvers;
    the serving directory records what is in production. `find.baseline_version`
    selects the version.

    Args:
      push_destination: `<serving root>/<model name>`, where Pusher pushes to.
      model_digest: the digest of the model that this pipeline trains, which
        is never its own baseline.
      baseline_version: what `find.baseline_version` says now. It is there
        to run the component again when that has changed; the executor looks
        for itself.

    Outputs:
      model: `standard_artifacts.Model`; without `Format-Serving` if there is
        no other model in production.
    """

    SPEC_CLASS = BaselineModelSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        push_destination: str,
        model_digest: str,
        baseline_version: str,
    ) -> None:
        super().__init__(
            BaselineModelSpec(
                push_destination=push_destination,
                model_digest=model_digest,
                baseline_version=baseline_version,
                model=OutputChannel(standard_artifacts.Model, self, "model"),
            )
        )
