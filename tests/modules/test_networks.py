"""The two networks: shapes, parameter counts, saving, the frozen encoder."""

import keras
import numpy as np
import pytest

from modules.autoencoder.network import build_autoencoder, start_white
from modules.classifier.network import build_classifier
from modules.hparams import AutoencoderParams, ClassifierParams
from pipeline.configs import PRESETS

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)

# Autoencoder and classifier; a change of either is a change of the model.
PARAMETERS = {
    "smoke": (603, 39_128),
    "cpu": (603, 570_296),
    "gpu": (603, 6_084_920),
}


@pytest.mark.parametrize("name", PRESETS)
def test_parameter_counts_are_pinned(name):
    preset = PRESETS[name]()
    model, encoder, _ = build_autoencoder(preset.autoencoder, 32)
    classifier = build_classifier(encoder, preset.classifier, 10, seed=0)
    counts = (model.count_params(), classifier.count_params())
    assert counts == PARAMETERS[name]


def test_autoencoder_returns_an_image_of_the_same_shape():
    model, encoder, decoder = build_autoencoder(AutoencoderParams(), 32)
    hidden = encoder(PIXELS)
    assert hidden.shape == (4, 32, 32, AutoencoderParams().hidden_channels)
    np.testing.assert_allclose(decoder(hidden), model(PIXELS), atol=1e-5)
    assert model(PIXELS).shape == PIXELS.shape


def test_a_larger_patch_leaves_the_nodes_the_size_of_the_image():
    params = AutoencoderParams(kernel=4)
    model, encoder, _ = build_autoencoder(params, 32)
    assert encoder.output_shape[1:3] == (32, 32)
    assert model.output_shape == (None, 32, 32, 3)


def test_node_1_starts_white():
    rng = np.random.default_rng(0)
    # Smooth images: neighbouring pixels are correlated, as in photographs.
    noise = rng.random((200, 40, 40, 3), np.float32)
    smooth = sum(noise[:, i : i + 32, i : i + 32] for i in range(8)) / 8
    pixels = (255 * smooth).astype(np.uint8)
    params = AutoencoderParams(whitening_epsilon=0.0)
    _, encoder, _ = build_autoencoder(params, 32)
    start_white(encoder, params, pixels)
    node_1 = keras.Model(encoder.input, encoder.get_layer("node_1").output)
    # The last row and column of patches reach beyond the image.
    inside = node_1.predict(pixels, verbose=0)[:, :-1, :-1]
    half = inside[..., :12].reshape(-1, 12)
    np.testing.assert_allclose(np.cov(half.T), np.eye(12), atol=0.02)


def test_the_classifier_leaves_the_encoder_as_it_was():
    _, encoder, _ = build_autoencoder(AutoencoderParams(), 32)
    before = encoder.get_weights()
    model = build_classifier(encoder, ClassifierParams(widths=(8,)), 10, seed=0)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(True))
    model.train_on_batch(PIXELS, np.arange(4))
    for old, new in zip(before, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_classifier_survives_saving(tmp_path):
    _, encoder, _ = build_autoencoder(AutoencoderParams(), 32)
    model = build_classifier(encoder, ClassifierParams(widths=(8,)), 10, seed=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(PIXELS), loaded(PIXELS))


def test_hyperparameters_survive_json():
    params = ClassifierParams(widths=(8, 16))
    values = {**params.to_dict(), "widths": [8, 16]}
    assert ClassifierParams.from_dict(values) == params


def test_an_unknown_hyperparameter_is_named():
    with pytest.raises(ValueError, match="no hyperparameter 'width'"):
        ClassifierParams.from_dict({"width": 3})
