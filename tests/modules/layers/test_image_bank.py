"""ImageBank: what it holds, and what it refuses."""

import keras
import numpy as np
import pytest

from modules.layers import ImageBank


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
