"""What a server is sent in earnest: refused by name, or converted.

The model is asked as TensorFlow Serving asks it, which checks less than
`tf.saved_model.load` does.
"""

import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.image_example_gen import image_file
from components.serving_check import images
from components.serving_check.predict_requests import example
from modules.common.image_header import MAX_PIXELS
from tests.support.modules import exported
from tests.support.modules.asked import PIXELS, PNGS, ask, complaint

DOCS = pathlib.Path(__file__).parents[3] / "docs" / "SERVING.md"
SMOOTH = exported.encoded(
    np.asarray(Image.fromarray(PIXELS[0, :4, :4]).resize((32, 32)))
)
REFUSED = images.refused(PNGS[0])
CONVERTED = images.converted(SMOOTH)

pytestmark = pytest.mark.usefixtures("_alive")


@pytest.mark.parametrize("image", REFUSED.values(), ids=REFUSED)
def test_the_bad_image_of_a_batch_is_named(model, image):
    said = complaint(model, "serving_bytes", [PNGS[0], image, PNGS[1]])
    assert "image 1 of the request (counted from 0)" in said


@pytest.mark.parametrize("image", REFUSED.values(), ids=REFUSED)
def test_so_it_is_inside_a_tf_example(model, image):
    examples = [example(i) for i in (*PNGS, image)]
    assert "image 3 of" in complaint(model, "serving_default", examples)


@pytest.mark.parametrize(
    "bad",
    [b"This is no tf.Example.", tf.train.Example().SerializeToString()],
    ids=["not parsable", "without an image"],
)
def test_the_bad_tf_example_of_a_batch_is_named(model, bad):
    examples = [example(PNGS[0]), bad]
    assert "image 1 of" in complaint(model, "serving_default", examples)


def test_the_first_of_several_bad_images_is_named(model):
    batch = [PNGS[0], PNGS[1][:99], PNGS[2][:99]]
    assert "image 1 of" in complaint(model, "serving_bytes", batch)


@pytest.mark.parametrize("image", CONVERTED.values(), ids=CONVERTED)
def test_other_kinds_of_png_and_jpeg_become_rgb(model, image):
    pixels = image_file.resize(image_file.decode(image), PIXELS.shape[1])
    np.testing.assert_allclose(
        ask(model, "serving_bytes", [image]),
        ask(model, "serving_pixels", pixels[None]),
        atol=0.02,
    )


def test_the_snippet_of_the_docs_gives_the_answer_to_the_file(
    model, tmp_path, monkeypatch
):
    """Pillow resizes with another filter unless it is told."""
    snippet = re.search(
        r"^image = Image\.open.*\n(pixels = .*)$", DOCS.read_text("utf-8"), re.M
    )
    monkeypatch.chdir(tmp_path)
    size = PIXELS.shape[1]
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    files = [CONVERTED["a grey PNG"], exported.encoded(noise)]
    for file in files:
        pathlib.Path("cat.png").write_bytes(file)
        names = {"Image": Image, "np": np}
        exec(snippet.group(), names)
        served = image_file.resize(image_file.decode(file), size)
        # Another filter is tens of levels away where neighbours differ.
        assert np.abs(names["pixels"].astype(int) - served).max() <= 1
        np.testing.assert_allclose(
            ask(model, "serving_pixels", names["pixels"][None]),
            ask(model, "serving_bytes", [file]),
            atol=0.02,
        )


def test_a_bomb_is_refused_before_it_takes_memory(model):
    jpeg = bytearray(exported.encoded(PIXELS[0], "JPEG", progressive=True))
    frame = jpeg.index(b"\xff\xc2")
    jpeg[frame + 5 : frame + 9] = b"\x4e\x20\x4e\x20"
    forget_peak_memory()
    before = peak_memory()
    for bomb in (REFUSED["20,000 x 20,000 pixels"], bytes(jpeg)):
        said = complaint(model, "serving_bytes", [bomb])
        assert f"20000 x 20000 pixels; at most {MAX_PIXELS:,}" in said
    assert peak_memory() - before < 20 << 20


def forget_peak_memory():
    pathlib.Path("/proc/self/clear_refs").write_text("5")


def peak_memory():
    """The most memory that this process has had, bytes."""
    status = pathlib.Path("/proc/self/status").read_text()
    (line,) = (x for x in status.splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) << 10


def test_the_largest_image_is_answered(model):
    side = int(MAX_PIXELS**0.5)
    assert ask(model, "serving_bytes", [images.bomb(side)]).shape == (1, 10)
    said = complaint(model, "serving_bytes", [images.bomb(side + 1)])
    assert f"{side + 1} x {side + 1} pixels" in said
