"""The autoencoder's figures are NumPy's, and its gates hold."""

import numpy as np
import pytest

from modules.evaluation import configs, image_metrics
from tests.support.components.evaluated import (
    OVERALL,
    evaluate,
    failures,
    metrics,
)


@pytest.fixture(scope="module")
def outcome(data, tmp_path_factory):
    return evaluate(
        tmp_path_factory.mktemp("run"),
        data,
        data.autoencoder,
        configs.autoencoder_eval_config(min_psnr=20, min_ssim=0.5),
    )


def test_is_blessed(outcome):
    _, blessing = outcome

    assert blessing.get_int_custom_property("blessed") == 1


def test_means_are_numpys_overall_and_by_class(data, outcome):
    quality = image_metrics.quality(data.pixels, data.pixels // 16 * 16)
    actual = metrics(outcome[0])

    everything = np.ones(len(data.labels), bool)
    slices = {OVERALL: everything} | {
        (("label", c),): data.labels == c for c in range(4)
    }
    for key, inside in slices.items():
        assert actual[key, "example_count", None] == inside.sum()
        for column, name in enumerate(("psnr", "ssim", "ssim_range_2")):
            assert actual[key, name, None] == pytest.approx(
                quality[inside, column].mean(), rel=1e-6
            )


def test_each_gate_names_its_metric(data, tmp_path):
    evaluation, blessing = evaluate(
        tmp_path,
        data,
        data.autoencoder,
        configs.autoencoder_eval_config(min_psnr=60, min_ssim=0.9999),
    )

    assert blessing.get_int_custom_property("blessed") == 0
    assert failures(evaluation) == {
        (OVERALL, "psnr", None),
        (OVERALL, "ssim", None),
    }
