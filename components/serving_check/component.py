"""ServingCheck: the gate between the exported model and Pusher."""

from __future__ import annotations

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel, OutputChannel
from tfx.types.component_spec import ChannelParameter

from components.code_digest import CodedSpec
from components.serving_check.executor import Executor


class ServingCheckSpec(CodedSpec):
    """The inputs, outputs and parameters of ServingCheck."""

    INPUTS = {
        "model": ChannelParameter(type=standard_artifacts.Model),
        "examples": ChannelParameter(type=standard_artifacts.Examples),
    }
    OUTPUTS = {
        "blessing": ChannelParameter(type=standard_artifacts.InfraBlessing)
    }


class ServingCheck(BaseComponent):
    """Blesses an exported classifier that predicts what the trained one does.

    It replaces the stock InfraValidator, which needs Docker and does not run on
    Kubeflow Pipelines 2. The model is loaded in a fresh process without this
    project's code; see `check` for the requests. Like the stock component, it
    puts warm-up requests into a copy of the model, inside the blessing, and
    that copy is what Pusher pushes.

    Args:
      model: the classifier.
      examples: tf.Examples with a split `test`.

    Outputs:
      blessing: `standard_artifacts.InfraBlessing`, properties `blessed` and
        `has_model` 1 or 0; the model in `stamped_model_path`, if blessed; and
        `report.json`, see `report.CheckReport`.
    """

    SPEC_CLASS = ServingCheckSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        model: BaseChannel,
        examples: BaseChannel,
    ) -> None:
        super().__init__(
            ServingCheckSpec(
                model=model,
                examples=examples,
                blessing=OutputChannel(
                    standard_artifacts.InfraBlessing, self, "blessing"
                ),
            )
        )
