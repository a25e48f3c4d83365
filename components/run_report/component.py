"""RunReport: the last node, which writes the report."""

from __future__ import annotations

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel, OutputChannel
from tfx.types.component_spec import ChannelParameter, ExecutionParameter

from components.code_digest import CodedSpec
from components.run_report import artifacts
from components.run_report.executor import Executor


class RunReportSpec(CodedSpec):
    """The inputs, outputs and parameters of RunReport."""

    SOURCES = ("components/run_report/templates/*",)
    PARAMETERS = {
        "settings": ExecutionParameter(type=str),
    }
    INPUTS = {
        "model": ChannelParameter(type=standard_artifacts.Model),
        "examples": ChannelParameter(type=standard_artifacts.Examples),
        "transformed_examples": ChannelParameter(
            type=standard_artifacts.Examples
        ),
        **{
            f"{model}_{name}": ChannelParameter(type=artifact_type)
            for model in ("autoencoder", "classifier")
            for name, artifact_type in (
                ("run", standard_artifacts.ModelRun),
                ("hyperparameters", standard_artifacts.HyperParameters),
            )
        },
        "classifier_evaluation": ChannelParameter(
            type=standard_artifacts.ModelEvaluation
        ),
        "autoencoder_evaluation": ChannelParameter(
            type=standard_artifacts.ModelEvaluation
        ),
        "infra_blessing": ChannelParameter(
            type=standard_artifacts.InfraBlessing
        ),
        "pushed_model": ChannelParameter(type=standard_artifacts.PushedModel),
        "data_profile": ChannelParameter(
            type=standard_artifacts.ExampleStatistics
        ),
    }
    OUTPUTS = {
        "report": ChannelParameter(type=artifacts.Html),
        "metrics": ChannelParameter(type=artifacts.Metrics),
        "confusion_matrix": ChannelParameter(
            type=artifacts.ClassificationMetrics
        ),
    }


class RunReport(BaseComponent):
    """Reports the results of a run, whether or not its model was pushed.

    Args:
      model: the classifier; its `model.json` says what it was trained on.
      examples: tf.Examples with a split `test`, for the pictures.
      transformed_examples: Transform's, for the counts that the caps kept.
      autoencoder_run: AutoencoderTrainer's `model_run`, for the curves.
      autoencoder_hyperparameters: AutoencoderTuner's.
      classifier_run: ClassifierTrainer's `model_run`.
      classifier_hyperparameters: ClassifierTuner's.
      classifier_evaluation: ClassifierEvaluator's.
      autoencoder_evaluation: AutoencoderEvaluator's.
      infra_blessing: ServingCheck's.
      pushed_model: Pusher's, which names the blessings that were lacking.
      data_profile: AnomalyGate's, for the data's statistics and the verdict.
      settings: of the run, from `settings.Settings.to_json`.

    Outputs:
      report: `artifacts.Html`.
      metrics: `artifacts.Metrics`.
      confusion_matrix: `artifacts.ClassificationMetrics`.
    """

    SPEC_CLASS = RunReportSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        model: BaseChannel,
        examples: BaseChannel,
        transformed_examples: BaseChannel,
        autoencoder_run: BaseChannel,
        autoencoder_hyperparameters: BaseChannel,
        classifier_run: BaseChannel,
        classifier_hyperparameters: BaseChannel,
        classifier_evaluation: BaseChannel,
        autoencoder_evaluation: BaseChannel,
        infra_blessing: BaseChannel,
        pushed_model: BaseChannel,
        data_profile: BaseChannel,
        settings: str,
    ) -> None:
        super().__init__(
            RunReportSpec(
                model=model,
                examples=examples,
                transformed_examples=transformed_examples,
                autoencoder_run=autoencoder_run,
                autoencoder_hyperparameters=autoencoder_hyperparameters,
                classifier_run=classifier_run,
                classifier_hyperparameters=classifier_hyperparameters,
                classifier_evaluation=classifier_evaluation,
                autoencoder_evaluation=autoencoder_evaluation,
                infra_blessing=infra_blessing,
                pushed_model=pushed_model,
                data_profile=data_profile,
                settings=settings,
                **{
                    name: OutputChannel(parameter.type, self, name)
                    for name, parameter in RunReportSpec.OUTPUTS.items()
                },
            )
        )
