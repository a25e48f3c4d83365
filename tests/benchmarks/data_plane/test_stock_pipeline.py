"""The stock components that ours are measured against."""

import io

import numpy as np
import tensorflow as tf
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
