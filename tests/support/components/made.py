"""A made-up run, for tests of what is said about it."""

import dataclasses
import datetime
import io

from PIL import Image

from components.run_report.page import Report
from components.run_report.pictures import Answer, Gallery, Reconstruction
from components.run_report.results import ClassResult, RunResult
from modules.evaluation.reliability import ReliabilityBin
from modules.export.metadata import ModelDescription, ModelLineage

MODEL = ModelDescription(
    model_name="cifar10",
    class_names=("cat", "<dog>", "emu"),
    capped_classes=("<dog>",),
    caps={"cat": 500, "<dog>": 250, "emu": 500},
    image_size=32,
    mirror_at_serving=True,
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
        Answer(
            key='test:2" onload="alert(1)',
            image=png("blue"),
            label=0,
            predicted=1,
            probability=0.987,
        ),
    ),
)
REPORT = Report(
    result=RESULT,
    model=MODEL,
    kept={"cat": 500, "<dog>": 250, "emu": 480},
    gallery=GALLERY,
    min_accuracy=0.8,
    min_recall=0.6,
    configuration="preset cpu, classifier.epochs=12",
    made=datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
)


def report(**changes):
    """`REPORT`, its result changed."""
    result = dataclasses.replace(RESULT, **changes)
    return dataclasses.replace(REPORT, result=result)
