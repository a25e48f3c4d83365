"""One system, trained and measured, by the Trainers' own `train`."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import statistics
import time
from typing import TYPE_CHECKING

import keras
import numpy as np

from ablation import budget as budgets
from ablation.budget import Budget, Plan
from ablation.store import Store, digest
from modules import flops
from modules.autoencoder import network as autoencoder_network
from modules.autoencoder import trainer as autoencoder_trainer
from modules.autoencoder.export import DECODER_FILE, ENCODER_FILE
from modules.classifier import cost, test_time
from modules.classifier import fitting as classifier_fitting
from modules.common.atomic import new_directory
from modules.evaluation import image_metrics
from modules.hparams import (
    AutoencoderParams,
    ClassifierParams,
    TestTimeAugmentation,
)

if TYPE_CHECKING:
    from ablation.data import Sample
    from ablation.systems import System

EVALUATION_BATCH = 1_000
_QUALITY_FILE = "quality.json"


@dataclasses.dataclass(frozen=True)
class Autoencoder:
    """A trained autoencoder and its measured quality.

    Attributes:
      encoder: pixels to node 2.
      decoder: node 2 to node 3.
      seconds: its training took.
      quality: mean PSNR, and SSIM with data ranges 1 and 2, on the evaluation
        split; None of one that was not trained.
    """

    encoder: keras.Model
    decoder: keras.Model
    seconds: float
    quality: tuple[float, float, float] | None

    @property
    def latent_size(self) -> int:
        """The number of values in node 2."""
        return math.prod(self.encoder.output_shape[1:])


@functools.cache  # The same for all seeds.
def costs(
    system: System, image_size: int, num_classes: int
) -> tuple[int, int | None]:
    """Operations per training image, of the autoencoder and the classifier."""
    model, _, _ = autoencoder_network.build_autoencoder(
        system.autoencoder, image_size
    )
    first, params = flops.count(model).training, system.classifier
    if params is None:
        return first, None
    second = cost.count(system.autoencoder, params, image_size, num_classes)
    return first, second.training


def plan(
    system: System,
    budget: Budget | None,
    *,
    images: int,
    labelled: int,
    image_size: int,
    num_classes: int,
) -> Plan:
    """The epochs of a system's trainings; see `budget.plan`."""
    first, second = costs(system, image_size, num_classes)
    params = system.classifier
    return budgets.plan(
        system,
        budget,
        autoencoder=budgets.epoch(images, system.autoencoder.batch_size, first),
        classifier=(
            budgets.epoch(labelled, params.batch_size, second)
            if params is not None and second is not None
            else None
        ),
    )


def autoencoder(
    params: AutoencoderParams,
    sample: Sample,
    evaluation: np.ndarray,
    *,
    seed: int,
    data_digest: str,
    store: Store,
) -> Autoencoder:
    """The trained autoencoder, from `store` if it is there from an earlier run.

    Args:
      params: of the autoencoder.
      sample: what it is trained on.
      evaluation: the images that it is measured on, uint8 [N, S, S, 3].
      seed: of its initial weights and batches.
      data_digest: of the images and the rule that samples them.
      store: where it is kept.
    """
    key = digest(params.to_dict(), seed, data_digest, keras.backend.backend())
    kept = store.autoencoder(key)
    if not kept.is_dir():
        start = time.perf_counter()
        encoder, decoder = autoencoder_trainer.train(
            sample.pixels, params, seed=seed, model_run_dir=None
        )
        seconds = time.perf_counter() - start
        found = quality(encoder, decoder, evaluation)
        with new_directory(kept) as staging:
            encoder.save(staging / ENCODER_FILE)
            decoder.save(staging / DECODER_FILE)
            text = json.dumps({"seconds": seconds, "quality": found})
            (staging / _QUALITY_FILE).write_text(text)
    measured = json.loads((kept / _QUALITY_FILE).read_text())
    return Autoencoder(
        keras.saving.load_model(kept / ENCODER_FILE),
        keras.saving.load_model(kept / DECODER_FILE),
        measured["seconds"],
        tuple(measured["quality"]),
    )


def untrained(system: System, image_size: int) -> Autoencoder:
    """Encoder and decoder as initialised, for systems without pre-training."""
    _, encoder, decoder = autoencoder_network.build_autoencoder(
        system.autoencoder, image_size
    )
    return Autoencoder(encoder, decoder, 0.0, None)


def classifier(
    params: ClassifierParams,
    halves: Autoencoder,
    sample: Sample,
    *,
    num_classes: int,
    seed: int,
) -> tuple[keras.Model, float]:
    """The trained classifier, and the seconds that it took."""
    start = time.perf_counter()
    model = classifier_fitting.train(
        sample.pixels,
        sample.labels,
        halves.encoder,
        params,
        num_classes=num_classes,
        seed=seed,
        model_run_dir=None,
        decoder=halves.decoder,
    )
    return model, time.perf_counter() - start


def recalls(
    model: keras.Model,
    evaluation: Sample,
    *,
    num_classes: int,
    augmentation: TestTimeAugmentation,
) -> tuple[float, list[float]]:
    """Accuracy and the recall of each class, predicted as it is served."""
    labels = evaluation.labels
    logits = test_time.average(
        lambda view: model.predict(
            view, batch_size=EVALUATION_BATCH, verbose=0
        ),
        evaluation.pixels,
        augmentation,
    )
    right = logits.argmax(axis=1) == labels
    by_class = [
        float(right[labels == label].mean()) for label in range(num_classes)
    ]
    return float(right.mean()), by_class


def by_views(
    model: keras.Model, evaluation: Sample, *, num_classes: int
) -> dict[str, float]:
    """The mean recall under every test-time augmentation, by its name."""
    found: dict[str, float] = {}
    for augmentation in test_time.VIEWS:
        _, by_class = recalls(
            model,
            evaluation,
            num_classes=num_classes,
            augmentation=augmentation,
        )
        found[augmentation] = statistics.fmean(by_class)
    return found


def quality(
    encoder: keras.Model, decoder: keras.Model, pixels: np.ndarray
) -> tuple[float, float, float]:
    """Of the reconstruction in 8 bits, as the pipeline's Evaluator does it."""
    model = autoencoder_network.joined(encoder, decoder)
    image = model.predict(pixels, batch_size=EVALUATION_BATCH, verbose=0)
    rounded = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    means = image_metrics.quality(pixels, rounded).mean(axis=0)
    return float(means[0]), float(means[1]), float(means[2])
