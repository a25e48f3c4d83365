"""The DAG: the components and how they are wired.

ImageExampleGen --> StatisticsGen --> ExampleValidator --> AnomalyGate
     |                                                         |
     +----------> Transform (class caps) <---------------------+
                     |
                     +--> AutoencoderTrainer --> AutoencoderEvaluator --+
                     |            | base_model                          |
                     +--> ClassifierTrainer ---> ClassifierEvaluator ---+
                                  |                     |               |
                                  |                BaselineModel        |
                                  +------------> ServingCheck ----------+
                                                                        |
             RunReport (reads also the evaluations and data) <------- Pusher

Each Trainer takes its hyperparameters from a Tuner of its own, with the same
inputs: AutoencoderTuner and ClassifierTuner search for them, or pass on the
current values. They are always there, so that the DAG is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ml_metadata.proto.metadata_store_pb2 import ConnectionConfig
from tfx.components.example_validator.component import ExampleValidator
from tfx.dsl.components.base.base_node import BaseNode
from tfx.orchestration.pipeline import Pipeline
from tfx.types.channel import BaseChannel

from components.anomaly_gate.component import AnomalyGate
from components.baseline_model.component import BaselineModel
from components.image_example_gen.component import ImageExampleGen
from components.model_evaluator.component import ModelEvaluator
from components.pusher.component import Pusher
from components.run_report.component import RunReport
from components.schema_importer.component import SchemaImporter
from components.serving_check.component import ServingCheck
from components.statistics_gen.component import StatisticsGen
from components.trainer.component import Trainer
from components.tuner.component import Tuner
from modules.stats_options import stats_options
from pipeline import nodes
from pipeline.arguments import Arguments
from pipeline.configs import RunConfig
from pipeline.data.source import DataSource


def create_pipeline(
    config: RunConfig,
    *,
    source: DataSource,
    serving: Path,
    searches: Path | None = None,
    checkpoints: Path | None = None,
    pipeline_root: str = "",
    metadata: ConnectionConfig | None = None,
    beam_pipeline_args: Sequence[str] = (),
) -> Pipeline:
    """The pipeline of one run, with caching, for any TFX runner.

    Args:
      config: what is to be run.
      source: the images, at a path that ImageExampleGen can read.
      serving: the directory that models are pushed under.
      searches: the directory that keeps interrupted searches, to be resumed;
        without one, they start again.
      checkpoints: the directory from which a Trainer that was killed resumes;
        without one, it starts again.
      pipeline_root: where artifacts go, unless the orchestrator says.
      metadata: ML Metadata, unless the orchestrator has its own.
      beam_pipeline_args: for all components that run on Beam.
    """
    arguments = Arguments(
        config=config,
        source=source,
        serving=serving,
        searches=searches,
        checkpoints=checkpoints,
    )
    return Pipeline(
        pipeline_name=config.dataset.pipeline_name,
        pipeline_root=pipeline_root,
        components=_components(arguments),
        enable_cache=True,
        metadata_connection_config=metadata,
        beam_pipeline_args=list(beam_pipeline_args),
    )


class _Model(NamedTuple):
    """The nodes that produce one of the two models."""

    tuner: Tuner
    trainer: Trainer
    evaluator: ModelEvaluator


def _components(arguments: Arguments) -> list[BaseNode]:
    """All components, wired."""
    example_gen = ImageExampleGen(**arguments.example_gen())
    examples = example_gen.outputs["examples"]
    schema = SchemaImporter(**arguments.schema())
    validation = _validate(examples, schema.outputs["schema"], arguments)
    profile = validation[-1].outputs["profile"]
    transform = nodes.transform(examples, schema.outputs["schema"], arguments)
    transform.add_upstream_node(validation[-1])
    sampled = transform.outputs["transformed_examples"]
    autoencoder = _autoencoder(examples, sampled, arguments)
    baseline = BaselineModel(**arguments.baseline_model())
    classifier = _classifier(
        examples,
        sampled,
        arguments,
        base_model=autoencoder.trainer.outputs["model"],
        baseline_model=baseline.outputs["model"],
    )
    serving_check = ServingCheck(
        model=classifier.trainer.outputs["model"], examples=examples
    )
    evaluations = {
        "classifier_evaluation": classifier.evaluator.outputs["evaluation"],
        "autoencoder_evaluation": autoencoder.evaluator.outputs["evaluation"],
    }
    pusher = Pusher(
        model=classifier.trainer.outputs["model"],
        model_blessing=classifier.evaluator.outputs["blessing"],
        autoencoder_blessing=autoencoder.evaluator.outputs["blessing"],
        infra_blessing=serving_check.outputs["blessing"],
        data_profile=profile,
        **evaluations,
        **arguments.pusher(),
    )
    run_report = RunReport(
        model=classifier.trainer.outputs["model"],
        examples=examples,
        transformed_examples=sampled,
        infra_blessing=serving_check.outputs["blessing"],
        pushed_model=pusher.outputs["pushed_model"],
        data_profile=profile,
        **_training("autoencoder", autoencoder),
        **_training("classifier", classifier),
        **evaluations,
        **arguments.run_report(),
    )
    before = [example_gen, schema, *validation, transform, *autoencoder]
    after = [baseline, *classifier, serving_check, pusher, run_report]
    return [*before, *after]


def _training(name: str, model: _Model) -> dict[str, BaseChannel]:
    """What RunReport is told of a model's training."""
    best = model.tuner.outputs["best_hyperparameters"]
    return {
        f"{name}_run": model.trainer.outputs["model_run"],
        f"{name}_hyperparameters": best,
    }


