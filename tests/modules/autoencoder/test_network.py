"""The autoencoder: shapes, parameter counts, whitening, saving."""

import keras
import numpy as np

from modules.autoencoder.network import build_autoencoder, init_whitening
from modules.hparams import AutoencoderParams

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
BOTTLENECK = AutoencoderParams(
    architecture="bottleneck", widths=(4, 5), hidden_channels=6
)


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
    init_whitening(encoder, params, pixels)
    node_1 = keras.Model(encoder.input, encoder.get_layer("node_1").output)
    # The last row and column of patches reach beyond the image.
    inside = node_1.predict(pixels, verbose=0)[:, :-1, :-1]
    half = inside[..., :12].reshape(-1, 12)
    np.testing.assert_allclose(np.cov(half.T), np.eye(12), atol=0.02)


def test_a_bottleneck_halves_the_image_and_its_decoder_doubles_it():
    model, encoder, decoder = build_autoencoder(BOTTLENECK, 32)
    assert encoder.output_shape == (None, 8, 8, 6)
    assert decoder.output_shape == (None, 32, 32, 3)
    assert model(PIXELS).shape == PIXELS.shape


def test_the_bottleneck_has_its_parameters():
    model, _, _ = build_autoencoder(BOTTLENECK, 32)
    taps = 9 * (3 * 4 + 4 * 5 + 5 * 6 + 6 * 5 + 5 * 4 + 4 * 3)
    norms = 4 * (4 + 5 + 6 + 5 + 4)
    assert model.count_params() == taps + norms + 3


def test_the_bottleneck_survives_saving(tmp_path):
    model, _, _ = build_autoencoder(BOTTLENECK, 32)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(PIXELS), loaded(PIXELS))
