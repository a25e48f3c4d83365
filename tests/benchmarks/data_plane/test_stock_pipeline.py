"""The stock components that ours are measured against."""

import io

import numpy as np
import tensorflow as tf
from ml_metadata.proto.metadata_store_pb2 import ConnectionConfig
from PIL import Image

from benchmarks.data_plane import stock_pipeline
from modules.features import IMAGE, LABEL


def test_transform_knows_the_shape_of_what_it_writes():
    file = io.BytesIO()
    white = np.full((8, 8, 3), 255, np.uint8)
    Image.fromarray(white).save(file, "PNG")

    @tf.function(input_signature=[tf.TensorSpec((None, 1), tf.string)])
    def of(images):
        labels = tf.zeros((tf.shape(images)[0],), tf.int64)
        inputs = {IMAGE: images, LABEL: labels}
        return stock_pipeline.preprocessing_fn(inputs, {"image_size": 8})

    shapes = of.get_concrete_function().output_shapes
    assert shapes["pixels"].as_list() == [None, 8, 8, 3]
    outputs = of(tf.constant([[file.getvalue()]] * 2))
    assert (outputs["pixels"].numpy() == 1).all()
    assert outputs[LABEL].shape == (2, 1)


def test_components_that_others_do_not_need_can_be_left_out(tmp_path):
    made = stock_pipeline.create_pipeline(
        examples=tmp_path,
        schema=tmp_path,
        model=tmp_path,
        num_classes=10,
        image_size=32,
        root=tmp_path,
        metadata=ConnectionConfig(),
        beam_pipeline_args=(),
        without=["Transform"],
    )
    found = {component.id for component in made.components}
    assert {"ImportExampleGen", "StatisticsGen", "Evaluator"} < found
    assert "Transform" not in found
