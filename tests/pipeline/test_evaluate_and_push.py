"""BaselineModel, ModelEvaluator, Pusher and the result, run by TFX."""

import json
import pathlib
import shutil

import pytest
from tfx.dsl.components.common.importer import Importer
from tfx.orchestration import metadata, pipeline
from tfx.types import standard_artifacts

from components.baseline_model.component import BaselineModel
from components.baseline_model.find import baseline_version
from components.model_evaluator.component import ModelEvaluator
from components.pusher.component import Pusher
from components.run_report.reading import read_result
from components.serving_check.report import CheckReport
from modules.evaluation import classification, configs
from pipeline.runner.local_runner import LocalRunner
from tests.support.components import tiny
from tests.support.pipeline import fakes

OUTPUTS = (
    ("BaselineModel", "model"),
    ("ClassifierEvaluator", "evaluation"),
    ("AutoencoderEvaluator", "evaluation"),
    ("Pusher", "pushed_model"),
)


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory):
    """The URIs of test images, a classifier and an autoencoder."""
    root = tmp_path_factory.mktemp("artifacts")
    pixels, labels, weights = tiny.images()
    tiny.examples_artifact(root / "examples", pixels, labels)
    tiny.model_artifact(root / "classifier", tiny.Classifier(weights))
    tiny.model_artifact(root / "autoencoder", tiny.Autoencoder(16))
    return root


class Run:
    """The evaluating half of the pipeline, under a root of its own."""

    def __init__(self, root, artifacts):
        self.root = root
        self.artifacts = artifacts
        self.serving = root / "serving"
        self.infra_blessing = root / "infra_blessing"
        self.metadata = metadata.sqlite_metadata_connection_config(
            str(root / "metadata.sqlite")
        )

    def __call__(self, model_digest, min_psnr=20.0, serving_problems=()):
        report = CheckReport(passed=(), problems=serving_problems, figures={})
        report.write(self.infra_blessing)
        recorder = fakes.Recorder()
        LocalRunner(recorder).run(
            pipeline.Pipeline(
                "evaluate",
                str(self.root / "artifacts"),
                metadata_connection_config=self.metadata,
                components=self.components(
                    model_digest, min_psnr, serves=report.blessed
                ),
                enable_cache=True,
                beam_pipeline_args=[
                    "--runner=FnApiRunner",
                    f"--setup_file={pathlib.Path('setup.py').resolve()}",
                ],
            )
        )
        return recorder

    def components(self, model_digest, min_psnr, serves):
        examples = self.importer("examples", standard_artifacts.Examples)
        classifier = self.importer("classifier", standard_artifacts.Model)
        autoencoder = self.importer("autoencoder", standard_artifacts.Model)
        baseline = BaselineModel(
            push_destination=str(self.serving),
            model_digest=model_digest,
            baseline_version=baseline_version(str(self.serving), model_digest),
        )
        classifier_evaluator = ModelEvaluator(
            examples=examples.outputs["result"],
            model=classifier.outputs["result"],
            baseline_model=baseline.outputs["model"],
            eval_config=configs.classifier_eval_config(
                tiny.CLASS_NAMES,
                min_accuracy=0.5,
                min_recall=0.5,
                max_accuracy_drop=0.0,
            ),
        ).with_id("ClassifierEvaluator")
        autoencoder_evaluator = ModelEvaluator(
            examples=examples.outputs["result"],
            model=autoencoder.outputs["result"],
            eval_config=configs.autoencoder_eval_config(
                min_psnr=min_psnr, min_ssim=0.5
            ),
        ).with_id("AutoencoderEvaluator")
        infra_blessing = Importer(
            source_uri=str(self.infra_blessing),
            artifact_type=standard_artifacts.InfraBlessing,
            custom_properties={"blessed": int(serves)},
        ).with_id("infra_blessing")
        pusher = Pusher(
            model=classifier.outputs["result"],
            model_blessing=classifier_evaluator.outputs["blessing"],
            autoencoder_blessing=autoencoder_evaluator.outputs["blessing"],
            infra_blessing=infra_blessing.outputs["result"],
            push_destination=str(self.serving),
        )
        return [
            *(examples, classifier, autoencoder, baseline),
            *(classifier_evaluator, autoencoder_evaluator),
            *(infra_blessing, pusher),
        ]

    def importer(self, name, artifact_type):
        properties = {}
        if artifact_type is standard_artifacts.Examples:
            properties["split_names"] = '["train", "test"]'
        return Importer(
            source_uri=str(self.artifacts / name),
            artifact_type=artifact_type,
            properties=properties,
        ).with_id(name)

    def outputs(self, node, key):
        """The URIs of what `node` has put out, in the order of its runs."""
        directory = self.root / "artifacts" / node / key
        return sorted(directory.iterdir(), key=lambda path: int(path.name))

    def result(self):
        def newest(node, key):
            return str(self.outputs(node, key)[-1])

        return read_result(
            classifier_model=str(self.artifacts / "classifier"),
            classifier_evaluation=newest("ClassifierEvaluator", "evaluation"),
            autoencoder_evaluation=newest("AutoencoderEvaluator", "evaluation"),
            infra_blessing=str(self.infra_blessing),
            pushed_model=newest("Pusher", "pushed_model"),
        )


