"""The exported classifier: five signatures, without the project's code."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from modules.autoencoder.export import export_autoencoder, load_halves
from modules.autoencoder.network import build_autoencoder
from modules.classifier.export import export_classifier
from modules.classifier.network import build_classifier
from modules.export.metadata import read_metadata
from modules.hparams import AutoencoderParams, ClassifierParams

NAMES = [f"class {i}" for i in range(10)]
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)


def encoded(pixels, fmt="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, fmt)
    return buffer.getvalue()


def example(image):
    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[image]))
    features = tf.train.Features(feature={"image": feature})
    return tf.train.Example(features=features).SerializeToString()


PNGS = [encoded(p) for p in PIXELS]


@pytest.fixture(scope="module")
def directories(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    paths = str(root / "autoencoder"), str(root / "classifier")
    _, encoder, decoder = build_autoencoder(AutoencoderParams(), 32)
    description = {"class_names": NAMES}
    export_autoencoder(encoder, decoder, paths[0], description)
    encoder, decoder = load_halves(paths[0])
    classifier = build_classifier(
        encoder, ClassifierParams(widths=(8, 16)), 10, seed=0
    )
    export_classifier(
        classifier,
        encoder,
        decoder,
        paths[1],
        description=description,
        mirror=True,
    )
    return paths


@pytest.fixture(scope="module")
def signatures(directories):
    loaded = tf.saved_model.load(directories[1])
    # The signatures do not keep the loaded object alive by themselves.
    yield loaded.signatures
    del loaded


def test_there_are_exactly_the_five_signatures(signatures):
    assert set(signatures) == {
        "serving_default",
        "serving_bytes",
        "serving_pixels",
        "embed",
        "reconstruct",
    }


def test_class_outputs_have_the_contracts_names_and_types(signatures):
    outputs = signatures["serving_pixels"](pixels=tf.constant(PIXELS))
    assert set(outputs) == {"probabilities", "class_id", "class_name"}
    probabilities = outputs["probabilities"].numpy()
    assert probabilities.shape == (3, 10)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert outputs["class_id"].dtype == tf.int64
    names = [NAMES[i].encode() for i in outputs["class_id"].numpy()]
    assert outputs["class_name"].numpy().tolist() == names


def test_all_ways_in_agree(signatures):
    pixels = signatures["serving_pixels"](pixels=tf.constant(PIXELS))
    raw = signatures["serving_bytes"](image_bytes=tf.constant(PNGS))
    examples = tf.constant([example(png) for png in PNGS])
    parsed = signatures["serving_default"](examples=examples)
    for other in (raw, parsed):
        np.testing.assert_array_equal(
            other["probabilities"], pixels["probabilities"]
        )


def test_the_mirror_image_gets_the_same_answer(signatures):
    call = signatures["serving_pixels"]
    here = call(pixels=tf.constant(PIXELS))["probabilities"]
    there = call(pixels=tf.constant(PIXELS[:, :, ::-1]))["probabilities"]
    np.testing.assert_allclose(here, there, rtol=1e-5)


def test_node_2_and_node_3_are_the_autoencoders(directories, signatures):
    autoencoder = tf.saved_model.load(directories[0])
    pixels = tf.constant(PIXELS)
    for theirs, ours, output in (
        ("encode", "embed", "embedding"),
        ("reconstruct", "reconstruct", "reconstruction"),
    ):
        np.testing.assert_allclose(
            autoencoder.signatures[theirs](pixels=pixels)[output],
            signatures[ours](pixels=pixels)[output],
            atol=1e-6,
        )


def test_other_sizes_and_colours_are_converted(signatures):
    images = [
        encoded(np.zeros((50, 40, 3), np.uint8), "JPEG"),
        encoded(np.zeros((32, 32), np.uint8)),
    ]
    outputs = signatures["serving_bytes"](image_bytes=tf.constant(images))
    assert outputs["probabilities"].shape == (2, 10)


@pytest.mark.parametrize(
    "bad", [b"", b"hello", PNGS[0][:60]], ids=["empty", "text", "truncated"]
)
def test_the_image_that_cannot_be_decoded_is_named(signatures, bad):
    batch = tf.constant([PNGS[0], bad, PNGS[1]])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="image 1 of the request"
    ):
        signatures["serving_bytes"](image_bytes=batch)
    alive = signatures["serving_bytes"](image_bytes=tf.constant(PNGS))
    assert alive["probabilities"].shape == (3, 10)


def test_the_metadata_lies_beside_the_model(directories):
    assert read_metadata(directories[1])["class_names"] == NAMES
