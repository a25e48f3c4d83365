"""The request log, and how it compares with the data set."""

import io

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow_serving.apis import prediction_log_pb2

from modules.common.errors import UserError
from modules.image_statistics import image_statistics
from serving.predictions import Prediction
from serving.quality import drift, reference
from serving.quality.image_features import describe
from serving.quality.request_log import RequestLog
from serving.target import Target
from tests.support.components import profiles
from tests.support.serving.fixtures import encoded

TARGET = Target(host="a", port=1, model="cifar10")
CAT = Prediction("cat", 1, (0.25, 0.75))


def image(draws, brightness):
    pixels = np.clip(draws.normal(brightness, 0.1, (32, 32, 3)), 0, 1)
    return encoded((255 * pixels).astype(np.uint8))


def logged(path, images, share=1.0):
    log = RequestLog(path, share, seed=0)
    log.add(TARGET, images, [CAT] * len(images))
    log.close()
    return path


def test_the_log_is_what_tf_serving_would_write(tmp_path, pngs):
    path = logged(tmp_path / "log", pngs)
    records = [r.numpy() for r in tf.data.TFRecordDataset(str(path))]
    assert len(records) == len(pngs)
    log = prediction_log_pb2.PredictionLog.FromString(records[2]).predict_log
    assert log.request.model_spec.name == "cifar10"
    assert tf.make_ndarray(log.request.inputs["image_bytes"]) == [pngs[2]]
    np.testing.assert_array_equal(
        tf.make_ndarray(log.response.outputs["probabilities"]), [[0.25, 0.75]]
    )
    assert tf.make_ndarray(log.response.outputs["class_name"]) == [b"cat"]


def test_the_log_is_a_sample_and_grows(tmp_path):
    images = [bytes([n % 256]) for n in range(1000)]
    first = logged(tmp_path / "log", images, share=0.1).stat().st_size
    count = sum(1 for _ in tf.data.TFRecordDataset(str(tmp_path / "log")))
    assert 50 < count < 150
    logged(tmp_path / "log", images, share=0.1)
    assert (tmp_path / "log").stat().st_size > first


def test_a_log_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(UserError, match="cannot write the request log"):
        RequestLog(tmp_path / "no" / "log", 1.0)


def test_features_say_what_an_image_looks_like():
    white = one(encoded(np.full((10, 20, 3), 255, np.uint8)))
    assert (white["width"], white["height"]) == (20, 10)
    assert white["brightness"] == pytest.approx(1)
    assert white["contrast"] == pytest.approx(0, abs=1e-6)
    assert white["saturation"] == white["sharpness"] == 0
    red = one(encoded(np.full((8, 8, 3), (255, 0, 0), np.uint8)))
    assert (red["red"], red["green"], red["saturation"]) == (1, 0, 1)
    checks = np.indices((32, 32)).sum(0) % 2 * 255
    stripes = np.repeat(checks[..., None], 3, -1).astype(np.uint8)
    assert one(encoded(stripes))["sharpness"] == pytest.approx(1)


def one(file):
    """The features of one image file, for a model of 32 by 32 pixels."""
    return {name: values[0] for name, values in describe([file], 32).items()}


def saved(picture, file_format="PNG", **options):
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def test_features_are_of_the_image_as_the_model_sees_it():
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert one(saved(clear))["brightness"] == 1  # on white
    deep = Image.fromarray(np.full((8, 8), 0x8000, np.uint16))
    grey = one(saved(deep))["brightness"]
    assert grey == pytest.approx(0.5, abs=0.01)  # not clipped at 255
    lit = Image.new("RGB", (32, 16))
    lit.paste((255, 255, 255), (0, 0, 32, 8))
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180 degrees
    turned = one(saved(lit, exif=exif))
    assert one(saved(lit))["vertical_balance"] > 0.9
    assert turned["vertical_balance"] < -0.9


@pytest.fixture(scope="module")
def usual():
    """What images of the data set look like, and a model that says cat."""
    draws = np.random.default_rng(0)
    images = [image(draws, draws.uniform(0.3, 0.7)) for _ in range(300)]
    fake = type("Model", (), {"predict": lambda _, x: [CAT] * len(x)})()
    return drift.reference(fake, images, images, 32)


