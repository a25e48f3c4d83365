"""What every custom Keras object has to pass, whatever its kind.

As keras-hub's `TestCase.run_layer_test`: the object is put to use in a small
model, which is then serialised, saved, loaded, trained and run under each
dtype policy.
"""

import keras
import numpy as np

POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")
IMAGES = (6, 8, 8, 3)
CLASSES = 4


def check_round_trip(thing):
    """The object comes back from its configuration, and has a name of ours."""
    saved = keras.saving.serialize_keras_object(thing)
    restored = keras.saving.deserialize_keras_object(saved)
    assert saved["registered_name"].startswith("cifar10>")
    assert type(restored) is type(thing)
    assert restored.get_config() == thing.get_config()


def check_saving(thing, file):
    """A model that uses the object is the same after it was saved."""
    model = compiled(thing)
    x, y = batch(model)
    model.train_on_batch(x, y)
    model.save(file)
    loaded = keras.saving.load_model(file)
    np.testing.assert_array_equal(
        model.predict(x, verbose=0), loaded.predict(x, verbose=0)
    )
    # The optimiser's state and the loss, too: the next step is the same.
    assert loaded.train_on_batch(x, y) == model.train_on_batch(x, y)
    for before, after in zip(
        model.get_weights(), loaded.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(before, after)


def check_step(thing):
    """One training step moves every trainable weight, to finite values."""
    model = compiled(thing)
    x, y = batch(model)
    before = [w.numpy() for w in model.trainable_weights]
    assert np.isfinite(model.train_on_batch(x, y))
    for old, new in zip(before, model.trainable_weights, strict=True):
        assert np.isfinite(new.numpy()).all()
        assert not np.array_equal(old, new.numpy())


def check_dtype_policy(make, policy):
    """Variables stay float32 where it computes in 16 bits; a step works."""
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = compiled(make())
        x, y = batch(model)
        assert {w.dtype for w in model.trainable_weights} == {"float32"}
        assert np.isfinite(model.train_on_batch(x, y))
        output = model.layers[-1].compute_dtype
        assert output == keras.config.dtype_policy().compute_dtype
        assert model(x).dtype.name == output
    finally:
        keras.config.set_dtype_policy(previous)


def compiled(thing):
    """A small classifier that uses the object where one of its kind goes."""
    keras.utils.set_random_seed(0)
    inputs, images = _inputs(thing)
    kernels = isinstance(thing, keras.initializers.Initializer)
    x = keras.layers.Rescaling(1 / 255)(images)
    x = keras.layers.Conv2D(
        5,
        3,
        kernel_initializer=thing if kernels else "glorot_uniform",
        name="conv",
    )(x)
    x = keras.layers.BatchNormalization()(x)
    if isinstance(thing, keras.layers.Layer) and images is inputs:
        x = thing(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES)(x))
    schedules = keras.optimizers.schedules.LearningRateSchedule
    optimizer, loss = keras.optimizers.SGD(0.1), _LOSS
    if isinstance(thing, schedules):
        optimizer = keras.optimizers.SGD(thing)
    elif isinstance(thing, keras.optimizers.Optimizer):
        optimizer = thing
    elif isinstance(thing, keras.losses.Loss):
        loss = thing
    model.compile(optimizer, loss)
    return model


_LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def _inputs(thing):
    """The model's inputs, and the images in it, which a bank makes of them."""
    if not hasattr(thing, "fill"):
        images = keras.Input(IMAGES[1:])
        return images, images
    size = thing.size
    shapes = {"rows": (), "y": (size,), "x": (size,), "corner": (2,)}
    where = {
        name: keras.Input(shape, dtype="int32", name=name)
        for name, shape in shapes.items()
    }
    return where, thing(where)


def batch(model):
    """Inputs for the model, the same each time, and labels."""
    rng = np.random.default_rng(0)
    labels = np.arange(IMAGES[0]) % CLASSES
    if not isinstance(model.input, dict):
        return rng.integers(0, 256, IMAGES).astype(np.float32), labels
    bank = next(each for each in model.layers if hasattr(each, "fill"))
    shape = (bank.count, bank.size, bank.size, 3)
    bank.fill(rng.integers(0, 256, shape, np.uint8))
    return {
        name: rng.integers(0, bank.size, (IMAGES[0], *tensor.shape[1:]))
        for name, tensor in model.input.items()
        if name != "rows"
    } | {"rows": rng.integers(0, bank.count, IMAGES[0])}, labels
