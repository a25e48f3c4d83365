"""What the options of `cifar10 kubeflow compile` make a run do by default."""

from pathlib import Path

import pytest

from cli import options
from components.image_example_gen import sample
from kubeflow.compiler.prepare import prepare
from kubeflow.parameters import SAMPLE, Parameters
from pipeline import presets
from tests.support import image_sets

SERVING = Path("/mnt/serving")


@pytest.fixture
def request_for(tmp_path):
    def make(data, **asked):
        return options.request(
            data=str(data), cache=tmp_path / "cache", **asked
        )

    return make


def test_the_sample_is_drawn_by_the_steps(request_for):
    parameters, source = prepare(request_for("sample"), None, SERVING)
    assert parameters == Parameters(
        data_uri=SAMPLE,
        data_digest=sample.DIGEST,
        preset="smoke",
        push_destination="/mnt/serving",
    )
    assert source.sample
    assert source.uri == SAMPLE


@pytest.mark.parametrize("data_uri", [None, "/mnt/data/images"])
def test_images_are_where_they_are_unless_the_steps_see_them_elsewhere(
    request_for, tmp_path, data_uri
):
    dataset = presets.cpu().dataset
    folder = image_sets.write_folder(
        tmp_path / "images",
        classes=dataset.class_names,
        image_size=dataset.image_size,
    )
    request = request_for(folder, preset="gpu", seed=3, cap=["bird=7"])
    parameters, source = prepare(request, data_uri, SERVING)
    assert parameters == Parameters(
        data_uri=data_uri or str(folder),
        data_digest=source.digest,
        preset="gpu",
        seed=3,
        push_destination="/mnt/serving",
        overrides={"sampling.caps.bird": 7},
    )
    assert source.uri == parameters.data_uri
    assert source.format == "image_folder"
