"""Every custom layer, loss and schedule: values, round trips, dtypes."""

import keras
import numpy as np
import pytest

from modules.layers import (
    Dirac,
    ImageBank,
    LayerwiseSGD,
    LogitAdjustedCrossentropy,
    Muon,
    ScaledBias,
    Triangular,
)

OBJECTS = [
    Dirac(seed=3),
    ImageBank(7, 4, cutout=2, colour=(1, 2, 3)),
    LayerwiseSGD(0.3, 0.9, ratios={"^dense": 0.1}, nesterov=True),
    LogitAdjustedCrossentropy([1, 2, 3], tau=0.5, label_smoothing=0.1),
    Muon(0.3, 0.9, kernels="conv", ratio=0.2, ratios={"^dense": 0.5}),
    ScaledBias(4.0),
    Triangular(0.7, 100, warmup=0.3, start=0.1, end=0.05),
]


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda o: type(o).__name__)
def test_serialisation_round_trip_keeps_the_configuration(thing):
    saved = keras.saving.serialize_keras_object(thing)
    restored = keras.saving.deserialize_keras_object(saved)
    assert type(restored) is type(thing)
    assert restored.get_config() == thing.get_config()


def test_dirac_convolution_copies_its_input_at_first():
    layer = keras.layers.Conv2D(
        8, 3, padding="same", kernel_initializer=Dirac(seed=0)
    )
    x = np.random.default_rng(0).random((2, 6, 6, 5), np.float32)
    np.testing.assert_allclose(layer(x)[..., :5], x, atol=1e-6)


def test_dirac_noise_follows_its_seed():
    shape = (3, 3, 2, 8)
    same = [np.asarray(Dirac(seed=1)(shape)) for _ in range(2)]
    np.testing.assert_array_equal(*same)
    other = np.asarray(Dirac(seed=2)(shape))
    assert not np.array_equal(same[0], other)
    assert np.abs(same[0][..., 2:]).min() > 0


def test_dirac_refuses_a_dense_kernel():
    with pytest.raises(ValueError, match=r"got shape \(3, 4\)"):
        Dirac()((3, 4))


def convolution(name, optimizer):
    """A model with one convolution, and its kernel, before any step."""
    keras.utils.set_random_seed(0)
    layer = keras.layers.Conv2D(4, 3, use_bias=False, name=name)
    model = keras.Sequential(
        [keras.Input((8, 8, 2)), layer, keras.layers.GlobalMaxPooling2D()]
    )
    model.compile(optimizer, "mean_squared_error")
    return model, layer.kernel.numpy()


def stepped(model):
    """The kernel after one step on made-up images."""
    rng = np.random.default_rng(0)
    x = rng.random((5, 8, 8, 2), np.float32)
    model.train_on_batch(x, rng.random((5, 4), np.float32))
    return model.layers[0].kernel.numpy()


def test_muon_makes_an_orthogonal_step_from_a_kernel_of_fixed_norm():
    muon = Muon(0.5, 0.9, kernels="conv/", ratio=0.2, nesterov=True)
    model, before = convolution("conv", muon)
    after = stepped(model)
    start = before * 2 / np.linalg.norm(before)  # The root of four filters.
    step = (start - after).reshape(-1, 4) / (0.5 * 0.2)
    values = np.linalg.svd(step, compute_uv=False)
    # Newton-Schulz only comes near to one, on purpose.
    assert values.min() > 0.3
    assert values.max() < 1.3
    np.testing.assert_allclose(np.linalg.norm(stepped(model)), 2.0, rtol=0.2)


def test_muon_leaves_all_else_to_sgd():
    muon = Muon(0.5, 0.9, kernels="conv/", ratio=0.2, nesterov=True)
    sgd = keras.optimizers.SGD(0.5, 0.9, nesterov=True)
    kernels = [
        stepped(convolution("other", optimizer)[0]) for optimizer in (muon, sgd)
    ]
    np.testing.assert_array_equal(*kernels)


@pytest.mark.parametrize("name", ["slow", "other"])
def test_layerwise_sgd_multiplies_the_rate_of_the_layers_it_is_told_of(name):
    layerwise = LayerwiseSGD(
        0.5, 0.9, ratios={"slow/": 0.1, "low": 7.0}, nesterov=True
    )
    rate = 0.05 if name == "slow" else 0.5
    sgd = keras.optimizers.SGD(rate, 0.9, nesterov=True)
    kernels = [
        stepped(convolution(name, optimizer)[0])
        for optimizer in (layerwise, sgd)
    ]
    np.testing.assert_allclose(*kernels, rtol=1e-6)


