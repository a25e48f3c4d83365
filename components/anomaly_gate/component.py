"""AnomalyGate: stops a run whose data does not match the schema."""

from __future__ import annotations

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel
from tfx.types.component_spec import ChannelParameter

from components.anomaly_gate.executor import Executor
from components.code_digest import CodedSpec


class AnomalyGateSpec(CodedSpec):
    """The input of AnomalyGate; it has no output."""

    INPUTS = {
        "anomalies": ChannelParameter(type=standard_artifacts.ExampleAnomalies)
    }
    OUTPUTS = {}


class AnomalyGate(BaseComponent):
    """Fails when ExampleValidator has found an anomaly, naming them all.

    ExampleValidator itself only records anomalies and succeeds. Nodes that must
    not run on bad data get this component as an upstream node.

    Args:
      anomalies: the output of ExampleValidator.
    """

    SPEC_CLASS = AnomalyGateSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(self, *, anomalies: BaseChannel) -> None:
        super().__init__(AnomalyGateSpec(anomalies=anomalies))
