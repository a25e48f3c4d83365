"""One step in each mode: what was to stay stays, what was to learn moves."""

import keras
import numpy as np
import pytest

from modules.autoencoder.network import build_autoencoder
from modules.classifier.fitting import train
from modules.common import progress
from modules.hparams import AutoencoderParams, ClassifierParams
from modules.training import callbacks
from tests.support.modules.bottleneck import (
    COUNT,
    PIXELS,
    SIZE,
    encoder_decoder,
    moved,
)

CLASSES = 3
LABELS = np.arange(COUNT) % CLASSES
SMALL = {"widths": (6,), "epochs": 1, "batch_size": COUNT, "crop_padding": 0}


@pytest.fixture
def halves():
    return encoder_decoder()


def fit(start, decoder=None, /, extra_callbacks=(), **changes):
    return train(
        PIXELS,
        LABELS,
        start,
        ClassifierParams(**{**SMALL, **changes}),
        num_classes=CLASSES,
        seed=0,
        model_run_dir=None,
        decoder=decoder,
        extra_callbacks=extra_callbacks,
    )


def layers_of(*blocks):
    return {
        f"{block}_{part}"
        for block in blocks
        for part in ("convolution", "norm")
    }


@pytest.mark.parametrize(
    ("changes", "learned"),
    [
        ({"encoder": "frozen"}, set()),
        ({"encoder": "fine_tuned"}, layers_of("block_1", "block_2", "node_2")),
        (
            {"encoder": "fine_tuned", "frozen_blocks": 1},
            layers_of("block_2", "node_2"),
        ),
        ({"encoder": "fine_tuned", "frozen_blocks": 2}, layers_of("node_2")),
        ({"encoder": "random"}, layers_of("block_1", "block_2", "node_2")),
    ],
    ids=["frozen", "fine_tuned", "one_block", "two_blocks", "random"],
)
def test_the_mode_says_which_blocks_of_the_encoder_learn(
    halves, changes, learned
):
    encoder, _ = halves
    before = encoder.get_weights()
    classifier = fit(encoder, **changes)
    assert moved(encoder, classifier.get_layer("encoder")) == learned
    for kept, now in zip(before, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)


@pytest.mark.parametrize("mode", ["frozen", "random", "image"])
def test_the_head_learns_in_every_mode(halves, mode):
    encoder, _ = halves
    heads = [
        fit(
            encoder, encoder=mode, learning_rate=rate, muon_learning_rate=rate
        ).get_layer("head")
        for rate in (0.0, 0.1)
    ]
    kinds = moved(*heads, what=lambda layer: type(layer).__name__)
    assert kinds >= {"Conv2D", "ScaledBias", "Dense"}


def test_a_random_encoder_keeps_nothing_of_what_was_learned(halves):
    encoder, _ = halves
    classifier = fit(
        encoder, encoder="random", learning_rate=0.0, muon_learning_rate=0.0
    )
    kernels = [
        model.get_layer("node_2_convolution").get_weights()[0]
        for model in (encoder, classifier.get_layer("encoder"))
    ]
    assert np.abs(kernels[0] - kernels[1]).mean() > 0.01


@pytest.mark.parametrize("muon", [0.0, 0.1])
def test_the_encoder_has_a_rate_of_its_own(halves, muon):
    encoder, _ = halves
    steps = []
    for rate in (1.0, 0.25):
        classifier = fit(
            encoder, encoder="fine_tuned", encoder_rate=rate,
            weight_decay=0.0, muon_learning_rate=muon,
        )  # fmt: skip
        after = classifier.get_layer("encoder").get_layer("node_2_convolution")
        start = encoder.get_layer("node_2_convolution")
        steps.append(after.get_weights()[0] - start.get_weights()[0])
    assert np.abs(steps[0]).max() > 0
    np.testing.assert_allclose(0.25 * steps[0], steps[1], rtol=1e-2, atol=1e-6)


def test_joint_trains_both_halves(halves):
    encoder, decoder = halves
    before = keras.models.clone_model(decoder)
    before.set_weights(decoder.get_weights())
    classifier = fit(
        encoder, decoder, encoder="joint", reconstruction_weight=10.0
    )
    assert "node_3" in moved(before, decoder)
    assert moved(encoder, classifier.get_layer("encoder")) == layers_of(
        "block_1", "block_2", "node_2"
    )


def test_joint_needs_the_decoder(halves):
    with pytest.raises(ValueError, match="needs the decoder"):
        fit(halves[0], encoder="joint", reconstruction_weight=1.0)


