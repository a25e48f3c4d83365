"""Runs of the pipeline on the built-in sample, and what is compared of them."""

import subprocess
import sys

from benchmarks import figures
from modules.evaluation import evaluations
from modules.examples import load_split
from pipeline import presets

# isort: split
import tensorflow_data_validation as tfdv
import tfx  # noqa: F401  (first: TFDV needs what it stands in for)

FEW_STEPS = ("autoencoder.epochs=1", "classifier.epochs=1")
EVALUATORS = ("AutoencoderEvaluator", "ClassifierEvaluator")


def start(root, *arguments):
    """Starts `cifar10 run`; all runs train the same few steps."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "cli.main", "run", "--data", "sample"),
            *("--root", str(root), "--quiet"),
            *(f"--set={change}" for change in FEW_STEPS),
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process):
    """Waits for the run. A model that is not blessed is fine."""
    output, _ = process.communicate()
    assert process.returncode in (0, 3), output


def in_transform(root):
    started = root.glob("artifacts/Transform/.system/executor_execution/*")
    return any(started) and not after_transform(root)


def after_transform(root):
    return (root / "artifacts" / "AutoencoderTuner").exists()


def artifact(root, node, output):
    (found,) = (root / "artifacts" / node / output).iterdir()
    return found


def sampled(root):
    """The rows of the training split, as the Trainers read them."""
    rows = artifact(root, "Transform", "transformed_examples")
    images = load_split([f"{rows}/Split-train/*"], image_size=32)
    return {
        name: getattr(images, name).tobytes()
        for name in ("pixels", "labels", "sampled", "holdout")
    }


def statistics(root):
    """The statistics of both splits."""
    directory = artifact(root, "StatisticsGen", "statistics")
    return {
        file.parent.name: tfdv.load_stats_binary(str(file))
        for file in directory.glob("Split-*/*.pb")
    }


def metrics(root):
    """Every metric of every slice of both Evaluators."""
    names = presets.smoke().dataset.class_names
    return {
        (node, *key): value
        for node in EVALUATORS
        for key, value in evaluations.load(
            str(artifact(root, node, "evaluation")), names
        ).figures.items()
    }


def differences(here, there):
    """What differs, a line each; prints how much was compared."""
    found = figures.differing(here, there)
    count = len(here.keys() | there.keys())
    print(f"{count} compared, {len(found)} differ")
    return found
