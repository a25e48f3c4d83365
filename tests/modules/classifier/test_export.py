"""The exported classifier: five signatures, without the project's code."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from modules.autoencoder.export import export_autoencoder, load_encoder_decoder
from modules.autoencoder.network import build_autoencoder
from modules.classifier.export import CLASSIFIER_FILE, export_classifier
from modules.classifier.network import build_classifier
from modules.export import metadata
from modules.export.metadata import extra_assets
from modules.hparams import AutoencoderParams, ClassifierParams
from tests.support.modules.exported import description_of, encoded

NAMES = [f"class {i}" for i in range(10)]
TEMPERATURE = 0.25
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)


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
    description = description_of(
        NAMES, test_time_augmentation="flip", temperature=TEMPERATURE
    )
    export_autoencoder(encoder, decoder, paths[0], description)
    encoder, decoder = load_encoder_decoder(paths[0])
    classifier = build_classifier(
        encoder, ClassifierParams(widths=(8, 16)), 10, seed=0
    )
    # With the initial weights all classes are about as probable.
    *_, logits = classifier.trainable_weights
    logits.assign(logits * 100)
    export_classifier(
        classifier,
        encoder,
        decoder,
        paths[1],
        description,
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


@pytest.fixture(scope="module")
def logits(directories):
    """Of the native model, averaged over horizontal flips: [3, 10]."""
    native = keras.saving.load_model(
        extra_assets(directories[1]) / CLASSIFIER_FILE
    )
    return (native(PIXELS) + native(PIXELS[:, :, ::-1])).numpy() / 2


def test_the_temperature_divides_the_logits(signatures, logits):
    answer = signatures["serving_pixels"](pixels=tf.constant(PIXELS))
    probabilities = answer["probabilities"].numpy()
    expected = special.softmax(logits.astype(float) / TEMPERATURE, axis=1)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-4)
    as_it_comes = special.softmax(logits.astype(float), axis=1)
    assert not np.allclose(probabilities, as_it_comes, rtol=0.01)


def test_the_temperature_changes_no_prediction(signatures, logits):
    answer = signatures["serving_pixels"](pixels=tf.constant(PIXELS))
    np.testing.assert_array_equal(answer["class_id"], logits.argmax(axis=1))


def test_the_mirror_image_gets_the_same_answer(signatures):
    call = signatures["serving_pixels"]
    here = call(pixels=tf.constant(PIXELS))["probabilities"]
    there = call(pixels=tf.constant(PIXELS[:, :, ::-1]))["probabilities"]
    np.testing.assert_allclose(here, there, rtol=1e-5)


def test_six_views_are_averaged_in_the_served_graph(directories, tmp_path):
    encoder, decoder = load_encoder_decoder(directories[0])
    native = keras.saving.load_model(
        extra_assets(directories[1]) / CLASSIFIER_FILE
    )
    export_classifier(
        native,
        encoder,
        decoder,
        str(tmp_path),
        description_of(NAMES, test_time_augmentation="flip_translate"),
    )
    loaded = tf.saved_model.load(str(tmp_path))
    padded = np.pad(PIXELS, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect")
    expected = sum(
        weight * (native(view).numpy() + native(view[:, :, ::-1]).numpy()) / 2
        for weight, view in (
            (0.5, PIXELS),
            (0.25, padded[:, 2:, 2:]),
            (0.25, padded[:, :-2, :-2]),
        )
    )
    for call in (
        lambda: loaded.signatures["serving_pixels"](pixels=tf.constant(PIXELS)),
        lambda: loaded.signatures["serving_bytes"](
            image_bytes=tf.constant(PNGS)
        ),
    ):
        np.testing.assert_allclose(
            call()["probabilities"], special.softmax(expected, axis=1),
            atol=1e-5,
        )  # fmt: skip


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


def test_the_metadata_lies_beside_the_model(directories):
    description = metadata.read(directories[1])
    assert description.class_names == tuple(NAMES)
    assert description.test_time_augmentation == "flip"
    assert description.temperature == TEMPERATURE
