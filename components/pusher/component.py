"""Pusher: the last node of the pipeline."""

from __future__ import annotations

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel, OutputChannel
from tfx.types.component_spec import ChannelParameter, ExecutionParameter

from components.code_digest import CodedSpec
from components.pusher.executor import Executor
from components.pusher.versions import serving_directory


class PusherSpec(CodedSpec):
    """The inputs, outputs and parameters of Pusher."""

    PARAMETERS = {
        "push_destination": ExecutionParameter(type=str),
    }
    INPUTS = {
        "model": ChannelParameter(type=standard_artifacts.Model),
        "model_blessing": ChannelParameter(
            type=standard_artifacts.ModelBlessing
        ),
        "autoencoder_blessing": ChannelParameter(
            type=standard_artifacts.ModelBlessing
        ),
        "infra_blessing": ChannelParameter(
            type=standard_artifacts.InfraBlessing, optional=True
        ),
        "classifier_evaluation": ChannelParameter(
            type=standard_artifacts.ModelEvaluation, optional=True
        ),
        "autoencoder_evaluation": ChannelParameter(
            type=standard_artifacts.ModelEvaluation, optional=True
        ),
        "data_profile": ChannelParameter(
            type=standard_artifacts.ExampleStatistics, optional=True
        ),
    }
    OUTPUTS = {
        "pushed_model": ChannelParameter(type=standard_artifacts.PushedModel)
    }


class Pusher(BaseComponent):
    """Delivers a model to the directory that TensorFlow Serving watches.

    Unlike the stock Pusher it requires several blessings, publishes the version
    directory atomically under a number greater than all existing ones, pushes
    only once if a step is retried, and gives the reason when it does not push.

    Args:
      model: the classifier.
      model_blessing: of the classifier, by its Evaluator.
      autoencoder_blessing: of the autoencoder inside it, by its Evaluator.
      infra_blessing: of the exported model, by a check that it serves. If it
        holds a copy of the model with warm-up requests, that is pushed.
      classifier_evaluation: by the classifier's Evaluator; with both, the
        pushed model has a card, `assets.extra/model_card.md`.
      autoencoder_evaluation: by the autoencoder's.
      data_profile: AnomalyGate's, which is stored with the model: the data of
        later runs is compared with it.
      push_destination: `<serving root>/<model name>`, a directory.

    Outputs:
      pushed_model: `standard_artifacts.PushedModel` with the stock properties
        `pushed` (1 or 0), `pushed_destination` and `pushed_version`, which
        may have been there already, or with `reason`; and the file `push.json`
        that says the same.

    Raises:
      UserError: if `push_destination` cannot be a directory.
    """

    SPEC_CLASS = PusherSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        model: BaseChannel,
        model_blessing: BaseChannel,
        autoencoder_blessing: BaseChannel,
        infra_blessing: BaseChannel | None = None,
        classifier_evaluation: BaseChannel | None = None,
        autoencoder_evaluation: BaseChannel | None = None,
        data_profile: BaseChannel | None = None,
        push_destination: str,
    ) -> None:
        serving_directory(push_destination)
        super().__init__(
            PusherSpec(
                model=model,
                model_blessing=model_blessing,
                autoencoder_blessing=autoencoder_blessing,
                infra_blessing=infra_blessing,
                classifier_evaluation=classifier_evaluation,
                autoencoder_evaluation=autoencoder_evaluation,
                data_profile=data_profile,
                push_destination=push_destination,
                pushed_model=OutputChannel(
                    standard_artifacts.PushedModel, self, "pushed_model"
                ),
            )
        )
