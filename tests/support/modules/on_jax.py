"""A few training steps of everything of ours that is Keras, on its JAX backend.

`KERAS_BACKEND=jax python -c "import keras; from tests.support.modules import
on_jax; on_jax.main()"`, without TensorFlow. Prints a line for each.
"""

import keras
import numpy as np

from modules import layers
from modules.autoencoder.network import build_autoencoder, init_whitening
from modules.classifier import objective
from modules.classifier.float32 import in_float32
from modules.classifier.network import (
    build_classifier,
    of_any_size,
    prepare_encoder,
    with_reconstruction,
)
from modules.hparams import AutoencoderParams, ClassifierParams
from tests.support.modules.walk import expected, walk

SIZE, COUNT, CLASSES, STEPS = 16, 24, 3, 6
RNG = np.random.default_rng(0)
LABELS = np.arange(COUNT) % CLASSES
PIXELS = RNG.integers(0, 128, (COUNT, SIZE, SIZE, 3), np.uint8)
PIXELS[LABELS == 1, : SIZE // 2] += 100
PIXELS[LABELS == 2, :, : SIZE // 2] += 100

WHITENING = AutoencoderParams(hidden_channels=12)
AUTOENCODERS = {
    "whitening": WHITENING,
    "bottleneck": AutoencoderParams(
        architecture="bottleneck", widths=(6,), hidden_channels=4
    ),
    "stacked": AutoencoderParams(
        architecture="stacked", widths=(6,), hidden_channels=4
    ),
}
CLASSIFIERS = {
    "muon": {},
    "sgd": {"muon_learning_rate": 0.0},
    "fused, relu": {"normalization": "fused", "activation": "relu"},
    "residual": {"depth": 3},
    "dense": {"head": "dense", "widths": (8,)},
    "bfloat16": {"precision": "bfloat16_convolutions"},
    "mixed": {"precision": "mixed_bfloat16"},
    "loss scale": {"precision": "mixed_float16"},
    "fine-tuned": {"encoder": "fine_tuned", "encoder_rate": 0.1},
    "joint": {"encoder": "joint", "reconstruction_weight": 1.0},
}


def main():
    """Trains them all.

    Raises:
      AssertionError: if a loss is not finite, or nothing is learned.
    """
    assert keras.backend.backend() == "jax"
    for name, params in AUTOENCODERS.items():
        model, encoder, _ = build_autoencoder(params, SIZE)
        if name != "bottleneck":
            init_whitening(encoder, params, PIXELS)
        schedule = layers.Triangular(1e-2, 10 * STEPS)
        model.compile(keras.optimizers.Adam(schedule), "mean_squared_error")
        report(name, model, PIXELS, PIXELS / np.float32(255))
    for name, changes in CLASSIFIERS.items():
        classify(name, changes)
    from_the_bank()
    on_crops()
    looking_ahead()


def classifier_of(changes):
    params = ClassifierParams(
        **{"widths": (6, 8), "learning_rate": 0.2, **changes}
    )
    _, encoder, decoder = build_autoencoder(WHITENING, SIZE)
    init_whitening(encoder, WHITENING, PIXELS)
    model = build_classifier(
        prepare_encoder(encoder, params), params, CLASSES, seed=0
    )
    return params, model, decoder


def classify(name, changes):
    params, model, decoder = classifier_of(changes)
    target = LABELS
    trained = model
    if params.encoder == "joint":
        trained = with_reconstruction(model, decoder)
        image = PIXELS / np.float32(255)
        target = {"logits": LABELS, "reconstruction": image}
    compiled(trained, params)
    report(name, trained, PIXELS, target)
    served = in_float32(model, params, CLASSES, seed=0)
    logits = keras.ops.convert_to_numpy(served(PIXELS))
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()


def from_the_bank():
    params, model, _ = classifier_of({})
    bank = layers.ImageBank(COUNT, SIZE, cutout=3)
    bank.fill(PIXELS)
    axis = np.tile(np.arange(SIZE, dtype="int32"), (COUNT, 1))
    where = {
        "rows": np.arange(COUNT, dtype="int32"),
        "y": axis,
        "x": axis[:, ::-1].copy(),
        "corner": np.zeros((COUNT, 2), "int32"),
    }
    inputs = {
        name: keras.Input(value.shape[1:], dtype="int32", name=name)
        for name, value in where.items()
    }
    banked = keras.Model(inputs, model(bank(inputs)))
    compiled(banked, params)
    report("image bank", banked, where, LABELS)


def on_crops():
    params, model, _ = classifier_of({})
    small = of_any_size(model)
    compiled(small, params)
    report("crops", small, PIXELS[:, 2:-2, 2:-2], LABELS)
    whole = [keras.ops.convert_to_numpy(m(PIXELS)) for m in (model, small)]
    assert np.allclose(*whole, atol=1e-5)


def looking_ahead():
    for lookahead, distance in ((False, 12.0), (True, expected(12))):
        found = walk(12, lookahead=lookahead)
        assert np.allclose(found, distance), (lookahead, found)
    print(f"lookahead: 12 to {found[0]:.3f}")


def compiled(model, params):
    counts = np.bincount(LABELS)
    model.compile(
        objective.optimizer(params, 10 * STEPS),
        **objective.losses(params, counts),
    )


def report(name, model, x, y):
    before = [keras.ops.convert_to_numpy(w) for w in model.trainable_weights]
    history = model.fit(
        x, y, batch_size=COUNT, epochs=STEPS, shuffle=False, verbose=0
    )
    losses = history.history["loss"]
    assert np.isfinite(losses).all(), (name, losses)
    assert losses[-1] < losses[0], (name, losses)
    for old, new in zip(before, model.trainable_weights, strict=True):
        moved = not np.array_equal(old, keras.ops.convert_to_numpy(new))
        assert moved, (name, new.path)
    print(f"{name}: {losses[0]:.3f} to {losses[-1]:.3f}")
