"""The two networks: shapes, parameter counts, saving, the frozen encoder."""

import keras
import numpy as np
import pytest

from modules.autoencoder.network import build_autoencoder, init_whitening
from modules.classifier.network import build_classifier, prepare_encoder
from modules.hparams import AutoencoderParams, ClassifierParams
from pipeline.presets import PRESETS

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)

# Autoencoder and classifier; a change of either is a change of the model.
PARAMETERS = {
    "smoke": (603, 39_128),
    "cpu": (603, 570_296),
    "gpu": (603, 9_921_848),
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
    init_whitening(encoder, params, pixels)
    node_1 = keras.Model(encoder.input, encoder.get_layer("node_1").output)
    # The last row and column of patches reach beyond the image.
    inside = node_1.predict(pixels, verbose=0)[:, :-1, :-1]
    half = inside[..., :12].reshape(-1, 12)
    np.testing.assert_allclose(np.cov(half.T), np.eye(12), atol=0.02)


BOTTLENECK = AutoencoderParams(
    architecture="bottleneck", widths=(4, 5), hidden_channels=6
)


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


@pytest.mark.parametrize(
    ("autoencoder", "classifier"),
    [
        (AutoencoderParams(), {}),
        (AutoencoderParams(), {"encoder": "image"}),
        (AutoencoderParams(), {"depth": 3}),
        (BOTTLENECK, {"head": "dense"}),
        (BOTTLENECK, {"precision": "mixed_bfloat16", "encoder": "random"}),
    ],
    ids=str,
)
def test_the_classifier_survives_saving(tmp_path, autoencoder, classifier):
    params = ClassifierParams(widths=(8,), **classifier)
    _, encoder, _ = build_autoencoder(autoencoder, 32)
    model = build_classifier(
        prepare_encoder(encoder, params), params, 10, seed=0
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(PIXELS), loaded(PIXELS))


def test_the_bottleneck_survives_saving(tmp_path):
    model, _, _ = build_autoencoder(BOTTLENECK, 32)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(PIXELS), loaded(PIXELS))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_the_precision_is_the_head_s_alone(precision):
    params = ClassifierParams(widths=(8,), precision=precision)
    _, encoder, _ = build_autoencoder(AutoencoderParams(), 32)
    model = build_classifier(
        prepare_encoder(encoder, params), params, 10, seed=0
    )
    head = model.get_layer("head")
    convolution = head.layers[1]
    assert convolution.dtype_policy.name == precision
    assert convolution.kernel.dtype == "float32"
    assert keras.backend.standardize_dtype(model(PIXELS).dtype) == "float32"
    assert keras.config.dtype_policy().name == "float32"
    assert model.get_layer("encoder").get_layer("node_1").compute_dtype == (
        "float32"
    )


def test_a_third_convolution_closes_a_residual():
    _, encoder, _ = build_autoencoder(AutoencoderParams(), 32)
    two, three = (
        build_classifier(
            encoder, ClassifierParams(widths=(8, 9), depth=depth), 10, seed=0
        )
        for depth in (2, 3)
    )
    sums = [
        [type(layer).__name__ for layer in model.get_layer("head").layers]
        for model in (two, three)
    ]
    assert [names.count("Add") for names in sums] == [0, 2]
    # A convolution without bias, a ScaledBias and two averages each.
    more = 9 * (8 * 8 + 9 * 9) + 3 * (8 + 9)
    assert three.count_params() - two.count_params() == more


def test_hyperparameters_survive_json():
    params = ClassifierParams(widths=(8, 16))
    values = {**params.to_dict(), "widths": [8, 16]}
    assert ClassifierParams.from_dict(values) == params


def test_an_unknown_hyperparameter_is_named():
    with pytest.raises(ValueError, match="no hyperparameter 'width'"):
        ClassifierParams.from_dict({"width": 3})
