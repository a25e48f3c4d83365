"""A pushed model of two versions, and a server that serves it."""

import io
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from modules.common import manifest
from serving.versions import labels
from tests.support.serving import servers

OLD, NEW = 100, 200
# In a process of its own: most of these tests need no TensorFlow.
EXPORT = """
import pathlib
import sys
from modules.autoencoder.export import export_autoencoder, load_encoder_decoder
from modules.autoencoder.network import build_autoencoder
from modules.classifier.export import export_classifier
from modules.classifier.network import build_classifier
from modules.common import manifest
from modules.export.metadata import ModelDescription, ModelLineage
from modules.hparams import AutoencoderParams, ClassifierParams
directory, *names = sys.argv[1:]
_, encoder, decoder = build_autoencoder(AutoencoderParams(), 32)
lineage = {"model_digest": "m" * 64, "data_digest": "d" * 64, "seed": 7}
description = ModelDescription(
    class_names=tuple(names),
    capped_classes=(),
    image_size=32,
    test_time_augmentation="flip",
    lineage=ModelLineage(**lineage),
)
export_autoencoder(encoder, decoder, directory + "/a", description)
halves = load_encoder_decoder(directory + "/a")
params = ClassifierParams(widths=(8, 16))
for version in (100, 200):
    classifier = build_classifier(halves[0], params, len(names), seed=version)
    export_classifier(
        classifier,
        *halves,
        f"{directory}/cifar10/{version}",
        description=description,
    )
    manifest.write(pathlib.Path(directory, "cifar10", str(version)))
"""


@pytest.fixture(scope="session")
def serving_root(tmp_path_factory):
    """A serving root with `cifar10`: two versions with random weights."""
    directory = tmp_path_factory.mktemp("serving")
    names = [f"class {label}" for label in range(10)]
    subprocess.run(
        [sys.executable, "-c", EXPORT, directory, *names],
        check=True,
        capture_output=True,
    )
    shutil.rmtree(directory / "a")
    return directory


@pytest.fixture(scope="session", params=servers.available())
def server(request, serving_root):
    """A server with both versions: `stable` is NEW, `canary` OLD."""
    both = {"stable": NEW, "canary": OLD}
    labels.assign(serving_root, "cifar10", both, lambda *_: None)
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


def pushed(directory, content=b"graph"):
    """A version's folder as Pusher leaves it, of files that are no model."""
    (directory / "variables").mkdir(parents=True)
    (directory / "saved_model.pb").write_bytes(content)
    (directory / "variables" / "variables.index").write_bytes(b"index")
    manifest.write(directory)
    return directory
