"""ModelEvaluator: both Evaluator nodes of the pipeline."""

from __future__ import annotations

from tensorflow_model_analysis.proto import config_pb2
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel, OutputChannel
from tfx.types.component_spec import ChannelParameter, ExecutionParameter
from tfx.utils import proto_utils

from components.code_digest import CodedSpec
from components.model_evaluator.executor import Executor


class ModelEvaluatorSpec(CodedSpec):
    """The inputs, outputs and parameters of ModelEvaluator."""

    SOURCES = ("modules.evaluation.configs",)
    PARAMETERS = {
        "eval_config": ExecutionParameter(type=str),
    }
    INPUTS = {
        "examples": ChannelParameter(type=standard_artifacts.Examples),
        "model": ChannelParameter(type=standard_artifacts.Model),
        "baseline_model": ChannelParameter(
            type=standard_artifacts.Model, optional=True
        ),
    }
    OUTPUTS = {
        "evaluation": ChannelParameter(type=standard_artifacts.ModelEvaluation),
        "blessing": ChannelParameter(type=standard_artifacts.ModelBlessing),
    }


class ModelEvaluator(BaseBeamComponent):
    """Evaluates a model with TFMA on the split `test`, and blesses it or not.

    The stock Evaluator, with four differences: it evaluates the split `test`;
    it can slice by `capped` (see `modules.evaluation.extractors`); it keeps the
    predictions of a classifier (see `modules.evaluation.prediction_files`); and
    a `baseline_model` without a SavedModel in it counts as no baseline, in
    which case the thresholds against the baseline are ignored.

    Args:
      examples: tf.Examples with a split `test`.
      model: the SavedModel to evaluate.
      baseline_model: what BaselineModel gave, if the model is to be compared.
      eval_config: from `modules.evaluation.configs`.

    Outputs:
      evaluation: `standard_artifacts.ModelEvaluation`, TFMA's files and the
        classifier's predictions.
      blessing: `standard_artifacts.ModelBlessing`, property `blessed` 1 or 0.
    """

    SPEC_CLASS = ModelEvaluatorSpec
    EXECUTOR_SPEC = BeamExecutorSpec(Executor)

    def __init__(
        self,
        *,
        examples: BaseChannel,
        model: BaseChannel,
        baseline_model: BaseChannel | None = None,
        eval_config: config_pb2.EvalConfig,
    ) -> None:
        super().__init__(
            ModelEvaluatorSpec(
                examples=examples,
                model=model,
                baseline_model=baseline_model,
                eval_config=proto_utils.proto_to_json(eval_config),
                evaluation=OutputChannel(
                    standard_artifacts.ModelEvaluation, self, "evaluation"
                ),
                blessing=OutputChannel(
                    standard_artifacts.ModelBlessing, self, "blessing"
                ),
            )
        )