def compared(logged, usual):
    found = drift.compare(logged, usual, divergence=0.1, class_shift=0.1)
    return {each.feature: each for each in found}


def test_the_same_kind_of_images_is_no_drift(tmp_path, usual):
    draws = np.random.default_rng(1)
    images = [image(draws, draws.uniform(0.3, 0.7)) for _ in range(200)]
    found = compared(drift.read_log(logged(tmp_path / "l", images), 32), usual)
    assert set(found) == {*one(images[0]), "confidence", "class_name"}
    assert not any(each.anomaly for each in found.values())


@pytest.fixture(scope="module")
def sampled():
    """The features of the built-in sample, and what a model sure of it says."""
    images = profiles.drawn()["train"]
    table = pd.DataFrame(image_statistics(images.pixels))
    draws = np.random.default_rng(0)
    doubt = draws.lognormal(-7, 2, len(table))
    table["confidence"] = 1 - np.minimum(doubt, 0.9)
    table["class_name"] = images.labels.astype(str)
    return table


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [1_900, 100])
def test_a_hundred_of_the_same_images_are_no_drift(sampled, seed, size):
    """Though TFDV's own buckets would, as most confidences are nearly 1.

    The limit for classes is the user's, whatever the number of images.
    """
    rows = sampled.sample(frac=1, random_state=seed)
    found = compared(rows[-drift.FEWEST :], rows[:size])
    del found["class_name"]
    assert [each for each in found.values() if each.anomaly] == []


@pytest.mark.parametrize("side", [16, 64])
def test_images_of_another_size_are_drift(usual, side):
    assert set(usual["width"]) == {32}
    logged = usual.assign(width=float(side))
    assert compared(logged, usual)["width"].anomaly
    one_of_them = usual.copy()
    one_of_them.loc[0, "width"] = side
    assert not compared(one_of_them, usual)["width"].anomaly


def test_dark_images_and_other_classes_are(tmp_path, usual):
    draws = np.random.default_rng(2)
    images = [image(draws, draws.uniform(0.1, 0.2)) for _ in range(200)]
    table = drift.read_log(logged(tmp_path / "l", images), 32)
    table["class_name"] = ["cat", "dog"] * 100
    found = compared(table, usual)
    assert "Jensen-Shannon" in found["brightness"].anomaly
    assert found["class_name"].distance == pytest.approx(0.5)
    assert found["class_name"].anomaly
    assert not found["width"].anomaly
    assert found["class_name"].reference == "cat (100%)"


def test_a_file_that_is_no_log_and_a_short_one_are_one_line(tmp_path, pngs):
    (tmp_path / "text").write_text("not a log" * 20)
    with pytest.raises(UserError, match="is not a request log"):
        drift.read_log(tmp_path / "text", 32)
    with pytest.raises(UserError, match="has 8 images; expected at least 100"):
        drift.read_log(logged(tmp_path / "log", pngs), 32)


def test_examples_are_spread_over_the_newest_split(tmp_path):
    for run, first in ((2, 0), (10, 100)):
        split = tmp_path / "ImageExampleGen/examples" / str(run) / "Split-test"
        split.mkdir(parents=True)
        with tf.io.TFRecordWriter(str(split / "data_tfrecord-0")) as writer:
            for number in range(first, first + 20):
                png, label = [bytes([number])], [number % 10]
                features = {
                    "image": tf.train.Feature(
                        bytes_list=tf.train.BytesList(value=png)
                    ),
                    "label": tf.train.Feature(
                        int64_list=tf.train.Int64List(value=label)
                    ),
                }
                example = tf.train.Example(
                    features=tf.train.Features(feature=features)
                )
                writer.write(example.SerializeToString())
    found = reference.examples(tmp_path, "test", 5)
    assert found == [(bytes([n]), n % 10) for n in range(100, 120, 4)]
    with pytest.raises(UserError, match="--root"):
        reference.examples(tmp_path, "train", 5)