def test_muon_passes_ratios_on():
    muon = Muon(0.5, 0.9, kernels="conv/", ratio=0.2, ratios={"slow": 0.1})
    sgd = keras.optimizers.SGD(0.05, 0.9)
    kernels = [
        stepped(convolution("slow", optimizer)[0]) for optimizer in (muon, sgd)
    ]
    np.testing.assert_allclose(*kernels, rtol=1e-6)


def test_an_image_bank_survives_saving(tmp_path):
    where = {
        "rows": keras.Input((), dtype="int32", name="rows"),
        "y": keras.Input((4,), dtype="int32", name="y"),
        "x": keras.Input((4,), dtype="int32", name="x"),
    }
    bank = ImageBank(5, 4)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), np.uint8)
    bank.fill(pixels)
    model = keras.Model(where, bank(where))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    axis = np.tile(np.arange(4, dtype=np.int32), (3, 1))
    asked = {"rows": np.array([4, 0, 2]), "y": axis, "x": axis[:, ::-1]}
    images = loaded.predict(asked, verbose=0)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, pixels[[4, 0, 2]][:, :, ::-1])


def test_an_image_bank_is_uint8_whatever_the_dtype_policy():
    bank = ImageBank(2, 4, dtype="mixed_float16")
    assert bank.images.dtype == "uint8"


def test_an_image_bank_refuses_more_than_it_can_index():
    with pytest.raises(ValueError, match="3,000,000 images of 32x32 pixels"):
        ImageBank(3_000_000, 32)


def test_scaled_bias_moves_with_the_square_of_its_scale():
    layer = ScaledBias(3.0)
    model = keras.Sequential([keras.Input((2,)), layer])
    model.compile(keras.optimizers.SGD(0.1), "mean_squared_error")
    before = model.predict(np.zeros((1, 2)), verbose=0)
    model.train_on_batch(np.zeros((1, 2)), np.ones((1, 2)))
    after = model.predict(np.zeros((1, 2)), verbose=0)
    np.testing.assert_allclose(after - before, 0.1 * 9.0, rtol=1e-5)


def test_scaled_bias_follows_the_dtype_policy():
    layer = ScaledBias(dtype="mixed_float16")
    outputs = layer(np.ones((1, 4), np.float16))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float16"
    assert layer.bias.dtype == "float32"


def test_scaled_bias_survives_saving(tmp_path):
    model = keras.Sequential([keras.Input((3,)), ScaledBias(2.0)])
    model.layers[0].bias.assign([1.0, 2.0, 3.0])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(
        model.predict(x, verbose=0), loaded.predict(x, verbose=0)
    )


def test_triangular_starts_peaks_and_ends_where_it_says():
    schedule = Triangular(2.0, 100, warmup=0.25, start=0.5, end=0.1)
    rates = [float(schedule(step)) for step in (0, 25, 100, 1000)]
    np.testing.assert_allclose(rates, [1.0, 2.0, 0.2, 0.2], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"warmup": 1.0}, "warmup"), ({"total_steps": 0}, "total_steps")],
)
def test_triangular_refuses_what_it_cannot_draw(arguments, message):
    with pytest.raises(ValueError, match=message):
        Triangular(**{"peak": 1.0, "total_steps": 10, **arguments})


def test_equal_priors_are_plain_cross_entropy():
    logits = np.random.default_rng(0).standard_normal((6, 3)).astype("float32")
    labels = np.array([0, 1, 2, 0, 1, 2])
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    adjusted = LogitAdjustedCrossentropy([5, 5, 5])
    assert float(adjusted(labels, logits)) == pytest.approx(
        float(plain(labels, logits)), rel=1e-5
    )


def test_unequal_priors_are_added_to_the_logits():
    logits = np.zeros((1, 2), np.float32)
    loss = LogitAdjustedCrossentropy([3, 1])
    assert float(loss(np.array([1]), logits)) == pytest.approx(-np.log(0.25))


def test_label_smoothing_spreads_the_target():
    logits = np.array([[2.0, 0.0]], np.float32)
    log_p = logits - np.log(np.exp(logits).sum())
    loss = LogitAdjustedCrossentropy([1, 1], label_smoothing=0.2)
    expected = -(0.9 * log_p[0, 0] + 0.1 * log_p[0, 1])
    assert float(loss(np.array([0]), logits)) == pytest.approx(expected)


def test_a_class_without_images_is_named():
    with pytest.raises(ValueError, match="prior of label 1 is 0"):
        LogitAdjustedCrossentropy([3, 0])
