"""A made-up run, for tests of what is said about it."""

import dataclasses
import datetime
import io

from PIL import Image

from components.run_report.details import (
    Change,
    Duration,
    Previous,
    RunDetails,
)
from components.run_report.page import (
    ClassCounts,
    DataProfile,
    Hyperparameter,
    Report,
)
from components.run_report.pictures import (
    ClassifiedImage,
    Gallery,
    Reconstruction,
)
from components.run_report.results import ClassResult, RunResult
from modules.data_profile.summary import SplitSummary, Summary
from modules.data_profile.verdict import Distance, Finding, Verdict
from modules.evaluation.predictions import Predictions
from modules.evaluation.reliability import ReliabilityBin
from modules.export.metadata import ModelDescription, ModelLineage
from modules.image_statistics import STATISTICS
from modules.training.curves import Curves

MODEL = ModelDescription(
    model_name="cifar10",
    class_names=("cat", "<dog>", "emu"),
    capped_classes=("<dog>",),
    caps={"cat": 500, "<dog>": 250, "emu": 500},
    image_size=32,
    test_time_augmentation="flip",
    lineage=ModelLineage(
        model_digest="digest-of-the-model",
        data_digest="digest-of-the-data",
        seed=17,
        sample=False,
    ),
)


def png(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(buffer, "PNG")
    return buffer.getvalue()


def of_class(name, predicted, *, capped=False):
    recall = predicted[MODEL.class_names.index(name)]
    return ClassResult(
        name=name,
        capped=capped,
        images=200,
        recall=recall,
        precision=0.611,
        auc=0.9321,
        psnr=31.57,
        ssim=0.951,
        predicted=predicted,
    )


NO_IMAGES = ReliabilityBin(count=0, confidence=0.0, accuracy=0.0)
RELIABILITY = (
    *(NO_IMAGES for _ in range(4)),
    *(
        ReliabilityBin(count=count, confidence=confidence, accuracy=accuracy)
        for count, confidence, accuracy in (
            (3, 0.315, 1 / 3),
            (9, 0.371, 4 / 9),
            (14, 0.438, 6 / 14),
            (22, 0.502, 10 / 22),
            (25, 0.566, 15 / 25),
            (26, 0.634, 15 / 26),
            (27, 0.701, 20 / 27),
            (33, 0.768, 26 / 33),
            (41, 0.834, 33 / 41),
            (62, 0.903, 57 / 62),
            (338, 0.988, 331 / 338),
        )
    ),
)
RESULT = RunResult(
    model_name="cifar10",
    sample=False,
    test_images=600,
    accuracy=0.8612,
    top_2_accuracy=0.9431,
    macro_precision=0.8603,
    macro_recall=0.8613,
    macro_f1=0.8599,
    capped_recall=0.8013,
    uncapped_recall=0.8869,
    baseline_accuracy=None,
    psnr=31.22,
    ssim=0.9513,
    ssim_range_2=0.9641,
    ece=0.0123,
    nll=0.4312,
    temperature=0.55,
    training_precision="bfloat16_convolutions",
    reliability=RELIABILITY,
    classes=(
        of_class("cat", (0.58, 0.12, 0.3)),
        of_class("<dog>", (0.25, 0.75, 0.0), capped=True),
        of_class("emu", (0.0, 0.0, 1.0)),
    ),
    pushed_to="/serving/cifar10/1700000000",
    reasons=(),
)
GALLERY = Gallery(
    reconstructions=(
        Reconstruction(
            key="test:1",
            label=1,
            original=png("red"),
            reconstruction=png("maroon"),
            psnr=27.3,
        ),
    ),
    mistakes=(
        ClassifiedImage(
            key='test:2" onload="alert(1)',
            image=png("blue"),
            label=0,
            predicted=1,
            probability=0.987,
        ),
    ),
    errors=(
        tuple(
            ClassifiedImage(
                key=f"test:{i}",
                image=png("blue"),
                label=0,
                predicted=1 + i % 2,
                probability=0.9,
            )
            for i in range(8)
        ),
        (),
        (),
    ),
)
COUNTS = {
    "cat": ClassCounts(
        available=600, cap=500, sampled=500, holdout=50, test=200
    ),
    "<dog>": ClassCounts(
        available=550, cap=250, sampled=250, holdout=25, test=200
    ),
    "emu": ClassCounts(
        available=480, cap=500, sampled=480, holdout=48, test=200
    ),
}
CURVES = (
    Curves(
        stage="autoencoder",
        train=tuple(
            {"epoch": i / 10, "learning_rate": 0.01, "loss": 1 / i**2}
            for i in range(1, 21)
        ),
    ),
    Curves(
        stage="classifier",
        train=tuple(
            {
                "epoch": i / 4,
                "learning_rate": 0.75 * (1 - i / 97),
                "accuracy": 0.95 - 0.65 / (1 + i / 12),
                "loss": 1 + 1.3 / i,
            }
            for i in range(1, 97)
        ),
        holdout=tuple(
            {"epoch": float(i), "accuracy": 0.88 - 0.5 / (1 + i)}
            for i in range(1, 25)
        ),
    ),
)
DATA = DataProfile(
    verdict=Verdict(
        baseline="1700000000",
        accepted=False,
        distances=(
            Distance(
                kind="drift",
                split="test",
                feature="contrast",
                value=0.0123,
                threshold=0.0321,
            ),
            Distance(
                kind="skew",
                split="train",
                feature="blue",
                value=0.0045,
                threshold=0.0213,
            ),
        ),
        findings=(
            Finding("3 of 600 test images are in train too", "warning", 0.5),
        ),
        class_mix={},
    ),
    splits={
        split: SplitSummary(
            images=images,
            features={
                name: Summary(
                    mean=0.25 + 0.05 * i,
                    deviation=0.1,
                    low=statistic.low,
                    high=0.9,
                    zeros=0,
                    histogram=tuple(
                        images * (1 + (i + j) % 7) / 40 for j in range(10)
                    ),
                )
                for i, (name, statistic) in enumerate(STATISTICS.items())
            },
        )
        for split, images in (("train", 1_250), ("test", 600))
    },
)
REPORT = Report(
    result=RESULT,
    model=MODEL,
    preset="cpu",
    counts=COUNTS,
    data=DATA,
    gallery=GALLERY,
    predictions=Predictions.of(
        (f"test:{i:03d}", i % 3, i % 3 if i % 7 else 0) for i in range(600)
    ),
    gates={
        "min_accuracy": 0.8,
        "min_recall": 0.6,
        "max_accuracy_drop": 0.005,
        "min_psnr": 30.0,
        "min_ssim": 0.95,
    },
    hyperparameters=(
        Hyperparameter("autoencoder", "epochs", 2, "preset cpu"),
        Hyperparameter("classifier", "widths", [64, 128], "preset cpu"),
        Hyperparameter("classifier", "learning_rate", 0.75, "set for this run"),
    ),
    curves=CURVES,
    made=datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
)
RUN = RunDetails(
    run="20260102-030405",
    facts={
        "started": "2026-01-02 03:04",
        "commit": "c" * 40,
        "processor": "AMD EPYC, 2 cores, 24 GB",
        "duration": "20:04",
        "peak memory": "2.8 GB",
    },
    versions={"python": "3.11.2", "tensorflow": "2.21.0"},
    durations=(
        Duration("ImageExampleGen", 6.2, "6.2 s", cached=False),
        Duration("Transform", 0.1, "0.1 s", cached=True),
        Duration("ClassifierTrainer", 930.0, "15:30", cached=False),
    ),
    previous=Previous(
        run="20260101-030405",
        verdict="No difference in accuracy is shown: +0.0016 ± 0.0055.",
        changes=(Change("accuracy", "0.8596", "0.8612", "+0.0016 ± 0.0055"),),
        differs=("run: seed 0, now 17",),
    ),
    links={"log": "logs/20260102-030405.log", "model": "serving/cifar10/1"},
)


def report(**changes):
    """`REPORT`, its result changed."""
    result = dataclasses.replace(RESULT, **changes)
    return dataclasses.replace(REPORT, result=result)