@pytest.mark.parametrize("head", ["cnn", "dense"])
@pytest.mark.parametrize("depth", [2, 3])
def test_answers_are_logits_whatever_the_head(halves, head, depth):
    classifier = fit(halves[0], head=head, depth=depth)
    assert classifier(PIXELS).shape == (COUNT, CLASSES)


@pytest.mark.parametrize(
    "precision",
    ["bfloat16_convolutions", "mixed_bfloat16", "mixed_float16", "auto"],
)
@pytest.mark.parametrize("normalization", ["keras", "fused"])
def test_whatever_the_precision_it_is_served_in_float32(
    halves, precision, normalization
):
    classifier = fit(
        halves[0],
        precision=precision,
        normalization=normalization,
        lookahead=True,
    )
    dtypes = {
        layer.compute_dtype
        for half in ("encoder", "head")
        for layer in classifier.get_layer(half).layers
        if layer.compute_dtype != "uint8"
    }
    assert dtypes == {"float32"}
    assert np.isfinite(classifier(PIXELS)).all()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"encoder": "fine_tuned", "precision": "bfloat16_convolutions"},
        {"data_on_device": True, "cutout": 3},
        {"data_on_device": True, "jit_compile": True},
    ],
    ids=["frozen", "fine_tuned", "on_device", "compiled"],
)
def test_training_begins_with_crops_and_serves_whole_images(changes):
    _, encoder, _ = build_autoencoder(AutoencoderParams(), SIZE)

    def fitted(**more):
        return fit(encoder, epochs=4, batch_size=4, **changes, **more)

    cropped = fitted(initial_crop=12, initial_share=0.5)
    assert cropped.input_shape == (None, SIZE, SIZE, 3)
    whole = fitted(initial_crop=SIZE, initial_share=0.5).get_weights()
    same = fitted().get_weights()
    crops = cropped.get_weights()
    for a, b in zip(whole, same, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
    assert any(
        np.abs(a - b).max() > 1e-3 for a, b in zip(crops, same, strict=True)
    )


def test_the_time_left_allows_for_whole_images_after_crops(caplog, monkeypatch):
    monkeypatch.setattr(callbacks, "SECONDS_BETWEEN_REPORTS", 0)
    _, encoder, _ = build_autoencoder(AutoencoderParams(), SIZE)
    with caplog.at_level("INFO", progress.LOGGER.name):
        fit(encoder, epochs=4, initial_crop=SIZE // 2, initial_share=0.5)
    reports = [record.progress for record in caplog.records]
    # An epoch is a step; a crop of half the size has a quarter of the pixels.
    assert [report.done for report in reports] == [12, 24, 36, 48]
    assert [report.left for report in reports] == [
        COUNT * left for left in (1 + 2 * 4, 2 * 4, 1, 0)
    ]


@pytest.mark.parametrize(
    "imbalance", ["none", "class_weights", "oversampling", "logit_adjusted"]
)
def test_every_remedy_trains(halves, imbalance):
    classifier = fit(halves[0], imbalance=imbalance)
    assert np.isfinite(classifier(PIXELS)).all()


def test_callbacks_are_heard(halves):
    seen = []
    record = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(logs)
    )
    train(
        PIXELS,
        LABELS,
        halves[0],
        ClassifierParams(**SMALL),
        num_classes=CLASSES,
        seed=0,
        model_run_dir=None,
        extra_callbacks=[record],
    )
    assert "accuracy" in seen[0]
    assert "loss" in seen[0]


@pytest.mark.parametrize(("epochs", "steps"), [(1.5, 9), (2, 12)])
def test_a_training_ends_where_its_schedule_does(halves, epochs, steps):
    done = []
    count = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: done.append(batch)
    )
    train(
        PIXELS,
        LABELS,
        halves[0],
        ClassifierParams(**{**SMALL, "batch_size": 2, "epochs": epochs}),
        num_classes=CLASSES,
        seed=0,
        model_run_dir=None,
        extra_callbacks=[count],
    )
    assert len(done) == steps


def test_the_activation_and_the_normalization_are_the_heads(halves):
    def logits(**changes):
        return fit(halves[0], **changes)(PIXELS).numpy()

    gelu, relu, fused = (
        logits(),
        logits(activation="relu"),
        logits(normalization="fused"),
    )
    assert np.abs(gelu - relu).max() > 1e-3
    np.testing.assert_allclose(gelu, fused, atol=1e-4)


@pytest.mark.parametrize(("backend", "expected"), [("jax", True), ("x", False)])
def test_on_jax_a_step_is_compiled_in_any_case(
    backend, expected, halves, monkeypatch
):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    compiled = []

    class Watching(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            compiled.append(self.model.jit_compile)

    fit(halves[0], extra_callbacks=[Watching()], jit_compile=False)
    assert compiled == [expected]
