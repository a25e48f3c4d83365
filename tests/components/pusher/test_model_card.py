"""The model card: the schema's sections, from what the pipeline knows."""

import dataclasses

import numpy as np
import pytest

from components.pusher.model_card import card
from modules.evaluation import evaluations
from modules.evaluation.classification import score
from tests.support.components import inputs, made, tiny

DESCRIPTION = dataclasses.replace(
    made.MODEL,
    model_name="tiny",
    class_names=tiny.CLASS_NAMES,
    capped_classes=tiny.CAPPED,
    caps={"cat": 5_000, "dog": 2_500, "emu": 5_000, "fox": 2_500},
    temperature=0.55,
)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """The evaluations of two models, as the Evaluators write them."""
    root = tmp_path_factory.mktemp("evaluations")
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), 200)
    scores = score(rng.integers(0, 4, 200), probabilities)
    inputs.write_classifier_evaluation(root / "classifier", scores)
    inputs.write_autoencoder_evaluation(root / "autoencoder")
    return scores, *(
        evaluations.load(str(root / name), tiny.CLASS_NAMES)
        for name in ("classifier", "autoencoder")
    )


def test_the_card_has_the_schemas_sections_in_order(evaluated):
    text = card(DESCRIPTION, *evaluated[1:])
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert titles == [
        "# Model card: tiny",
        "## Model details",
        "## Model parameters",
        "## Quantitative analysis",
        "## Considerations",
    ]


def test_the_figures_are_those_of_the_evaluators(evaluated):
    scores, *evaluations_ = evaluated
    text = card(DESCRIPTION, *evaluations_)
    assert "On 200 test images" in text
    assert f"| accuracy | {scores.accuracy:.4f} |" in text
    assert "| PSNR of the reconstructions, dB | 30.00 |" in text
    for name, recall, precision in zip(
        tiny.CLASS_NAMES, scores.recall, scores.precision, strict=True
    ):
        assert f"| {name} | {recall:.3f} | {precision:.3f} |" in text
    worst = tiny.CLASS_NAMES[int(scores.recall.argmin())]
    assert f"lowest recall is that of {worst}" in text


def test_what_the_model_was_made_from_is_told(evaluated):
    text = card(DESCRIPTION, *evaluated[1:])
    for words in (
        "digest-of-the-model",
        "digest-of-the-data",
        "seed: 17",
        "| dog | 2,500 |",
        "test-time augmentation: horizontal flip",
        "temperature: 0.55",
    ):
        assert words in text
    assert "Sample data" not in text


@pytest.mark.parametrize(
    ("encoder", "told"),
    [
        ("", "not known"),
        ("frozen", "the autoencoder's"),
        ("fine_tuned", "a copy of the autoencoder's, trained further"),
        ("joint", "PSNR and SSIM are from before"),
        ("random", "one of its own"),
    ],
)
def test_the_hidden_layer_that_it_reads_is_told(evaluated, encoder, told):
    description = dataclasses.replace(DESCRIPTION, encoder=encoder)
    text = card(description, *evaluated[1:])
    (line,) = [x for x in text.splitlines() if x.startswith("- hidden layer:")]
    assert told in line


def test_the_data_is_described_and_compared(evaluated):
    data = made.DATA
    text = card(DESCRIPTION, *evaluated[1:], data.splits, data.verdict)
    for words in (
        "| statistic | what | train (1,250 images) | test (600 images) |",
        "| contrast | standard deviation of the luma | 0.300 ± 0.100 |",
        "- drift from the data of version 1700000000: at most 0.0123 of 0.0321",
        "- skew between the splits: at most 0.0045 of 0.0213 allowed (blue)",
        "- warning: 3 of 600 test images are in train too",
    ):
        assert words in text


def test_a_model_of_the_sample_says_so(evaluated):
    lineage = dataclasses.replace(DESCRIPTION.lineage, sample=True)
    of_sample = dataclasses.replace(DESCRIPTION, lineage=lineage)
    text = card(of_sample, *evaluated[1:])
    assert "**Sample data, drawn by code" in text


def test_without_caps_nothing_is_said_of_them(evaluated):
    uncapped = dataclasses.replace(DESCRIPTION, capped_classes=())
    text = card(uncapped, *evaluated[1:])
    assert "fewer images" not in text
