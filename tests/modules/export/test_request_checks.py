"""The shape and the type of a request: refused, saying what is expected."""

import numpy as np
import pytest

from modules.export.request_checks import MAX_BATCH
from tests.support.modules.asked import PIXELS, PNGS, ask, complaint

pytestmark = pytest.mark.usefixtures("_alive")


@pytest.mark.parametrize("name", ["serving_pixels", "embed", "reconstruct"])
@pytest.mark.parametrize(
    ("values", "told"),
    [
        (PIXELS[0], "shape [32 32 3]; expected [N, 32, 32, 3]"),
        (PIXELS[:, :16], "shape [3 16 32 3]; expected [N, 32, 32, 3]"),
        (PIXELS[..., :1], "shape [3 32 32 1]; expected"),
        (np.uint8(3), "shape []; expected"),
        (PIXELS[:0], "holds 0 images; expected 1 to 1,024"),
        (PIXELS / np.float32(255), "uint8"),
    ],
    ids=["one image", "height", "grey", "scalar", "no images", "float"],
)
def test_pixels_of_another_kind_are_refused(model, name, values, told):
    assert told in complaint(model, name, values)


@pytest.mark.parametrize("name", ["serving_bytes", "serving_default"])
@pytest.mark.parametrize(
    ("values", "told"),
    [
        (PNGS[0], "is of shape []; expected [N]"),
        ([PNGS], "is of shape [1 3]; expected [N]"),
        (np.array([], object), "holds 0 images"),
        ([PNGS[0]] * 10_000, "holds 10000 images; expected 1 to 1,024"),
    ],
    ids=["no batch", "rank 2", "no images", "10,000 images"],
)
def test_batches_of_another_kind_are_refused(model, name, values, told):
    assert told in complaint(model, name, values)


def test_the_largest_batch_is_answered(model):
    batch = [PNGS[0]] * MAX_BATCH
    assert ask(model, "serving_bytes", batch).shape == (MAX_BATCH, 10)
