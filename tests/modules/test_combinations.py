"""Hyperparameters that do not go together are refused in one line."""

import dataclasses
from typing import Any

import pytest

from modules.combinations import check, stride_for
from modules.common.errors import UserError
from modules.hparams import AutoencoderParams, ClassifierParams
from pipeline.configs import ConfigError
from pipeline.presets import PRESETS, cpu

BOTTLENECK = AutoencoderParams(architecture="bottleneck", widths=(8, 16))
SMALL: Any = {"widths": (8, 16)}


@pytest.mark.parametrize(
    ("autoencoder", "classifier"),
    [
        (AutoencoderParams(), ClassifierParams(encoder="random")),
        (AutoencoderParams(), ClassifierParams(encoder="image")),
        (
            AutoencoderParams(),
            ClassifierParams(encoder="random", encoder_rate=0.1),
        ),
        (
            BOTTLENECK,
            ClassifierParams(encoder="fine_tuned", frozen_blocks=2, **SMALL),
        ),
        (
            BOTTLENECK,
            ClassifierParams(
                encoder="joint", reconstruction_weight=0.5, **SMALL
            ),
        ),
        (BOTTLENECK, ClassifierParams(head="dense", widths=(64, 32, 16, 8))),
        (
            dataclasses.replace(
                BOTTLENECK,
                architecture="stacked",
                corruption="masking",
                corruption_strength=0.6,
            ),
            ClassifierParams(encoder="fine_tuned", frozen_blocks=1, **SMALL),
        ),
    ],
)
def test_what_can_be_built_is_accepted(autoencoder, classifier):
    check(autoencoder, classifier, 32)


@pytest.mark.parametrize(
    ("autoencoder", "classifier", "message"),
    [
        ({}, {"encoder": "thawed"}, "encoder is 'thawed'.* fine_tuned"),
        ({}, {"precision": "float8"}, "precision is 'float8'"),
        ({}, {"imbalance": "hope"}, "imbalance is 'hope'"),
        ({"corruption": "rain"}, {}, "corruption is 'rain'.* noise, masking"),
        ({"corruption": "noise"}, {}, "expected a strength above 0"),
        ({"corruption_strength": 0.1}, {}, "'none' with a .* of 0.1"),
        (
            {"corruption": "masking", "corruption_strength": 1.0},
            {},
            "1.0 of the 64 patches",
        ),
        (
            {"architecture": "stacked", "stride": 2},
            SMALL,
            "'stacked', whose blocks halve",
        ),
        ({}, {"test_time_augmentation": "ten"}, "none, flip, flip_translate"),
        ({}, {"flip": False}, "'flip' with flip unset.* expected 'none'"),
        ({}, {"activation": "tanh"}, "activation is 'tanh'.* gelu, relu"),
        ({}, {"normalization": "no"}, "normalization is 'no'.* keras, fused"),
        (
            {},
            {"head": "dense", "precision": "bfloat16_convolutions"},
            "the head 'dense', which has none",
        ),
        ({"architecture": "vit"}, {}, "architecture is 'vit'"),
        (
            {"hidden_channels": 32},
            {},
            "is 32; expected an even number up to 24",
        ),
        ({"hidden_channels": 7, "kernel": 3}, {}, "is 7; .* up to 54"),
        ({}, {"encoder_rate": 0.1}, "'frozen', which does not train"),
        ({}, {"encoder": "joint", "encoder_rate": 0.0}, "expected a share"),
        ({}, {"frozen_blocks": 1}, "belongs to 'fine_tuned'"),
        (
            {},
            {"encoder": "fine_tuned", "frozen_blocks": 1},
            "of a whitening encoder",
        ),
        (
            {"architecture": "bottleneck", "widths": (8, 8)},
            {"encoder": "fine_tuned", "frozen_blocks": 3, "widths": (8,)},
            "expected 1 to 2 blocks",
        ),
        ({}, {"encoder": "joint"}, "reconstruction_weight of 0.0"),
        ({}, {"reconstruction_weight": 1.0}, "belongs to 'joint'"),
        (
            {},
            {
                "encoder": "joint",
                "reconstruction_weight": 1.0,
                "data_on_device": True,
            },
            "leave data_on_device out",
        ),
        (
            {"architecture": "bottleneck", "widths": (8, 8, 8)},
            {"widths": (8, 8, 8)},
            "on 4x4 positions",
        ),
        (
            {"architecture": "bottleneck", "widths": (8,) * 6},
            {},
            "expected at least one block, and a size that it divides",
        ),
        ({}, {"depth": 0}, "at least one width"),
        ({}, {"cutout": 33}, "cutout is 33"),
        (
            {},
            {"initial_crop": 24, "initial_share": 0.5, "cutout": 25},
            "cutout is 25 pixels on images of 24",
        ),
        ({}, {"initial_crop": 24}, "a share above 0"),
        ({}, {"initial_share": 0.5}, "initial_crop is 0"),
        (
            {},
            {"initial_crop": 33, "initial_share": 0.5},
            "initial_crop is 33 pixels on images of 32",
        ),
        (
            {},
            {"initial_crop": 8, "initial_share": 0.5},
            "3 blocks on 6x6 positions",
        ),
        (
            {},
            {"initial_crop": 24, "initial_share": 0.5, "head": "dense"},
            "expected the head 'cnn'",
        ),
        (
            {},
            {
                "initial_crop": 24,
                "initial_share": 0.5,
                "encoder": "joint",
                "reconstruction_weight": 1.0,
            },
            "not the encoder 'joint'",
        ),
    ],
)
def test_what_cannot_be_built_is_named(autoencoder, classifier, message):
    with pytest.raises(UserError, match=message) as error:
        check(
            AutoencoderParams(**autoencoder), ClassifierParams(**classifier), 32
        )
    assert "\n" not in str(error.value)


def test_a_run_needs_an_encoder():
    with pytest.raises(ConfigError, match="exists for the ablation"):
        dataclasses.replace(cpu(), classifier=ClassifierParams(encoder="image"))


def test_the_configuration_of_a_run_is_checked():
    with pytest.raises(ConfigError, match="belongs to 'joint'"):
        dataclasses.replace(
            cpu(), classifier=ClassifierParams(reconstruction_weight=1.0)
        )


@pytest.mark.parametrize("name", PRESETS)
def test_presets_go_together(name):
    assert PRESETS[name]().preset == name


@pytest.mark.parametrize(
    ("size", "stride"), [(16, 1), (28, 1), (32, 1), (64, 2), (96, 3), (97, 1)]
)
def test_the_stride_leaves_28_positions_and_divides_the_size(size, stride):
    assert stride_for(size) == stride


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stride": 5, "kernel": 5}, "one that divides the images' size"),
        ({"stride": 4}, "patches at least as large"),
        ({"stride": 2, "kernel": 3, "invert": True}, "which can be inverted"),
    ],
)
def test_a_stride_fits_the_images_and_the_patches(change, said):
    params = dataclasses.replace(AutoencoderParams(), **change)
    with pytest.raises(UserError, match=said):
        check(params, ClassifierParams(), 32)
