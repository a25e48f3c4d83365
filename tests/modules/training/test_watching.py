"""Callbacks that watch a training, on a tiny one."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from modules.training.curves import Curves
from modules.training.watching import (
    HoldoutAccuracy,
    Reconstructions,
    RecordCurves,
)

STEPS, EPOCHS = 7, 3


def fit(*callbacks, seed=3):
    """Trains for `EPOCHS` epochs of `STEPS` steps; the model and its losses."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 3), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3),
        ]
    )
    model.compile(
        keras.optimizers.SGD(0.1),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    losses = []
    each = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"])
    )
    pixels, labels = images(8 * STEPS)
    made = [c(model) if callable(c) else c for c in callbacks]
    model.fit(
        pixels,
        labels,
        batch_size=8,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        callbacks=[*made, each],
    )
    return model, losses


def images(count):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (count, 4, 4, 3), np.uint8)
    return pixels, np.arange(count) % 3


def test_a_curve_has_the_mean_of_each_interval(tmp_path):
    recorder = RecordCurves(tmp_path, "classifier", STEPS * EPOCHS)
    recorder._every = 3
    _, running = fit(recorder)
    found = Curves.read(tmp_path)
    assert found.stage == "classifier"
    epochs = [point["epoch"] for point in found.train]
    assert epochs == pytest.approx(
        [e + s / STEPS for e in range(EPOCHS) for s in (3, 6)]
    )
    means = np.reshape(running, (EPOCHS, STEPS))
    each = np.diff(means * np.arange(1, STEPS + 1), prepend=0, axis=1)
    expected = [row[i : i + 3].mean() for row in each for i in (0, 3)]
    losses = [point["loss"] for point in found.train]
    assert losses == pytest.approx(expected, abs=1e-5)
    assert {p["learning_rate"] for p in found.train} == {np.float32(0.1)}


def test_a_long_training_has_about_a_hundred_points(tmp_path):
    recorder = RecordCurves(tmp_path, "classifier", 10_000)
    assert recorder._every == 100


def test_the_holdout_is_scored_after_each_epoch(tmp_path):
    pixels, labels = images(30)
    model, _ = fit(
        lambda model: HoldoutAccuracy(model, pixels, labels),
        RecordCurves(tmp_path, "classifier", STEPS * EPOCHS),
        keras.callbacks.TensorBoard(tmp_path / "tensorboard"),
    )
    curve = Curves.read(tmp_path).holdout
    assert [point["epoch"] for point in curve] == [1, 2, 3]
    expected = (model.predict(pixels, verbose=0).argmax(1) == labels).mean()
    assert curve[-1]["accuracy"] == pytest.approx(expected)
    assert list((tmp_path / "tensorboard" / "validation").glob("*events*"))


def test_watching_changes_nothing(tmp_path):
    pixels, labels = images(30)
    plain, losses = fit()
    watched, same = fit(
        lambda model: HoldoutAccuracy(model, pixels, labels),
        RecordCurves(tmp_path, "classifier", STEPS * EPOCHS),
    )
    assert losses == same
    for one, other in zip(plain.weights, watched.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_reconstructions_are_written_after_each_epoch(tmp_path):
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Rescaling(1 / 510)]
    )
    pixels, _ = images(2)
    callback = Reconstructions(tmp_path, pixels)
    callback.set_model(model)
    for epoch in range(2):
        callback.on_epoch_end(epoch)
    events = [
        event
        for file in sorted((tmp_path / "reconstructions").iterdir())
        for event in tf.compat.v1.train.summary_iterator(str(file))
        if event.summary.value
    ]
    assert sorted(event.step for event in events) == [0, 1]
    size, _, first, _ = events[0].summary.value[0].tensor.string_val
    assert size == b"4"
    image = tf.io.decode_png(first).numpy()
    np.testing.assert_array_equal(image[:4], pixels[0])
    np.testing.assert_allclose(image[4:], pixels[0] / 2, atol=0.51)


def test_without_a_file_there_are_no_curves(tmp_path):
    assert Curves.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", '{"stage": "x"}'])
def test_a_damaged_file_is_said_to_be(tmp_path, text):
    (tmp_path / "history.json").write_text(text)
    with pytest.raises(ValueError):
        Curves.read(tmp_path)


def test_curves_are_plain_json(tmp_path):
    Curves(stage="s", train=({"epoch": 1.0},)).write(tmp_path)
    values = json.loads((tmp_path / "history.json").read_text())
    assert values == {"stage": "s", "train": [{"epoch": 1.0}], "holdout": []}
