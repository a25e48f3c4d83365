"""A small classifier, exported as the Trainer does it."""

import io

import numpy as np
from PIL import Image

from modules.autoencoder.network import build_autoencoder
from modules.classifier import export
from modules.classifier.network import build_classifier
from modules.export.metadata import ModelDescription, ModelLineage
from modules.hparams import AutoencoderParams, ClassifierParams

NAMES = [f"class {i}" for i in range(10)]
SIZE = 32


def classifier(directory):
    """Writes an untrained classifier that is sure of itself."""
    _, encoder, decoder = build_autoencoder(AutoencoderParams(), SIZE)
    model = build_classifier(
        encoder, ClassifierParams(widths=(8, 16)), len(NAMES), seed=0
    )
    # Other pixels would hardly change the answer with the initial weights.
    *_, logits = model.trainable_weights
    logits.assign(logits * 100)
    export.export_classifier(
        model,
        encoder,
        decoder,
        str(directory),
        description_of(NAMES, test_time_augmentation="flip", temperature=1.5),
    )


def description_of(names, **values):
    """What a model of these classes says about itself."""
    return ModelDescription(
        class_names=tuple(names),
        capped_classes=(),
        image_size=SIZE,
        lineage=ModelLineage(model_digest="digest"),
        **values,
    )


def noise(count, seed=0):
    """Images of random pixels: uint8 [count, SIZE, SIZE, 3]."""
    shape = (count, SIZE, SIZE, 3)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def encoded(pixels, file_format="PNG", **options):
    """The bytes of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()
