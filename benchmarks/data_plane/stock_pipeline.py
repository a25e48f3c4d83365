"""The data plane of stock TFX components, for `benchmarks.data_plane`.

Each component as TFX's examples and documentation use it, doing what ours does:
the same tf.Examples in the same splits, statistics of both, decoded pixels, and
a classifier's metrics on the test images, by class.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import tensorflow as tf
from ml_metadata.proto.metadata_store_pb2 import ConnectionConfig
from tensorflow_model_analysis.proto import config_pb2
from tfx.components.evaluator.component import Evaluator
from tfx.components.example_gen.import_example_gen.component import (
    ImportExampleGen,
)
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.components.transform.component import Transform
from tfx.dsl.components.base.base_node import BaseNode
from tfx.dsl.components.common.importer import Importer
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import example_gen_pb2, transform_pb2
from tfx.types.standard_artifacts import Model, Schema

from modules.evaluation.prediction_files import PROBABILITIES
from modules.features import IMAGE, LABEL
from modules.preprocessing import CHANNELS

SPLITS = ("train", "test")


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor], custom_config: Mapping[str, int]
) -> dict[str, tf.Tensor]:
    """That of TFX's CIFAR-10 example, without its enlarging of the images.

    `custom_config` holds `image_size`: Transform wants a known shape.
    """
    size = custom_config["image_size"]
    pixels = tf.map_fn(
        lambda image: tf.io.decode_png(image[0], channels=CHANNELS),
        tf.reshape(inputs[IMAGE], [-1, 1]),
        fn_output_signature=tf.uint8,
    )
    pixels = tf.ensure_shape(pixels, (None, size, size, CHANNELS))
    return {
        "pixels": tf.cast(pixels, tf.float32) / 255,
        LABEL: tf.reshape(inputs[LABEL], [-1, 1]),
    }


def eval_config(num_classes: int) -> config_pb2.EvalConfig:
    """Accuracy, and each class against the rest; overall and by class."""
    by_class = ("Precision", "Recall", "AUC")
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                signature_name="serving_default",
                label_key=LABEL,
                prediction_key=PROBABILITIES,
            )
        ],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            config_pb2.SlicingSpec(feature_keys=[LABEL]),
        ],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[
                    config_pb2.MetricConfig(class_name=name)
                    for name in ("ExampleCount", "SparseCategoricalAccuracy")
                ]
            ),
            config_pb2.MetricsSpec(
                binarize={"class_ids": {"values": range(num_classes)}},
                metrics=[
                    config_pb2.MetricConfig(class_name=name)
                    for name in by_class
                ],
            ),
        ],
    )


def create_pipeline(
    *,
    examples: Path,
    schema: Path,
    model: Path,
    num_classes: int,
    image_size: int,
    root: Path,
    metadata: ConnectionConfig,
    beam_pipeline_args: Sequence[str],
    without: Collection[str] = (),
) -> Pipeline:
    """The stock pipeline.

    Args:
      examples: an `Examples` artifact of ours, whose files are imported.
      schema: its schema's artifact.
      model: the classifier's artifact, to be evaluated.
      num_classes: of the classifier.
      image_size: height and width of the images, pixels.
      root: where artifacts go.
      metadata: ML Metadata.
      beam_pipeline_args: for all components.
      without: components that others do not need, to leave out.
    """
    made = _components(examples, schema, model, num_classes, image_size)
    return Pipeline(
        pipeline_name="stock",
        pipeline_root=str(root),
        components=[each for each in made if each.id not in without],
        enable_cache=True,  # For `runs.run_stock`, where one failed.
        metadata_connection_config=metadata,
        beam_pipeline_args=list(beam_pipeline_args),
    )


def _components(
    examples: Path,
    schema: Path,
    model: Path,
    num_classes: int,
    image_size: int,
) -> list[BaseNode]:
    splits = [
        example_gen_pb2.Input.Split(name=name, pattern=f"Split-{name}/*")
        for name in SPLITS
    ]
    example_gen = ImportExampleGen(
        input_base=str(examples),
        input_config=example_gen_pb2.Input(splits=splits),
    )
    imported = example_gen.outputs["examples"]
    curated = Importer(source_uri=str(schema), artifact_type=Schema)
    trained = Importer(source_uri=str(model), artifact_type=Model)
    transform = Transform(
        examples=imported,
        schema=curated.with_id("Schema").outputs["result"],
        preprocessing_fn=f"{__name__}.preprocessing_fn",
        custom_config={"image_size": image_size},
        splits_config=transform_pb2.SplitsConfig(
            analyze=["train"], transform=list(SPLITS)
        ),
    )
    evaluator = Evaluator(
        examples=imported,
        model=trained.with_id("Model").outputs["result"],
        example_splits=["test"],
        eval_config=eval_config(num_classes),
    )
    statistics_gen = StatisticsGen(examples=imported)
    return [example_gen, curated, trained, statistics_gen, transform, evaluator]
