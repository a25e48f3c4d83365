"""AnomalyGate: stops a run whose data is not as expected."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel, OutputChannel
from tfx.types.component_spec import ChannelParameter, ExecutionParameter

from components.anomaly_gate.executor import Executor
from components.code_digest import CodedSpec


class AnomalyGateSpec(CodedSpec):
    """The inputs, the output and the parameters of AnomalyGate."""

    PARAMETERS = {
        "push_destination": ExecutionParameter(type=str),
        "data_digest": ExecutionParameter(type=str),
        "baseline_version": ExecutionParameter(type=str),
        "class_names": ExecutionParameter(type=str),
        "accept_data": ExecutionParameter(type=int),
    }
    INPUTS = {
        "anomalies": ChannelParameter(type=standard_artifacts.ExampleAnomalies),
        "statistics": ChannelParameter(
            type=standard_artifacts.ExampleStatistics
        ),
        "examples": ChannelParameter(type=standard_artifacts.Examples),
        "schema": ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS = {
        "profile": ChannelParameter(type=standard_artifacts.ExampleStatistics)
    }


class AnomalyGate(BaseComponent):
    """Fails when the data is not as expected, saying what and what to do.

    ExampleValidator only records the anomalies that it finds. This component
    fails on them, and on what it finds itself: drift from the data of the model
    in production, and values beyond the limits that were learned from the first
    data; skew between the splits; test images in the train split, duplicates,
    constant images. Nodes that must not run on bad data get it as an upstream
    node.

    TFX's DistributionValidator needs a baseline and compares with no limits;
    this uses the same comparators of TFDV.

    Args:
      anomalies: the output of ExampleValidator.
      statistics: of StatisticsGen, of the splits `train` and `test`.
      examples: of ImageExampleGen, for its counts.
      schema: the curated one.
      push_destination: `<serving root>/<model name>`, where Pusher pushes to.
      data_digest: of the images.
      baseline_version: what `baseline.baseline_version` says now. It is there
        to run the component again when that has changed; the executor looks
        for itself.
      class_names: in label order.
      accept_data: whether changes are accepted as the new normal.

    Outputs:
      profile: `standard_artifacts.ExampleStatistics` with the verdict and the
        learned limits; see `modules.data_profile.verdict`.
    """

    SPEC_CLASS = AnomalyGateSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        anomalies: BaseChannel,
        statistics: BaseChannel,
        examples: BaseChannel,
        schema: BaseChannel,
        push_destination: str,
        data_digest: str,
        baseline_version: str,
        class_names: Sequence[str],
        accept_data: bool = False,
    ) -> None:
        super().__init__(
            AnomalyGateSpec(
                anomalies=anomalies,
                statistics=statistics,
                examples=examples,
                schema=schema,
                push_destination=push_destination,
                data_digest=data_digest,
                baseline_version=baseline_version,
                class_names=json.dumps(list(class_names)),
                accept_data=int(accept_data),
                profile=OutputChannel(
                    standard_artifacts.ExampleStatistics, self, "profile"
                ),
            )
        )