@pytest.fixture(scope="module")
def run(tmp_path_factory, artifacts):
    """After a first run, which pushed; the tests go on from there in order."""
    run = Run(tmp_path_factory.mktemp("root"), artifacts)
    run("digest")
    return run


def test_the_first_run_pushes_what_it_has_blessed(run):
    (version,) = run.serving.iterdir()

    result = run.result()

    assert result.pushed_to == str(version)
    assert result.reasons == ()
    assert result.baseline_accuracy is None
    assert (version / "saved_model.pb").is_file()


def test_the_result_is_that_of_the_models(run):
    pixels, labels, weights = tiny.images()
    scores = classification.score(labels, tiny.probabilities(pixels, weights))
    confusion = scores.confusion / scores.confusion.sum(axis=1)[:, None]

    result = run.result()

    assert result.sample
    assert result.test_images == len(labels)
    assert result.accuracy == pytest.approx(scores.accuracy)
    assert result.capped_recall == pytest.approx(scores.recall[[1, 3]].mean())
    assert result.uncapped_recall == pytest.approx(scores.recall[[0, 2]].mean())
    assert result.ece == pytest.approx(scores.ece, abs=1e-6)
    assert result.nll == pytest.approx(scores.nll, rel=1e-5)
    assert result.temperature == tiny.TEMPERATURE
    assert [b.count for b in result.reliability] == [
        b.count for b in scores.reliability
    ]
    assert [c.name for c in result.classes] == list(tiny.CLASS_NAMES)
    assert [c.capped for c in result.classes] == [False, True, False, True]
    for c, expected in zip(result.classes, range(4), strict=True):
        assert c.recall == pytest.approx(scores.recall[expected])
        assert c.auc == pytest.approx(scores.auc[expected])
        assert c.predicted == pytest.approx(tuple(confusion[expected]))
        assert 20 < c.psnr < 40


def test_a_rerun_is_cached_and_pushes_nothing_twice(run):
    before = run.result()

    run("digest")

    for node, key in OUTPUTS:
        assert len(run.outputs(node, key)) == 1
    assert len(list(run.serving.iterdir())) == 1
    assert run.result() == before


def test_another_model_meets_the_one_in_production(run):
    accuracy = run.result().accuracy

    run("another digest", 60.0, ("embed is missing",))

    result = run.result()
    assert result.baseline_accuracy == pytest.approx(accuracy)
    assert sum(b.count for b in result.reliability) == result.test_images
    assert result.pushed_to == ""
    psnr, serving = result.reasons
    assert psnr.startswith("PSNR of the reconstructions is")
    assert serving == "embed is missing"
    assert len(list(run.serving.iterdir())) == 1


def test_a_pushed_version_that_is_gone_is_told(run, monkeypatch):
    pushed_model = run.outputs("Pusher", "pushed_model")[0]
    monkeypatch.setattr(
        run, "outputs", lambda *key: [Run.outputs(run, *key)[0]]
    )
    outcome = json.loads((pushed_model / "push.json").read_text())
    shutil.rmtree(outcome["destination"])

    result = run.result()

    assert result.pushed_to == ""
    assert "is gone" in result.reasons[0]


def test_a_version_that_was_deleted_is_pushed_again(run):
    """The run before has deleted it."""
    recorder = run("digest")

    assert ("done", "Pusher") in recorder.events
    (notice,) = recorder.notices
    assert "is not in" in notice
    (version,) = run.serving.glob("[0-9]*")
    assert run.result().pushed_to == str(version)
    assert ("cached", "Pusher") in run("digest").events
