"""The EvalConfigs name metrics that exist and thresholds that stay overall."""

import pytest
from tensorflow_model_analysis.metrics import metric_specs
from tensorflow_model_analysis.proto import config_pb2

from modules.evaluation import configs, tfma_metrics

CLASSIFIER = configs.classifier_eval_config(
    ("cat", "dog"), min_accuracy=0.8, min_recall=0.6, max_accuracy_drop=0.01
)
AUTOENCODER = configs.autoencoder_eval_config(min_psnr=28.0, min_ssim=0.9)


@pytest.mark.parametrize("config", [CLASSIFIER, AUTOENCODER])
def test_every_metric_is_found_by_its_name(config):
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            instance = metric_specs.metric_instance(metric)

            assert f'"{instance.name}"' in metric.config
            assert instance.computations(sub_keys=[None])


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (CLASSIFIER, {"accuracy", "recall"}),
        (AUTOENCODER, {"psnr", "ssim"}),
    ],
)
def test_thresholds_are_on_the_overall_slice_alone(config, names):
    thresholds = metric_specs.metric_thresholds_from_metrics_specs(
        config.metrics_specs, config
    )

    assert {key.name for key in thresholds} == names
    for of_metric in thresholds.values():
        for slicing_spec, _ in of_metric:
            assert slicing_spec == config_pb2.SlicingSpec()


def test_every_class_has_a_threshold_on_its_recall():
    thresholds = metric_specs.metric_thresholds_from_metrics_specs(
        CLASSIFIER.metrics_specs, CLASSIFIER
    )

    recalls = [key.sub_key.class_id for key in thresholds if key.sub_key]
    assert recalls == [0, 1]


@pytest.mark.parametrize(
    "metric", [tfma_metrics.ClassifierMetric, tfma_metrics.ReconstructionMetric]
)
def test_an_unknown_metric_is_refused_with_the_known(metric):
    with pytest.raises(ValueError, match=r"no .* metric 'nonsense'; there are"):
        metric(name="nonsense")
