"""`cifar10 describe`: the size and the cost of each preset's models.

The networks are built, but not trained, and their parameters and operations are
counted.
"""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from pipeline.configs import RunConfig
from pipeline.presets import PRESETS


def run(console: Console) -> None:
    """Prints one line per preset."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, justify in (
        ("preset", "left"),
        ("parameters of both models", "right"),
        ("MFLOPs per prediction", "right"),
        ("MFLOPs per training image", "right"),
        ("PFLOPs in total", "right"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for name, preset in PRESETS.items():
        table.add_row(name, *_cells(preset()))
    console.print(table)
    console.print(
        "Per prediction and per training image: the classifier, on one view "
        "of the image; test-time augmentation takes two (flip) or six "
        "(flip_translate). In total: training both models, on the images "
        "that the class caps keep."
    )


def _cells(config: RunConfig) -> list[str]:
    from modules import flops
    from modules.autoencoder import network as autoencoder_network
    from modules.classifier import cost
    from modules.classifier import network as classifier_network

    size, names = config.dataset.image_size, config.dataset.class_names
    model, encoder, _ = autoencoder_network.build_autoencoder(
        config.autoencoder, size
    )
    first, parameters = flops.count(model), model.count_params()
    classifier = classifier_network.build_classifier(
        classifier_network.prepare_encoder(encoder, config.classifier),
        config.classifier,
        len(names),
        seed=0,
    )
    second = cost.count(config.autoencoder, config.classifier, size, len(names))
    images = sum(n for n in config.sampling.limits(names) if n is not None)
    total = images * (
        config.autoencoder.epochs * first.training
        + config.classifier.epochs * second.training
    )
    return [
        f"{parameters:,} + {classifier.count_params():,}",
        f"{second.forward / 1e6:,.1f}",
        f"{second.training / 1e6:,.1f}",
        f"{total / 1e15:,.3f}",
    ]
