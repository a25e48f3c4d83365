"""A pushed model of two versions, and a server that serves it."""

import io
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from PIL import Image

from tests.serving import servers

OLD, NEW = 100, 200
# In a process of its own: most of these tests need no TensorFlow.
EXPORT = """
import sys
from modules.autoencoder.export import export_autoencoder, load_halves
from modules.autoencoder.network import build_autoencoder
from modules.classifier.export import export_classifier
from modules.classifier.network import build_classifier
from modules.hparams import AutoencoderParams, ClassifierParams
directory, *names = sys.argv[1:]
_, encoder, decoder = build_autoencoder(AutoencoderParams(), 32)
lineage = {"model_digest": "m" * 64, "data_digest": "d" * 64, "seed": 7}
description = {
    "class_names": names,
    "capped_classes": [],
    "lineage": lineage | {"sample": False},
}
export_autoencoder(encoder, decoder, directory + "/a", description)
halves = load_halves(directory + "/a")
params = ClassifierParams(widths=(8, 16))
classifier = build_classifier(halves[0], params, len(names), seed=0)
export_classifier(
    classifier, *halves, directory + "/c", description=description, mirror=True
)
"""


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A SavedModel of ten classes with random weights."""
    directory = tmp_path_factory.mktemp("exported")
    names = [f"class {label}" for label in range(10)]
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(EXPORT), directory, *names],
        check=True,
        capture_output=True,
    )
    return directory / "c"


@pytest.fixture(scope="session")
def serving_root(exported, tmp_path_factory):
    """A serving root with two versions of `cifar10`."""
    root = tmp_path_factory.mktemp("root") / "serving"
    _copy(exported, root / "cifar10" / str(OLD))
    _copy(exported, root / "cifar10" / str(NEW))
    return root


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)


@pytest.fixture(scope="session", params=servers.available())
def server(request, serving_root):
    with servers.started(request.param, serving_root) as running:
        yield running


def encoded(pixels, fmt="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, fmt)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def pngs():
    """Eight images, as PNG files."""
    pixels = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    return [encoded(image) for image in pixels]
