"""StatisticsGen: the component."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow_data_validation as tfdv
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel, OutputChannel
from tfx.types.component_spec import ChannelParameter, ExecutionParameter
from tfx.utils import json_utils

from components.code_digest import CodedSpec
from components.statistics_gen.executor import Executor


class StatisticsGenSpec(CodedSpec):
    """The inputs, outputs and parameters of StatisticsGen."""

    PARAMETERS = {
        "stats_options_json": ExecutionParameter(type=str),
        "exclude_splits": ExecutionParameter(type=str, optional=True),
    }
    INPUTS = {
        "examples": ChannelParameter(type=standard_artifacts.Examples),
        "schema": ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS = {
        "statistics": ChannelParameter(
            type=standard_artifacts.ExampleStatistics
        ),
    }


class StatisticsGen(BaseBeamComponent):
    """TFDV's statistics of each split of the examples.

    As TFX's component of that name, with two differences: a file is read and
    summarised in one piece, without Beam's overhead a record; and partial
    results are merged in the files' order, so that every Beam runner gives the
    same statistics to the last digit.

    Args:
      examples: tf.Examples.
      schema: their schema.
      stats_options: TFDV's, without a schema.
      exclude_splits: splits of which there are to be no statistics.

    Outputs:
      statistics: `standard_artifacts.ExampleStatistics`, a file
        `FeatureStats.pb` for each split.
    """

    SPEC_CLASS = StatisticsGenSpec
    EXECUTOR_SPEC = BeamExecutorSpec(Executor)

    def __init__(
        self,
        *,
        examples: BaseChannel,
        schema: BaseChannel,
        stats_options: tfdv.StatsOptions,
        exclude_splits: Sequence[str] = (),
    ) -> None:
        super().__init__(
            StatisticsGenSpec(
                examples=examples,
                schema=schema,
                stats_options_json=stats_options.to_json(),
                exclude_splits=(
                    json_utils.dumps(list(exclude_splits))
                    if exclude_splits
                    else None
                ),
                statistics=OutputChannel(
                    standard_artifacts.ExampleStatistics, self, "statistics"
                ),
            )
        )
