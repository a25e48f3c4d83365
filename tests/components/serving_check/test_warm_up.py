"""Warm-up requests: one for each use, in what is pushed and nowhere else."""

import pathlib

from tfx.utils import path_utils

from components.serving_check import warm_up
from components.serving_check.predict_requests import INPUTS
from tests.support.components.checked import push


def test_what_is_pushed_has_a_warm_up_request_for_each_use(
    sound, blessing, tmp_path
):
    version = push(sound, blessing, tmp_path)["destination"]
    found = [
        (
            request.model_spec.signature_name,
            request.inputs[INPUTS[request.model_spec.signature_name]]
            .tensor_shape.dim[0]
            .size,
        )
        for request in warm_up.read(version)
    ]
    assert found == [(s, n) for s in INPUTS for n in warm_up.BATCH_SIZES]
    model = pathlib.Path(path_utils.serving_model_dir(sound.uri))
    for file in filter(pathlib.Path.is_file, model.rglob("*")):
        copy = pathlib.Path(version, file.relative_to(model))
        assert copy.read_bytes() == file.read_bytes()
