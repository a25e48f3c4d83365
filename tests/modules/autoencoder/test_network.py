"""The autoencoder: shapes, parameter counts, whitening, saving."""

import keras
import numpy as np
import pytest

from modules import flops
from modules.autoencoder.network import (
    build_autoencoder,
    init_unwhitening,
    init_whitening,
)
from modules.autoencoder.whitening import whitening_filters
from modules.classifier.network import build_classifier, prepare_encoder
from modules.hparams import AutoencoderParams, ClassifierParams
from pipeline import presets
from pipeline.datasets.config import DatasetConfig

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


def dataset(size, *, grey=False, classes=10):
    names = tuple(f"c{i}" for i in range(classes))
    return DatasetConfig(
        name="other", class_names=names, image_size=size, grey=grey
    )


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("size", [16, 28, 64, 96])
def test_for_other_images_the_decoder_starts_as_the_inverse(size, grey):
    params = presets.cpu(dataset(size, grey=grey)).autoencoder
    pixels = np.random.default_rng(0).integers(
        0, 256, (3, size, size, 1 if grey else 3), np.uint8
    )
    pixels = np.broadcast_to(pixels, (3, size, size, 3))
    model, encoder, decoder = build_autoencoder(params, size)
    init_whitening(encoder, params, pixels)
    init_unwhitening(encoder, decoder, params, pixels)
    found = model.predict(pixels, verbose=0)
    np.testing.assert_allclose(found, pixels / 255, atol=2e-4)


@pytest.mark.parametrize(("size", "positions"), [(28, 28), (64, 32), (96, 32)])
def test_the_cost_of_a_prediction_hardly_grows_with_the_images(size, positions):
    def forward(config):
        _, encoder, _ = build_autoencoder(
            config.autoencoder, config.dataset.image_size
        )
        assert encoder.output_shape[1] == config.dataset.image_size // (
            config.autoencoder.stride
        )
        classifier = build_classifier(
            prepare_encoder(encoder, ClassifierParams()),
            config.classifier,
            len(config.dataset.class_names),
            seed=0,
        )
        return encoder.output_shape[1], flops.count(classifier).forward

    found, cost = forward(presets.cpu(dataset(size, classes=200)))
    assert found == positions
    assert cost < 1.5 * forward(presets.cpu())[1]


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


STACKED = AutoencoderParams(
    architecture="stacked", widths=(8, 8, 8), hidden_channels=12
)


def test_a_stacked_bottleneck_compresses_what_is_whitened():
    model, encoder, decoder = build_autoencoder(STACKED, 32)
    assert encoder.output_shape == (None, 4, 4, 12)  # 192 of 3,072 values.
    assert decoder.output_shape == (None, 32, 32, 3)
    init_whitening(encoder, STACKED, PIXELS)
    whitening = encoder.get_layer("block_0_whitening")
    filters, _ = whitening_filters(
        PIXELS, kernel=2, channels=24, epsilon=STACKED.whitening_epsilon
    )
    np.testing.assert_array_equal(whitening.kernel, filters)
    assert not whitening.trainable_weights
    assert model.trainable_weights


@pytest.mark.parametrize(
    ("mode", "trains"), [({}, True), ({"frozen_blocks": 1}, False)]
)
def test_fine_tuning_takes_the_whitening_layer_unless_it_is_frozen(
    mode, trains
):
    _, encoder, _ = build_autoencoder(STACKED, 32)
    params = ClassifierParams(encoder="fine_tuned", widths=(4,), **mode)
    copy = prepare_encoder(encoder, params)
    assert bool(copy.get_layer("block_0_whitening").trainable_weights) == trains
    assert copy.get_layer("block_2_convolution").trainable_weights


def test_a_stacked_autoencoder_survives_saving(tmp_path):
    model, _, _ = build_autoencoder(STACKED, 32)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(PIXELS), loaded(PIXELS))
    inner = loaded.get_layer("encoder").get_layer("block_0_whitening")
    assert not inner.trainable
