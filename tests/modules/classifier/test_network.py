"""The classifier: parameter counts, precision, residuals, saving."""

import keras
import numpy as np
import pytest
from keras import layers

from modules.autoencoder.network import build_autoencoder
from modules.classifier import network
from modules.classifier.float32 import in_float32
from modules.classifier.network import build_classifier, prepare_encoder
from modules.hparams import AutoencoderParams, ClassifierParams
from pipeline.presets import PRESETS

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
BOTTLENECK = AutoencoderParams(
    architecture="bottleneck", widths=(4, 5), hidden_channels=6
)

# Autoencoder and classifier; a change of either is a change of the model.
PARAMETERS = {
    "smoke": (603, 39_128),
    "cpu": (603, 1_863_288),
    "gpu": (603, 9_921_848),
}


@pytest.mark.parametrize("name", PRESETS)
def test_parameter_counts_are_pinned(name):
    preset = PRESETS[name]()
    model, encoder, _ = build_autoencoder(preset.autoencoder, 32)
    classifier = build_classifier(encoder, preset.classifier, 10, seed=0)
    counts = (model.count_params(), classifier.count_params())
    assert counts == PARAMETERS[name]


@pytest.mark.parametrize(
    ("autoencoder", "classifier"),
    [
        (AutoencoderParams(), {}),
        (AutoencoderParams(), {"encoder": "image"}),
        (AutoencoderParams(), {"depth": 3}),
        (BOTTLENECK, {"head": "dense"}),
        (BOTTLENECK, {"precision": "mixed_bfloat16", "encoder": "random"}),
        (AutoencoderParams(), {"precision": "bfloat16_convolutions"}),
        (AutoencoderParams(), {"normalization": "fused", "activation": "relu"}),
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


@pytest.mark.parametrize(
    ("flags", "convolutions"),
    [("avx512_bf16", 1), ("avx512_bf16 amx_bf16", 6)],
    ids=["by strips", "without strips"],
)
@pytest.mark.parametrize("normalization", ["keras", "fused"])
def test_only_convolutions_and_pools_compute_in_bfloat16(
    normalization, flags, convolutions, monkeypatch
):
    monkeypatch.setattr(network, "processor_flags", flags.split)
    params = ClassifierParams(
        widths=(8, 9),
        depth=3,
        precision="bfloat16_convolutions",
        normalization=normalization,
    )
    _, encoder, _ = build_autoencoder(AutoencoderParams(), 32)
    model = build_classifier(encoder, params, 10, seed=0)
    head = model.get_layer("head")
    plain = [each for each in head.layers if type(each) is layers.Conv2D]
    assert len(plain) == convolutions
    dtypes = {}
    for layer in head.layers[1:]:
        kind = type(layer).__name__.replace("StripConvolution", "Conv2D")
        dtypes.setdefault(kind, set()).add(layer.compute_dtype)
    assert dtypes.pop("Conv2D") == {"bfloat16"}
    assert dtypes.pop("MaxPooling2D") == {"bfloat16"}
    assert set().union(*dtypes.values()) == {"float32"}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    exact = in_float32(model, params, 10, seed=0)
    difference = np.abs(model(PIXELS) - exact(PIXELS)).max()
    assert 0 < difference < 0.05 * np.abs(exact(PIXELS)).max()


def test_the_fused_normalization_has_the_parameters_of_the_other():
    _, encoder, _ = build_autoencoder(AutoencoderParams(), 32)
    plain, fused = (
        build_classifier(
            encoder, ClassifierParams(normalization=each), 10, seed=0
        ).count_params()
        for each in ("keras", "fused")
    )
    assert plain == fused
