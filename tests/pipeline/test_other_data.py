"""Two classes of 96x96 pixels, with odd names and few images: trained, asked.

The components up to ClassifierTrainer run on a made folder.
"""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from modules.examples import count_images
from pipeline import presets
from pipeline.data import derive
from pipeline.data import source as data_source
from pipeline.data.minimum import require_enough
from tests.support import made_images
from tests.support.pipeline import partial

NAMES = ("Ягода 'x' <b>", "röd ros")
FEW, MANY = 2, 24
CAP = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two training images of the second class, more of the first."""
    folder = made_images.write(
        tmp_path_factory.mktemp("other") / "Två blommor",
        names=NAMES,
        size=96,
        train=MANY,
        test=10,
    )
    for image in sorted((folder / "train" / NAMES[1]).iterdir())[FEW:]:
        image.unlink()
    return folder


@pytest.fixture(scope="module")
def dataset(folder):
    return derive.choose(str(folder), None)


@pytest.fixture(scope="module")
def outputs(folder, dataset, tmp_path_factory):
    base = tmp_path_factory.mktemp("run")
    source = data_source.resolve(
        str(folder), cache=base / "cache", dataset=dataset
    )
    require_enough(source, dataset)
    smoke = presets.smoke(dataset)
    config = dataclasses.replace(
        smoke,
        accept_data=True,  # Of so few images, the splits differ by chance.
        autoencoder=dataclasses.replace(smoke.autoencoder, epochs=1),
        classifier=dataclasses.replace(smoke.classifier, epochs=1),
        sampling=dataclasses.replace(
            smoke.sampling, caps=dict.fromkeys(NAMES, CAP)
        ),
    )
    return partial.run(config, source, base / "root", "ClassifierTrainer")


@pytest.fixture(scope="module")
def model(outputs):
    (uri,) = outputs["ClassifierTrainer"]["model"]
    return Path(uri) / "Format-Serving"


def test_the_folder_says_what_they_are(dataset):
    assert dataset.name == "tv_blommor"
    assert dataset.label == "Två blommor"
    assert dataset.class_names == tuple(sorted(NAMES))
    assert dataset.image_size == 96


def test_a_class_with_fewer_images_than_its_cap_is_taken_whole(outputs):
    (uri,) = outputs["Transform"]["transformed_examples"]
    counts = count_images([f"{uri}/Split-train/*"], 2)
    by_name = dict(zip(sorted(NAMES), counts.sampled, strict=True))
    assert by_name == {NAMES[0]: CAP, NAMES[1]: FEW}


def test_the_model_says_their_names_and_which_one_the_cap_cut(model):
    found = json.loads((model / "assets.extra" / "model.json").read_text())
    assert found["class_names"] == sorted(NAMES)
    assert found["capped_classes"] == [NAMES[0]]


def test_the_model_answers_with_their_names(folder, model):
    loaded = tf.saved_model.load(str(model))
    paths = sorted((folder / "test").glob("*/*.png"))
    contents = tf.constant([path.read_bytes() for path in paths])
    found = loaded.signatures["serving_bytes"](contents)
    assert found["probabilities"].shape == (20, 2)
    for name, label in zip(
        found["class_name"].numpy(), found["class_id"].numpy(), strict=True
    ):
        assert name.decode() == sorted(NAMES)[label]
    pixels = np.stack([np.asarray(Image.open(path)) for path in paths])
    same = loaded.signatures["serving_pixels"](tf.constant(pixels))
    np.testing.assert_allclose(
        same["probabilities"], found["probabilities"], atol=1e-5
    )
    hidden = loaded.signatures["embed"](tf.constant(pixels))
    (node_2,) = hidden.values()
    assert node_2.shape[:3] == (20, 32, 32)