def _autoencoder(
    examples: BaseChannel, sampled: BaseChannel, arguments: Arguments
) -> _Model:
    """The autoencoder: nodes 1 to 3."""
    tuner = nodes.tuner(
        "autoencoder",
        sampled,
        arguments.autoencoder_tuner(),
        unlabelled=arguments.unlabelled,
    )
    trainer = nodes.trainer(
        "autoencoder",
        sampled,
        arguments.autoencoder_trainer(),
        tuner,
        unlabelled=arguments.unlabelled,
    )
    evaluator = ModelEvaluator(
        examples=examples,
        model=trainer.outputs["model"],
        eval_config=arguments.autoencoder_evaluator(),
    ).with_id("AutoencoderEvaluator")
    return _Model(tuner, trainer, evaluator)


def _classifier(
    examples: BaseChannel,
    sampled: BaseChannel,
    arguments: Arguments,
    *,
    base_model: BaseChannel,
    baseline_model: BaseChannel,
) -> _Model:
    """The classifier on the autoencoder's hidden layer: nodes 4 and 5."""
    tuner = nodes.tuner(
        "classifier", sampled, arguments.classifier_tuner(), base_model
    )
    trainer = nodes.trainer(
        "classifier",
        sampled,
        arguments.classifier_trainer(),
        tuner,
        base_model,
    )
    evaluator = ModelEvaluator(
        examples=examples,
        model=trainer.outputs["model"],
        baseline_model=baseline_model,
        eval_config=arguments.classifier_evaluator(),
    ).with_id("ClassifierEvaluator")
    return _Model(tuner, trainer, evaluator)


def _validate(
    examples: BaseChannel, schema: BaseChannel, arguments: Arguments
) -> list[BaseNode]:
    """Statistics, their comparison with the schema, and the gate."""
    statistics_gen = StatisticsGen(
        examples=examples,
        schema=schema,
        stats_options=stats_options(),
        exclude_splits=arguments.unlabelled,
    )
    example_validator = ExampleValidator(
        statistics=statistics_gen.outputs["statistics"], schema=schema
    )
    anomaly_gate = AnomalyGate(
        anomalies=example_validator.outputs["anomalies"],
        statistics=statistics_gen.outputs["statistics"],
        examples=examples,
        schema=schema,
        **arguments.anomaly_gate(),
    )
    return [statistics_gen, example_validator, anomaly_gate]
