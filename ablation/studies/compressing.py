"""The study `compressing`: autoencoders with a quarter of the image's values.

A bottleneck on the whitening layer, 8x8 positions of 12 channels, that restores
clean or corrupted images; each is compared with the same network without what
it has learned. `--pretraining` gives the autoencoders a budget of their own.
"""

from __future__ import annotations

from dataclasses import replace

from ablation.systems import BOTTLENECK_SHARE, SMALL_CNN, System
from modules.hparams import AutoencoderParams

STACKED = AutoencoderParams(
    architecture="stacked",
    widths=(48, 96),
    hidden_channels=12,
    learning_rate=5e-3,
)
_CORRUPTIONS = {
    "clean": ("", STACKED),
    "noise": (
        ", noise",
        replace(STACKED, corruption="noise", corruption_strength=0.1),
    ),
    "masking": (
        ", masking",
        replace(STACKED, corruption="masking", corruption_strength=0.5),
    ),
}
_MODES = {
    "frozen": ("frozen", {"encoder": "frozen"}),
    "blocks-frozen": (
        "first block frozen",
        {"encoder": "fine_tuned", "frozen_blocks": 1},
    ),
    "fine-tuned": ("fine-tuned", {"encoder": "fine_tuned"}),
}

SYSTEMS = (
    System(
        name="stacked-random",
        title="stacked, random start",
        autoencoder=STACKED,
        share=BOTTLENECK_SHARE,
        classifier=replace(SMALL_CNN, encoder="random"),
        few_labels=True,
    ),
    *(
        System(
            name=f"stacked-{corruption}-{mode}",
            title=f"stacked{words}, {title}",
            autoencoder=autoencoder,
            share=BOTTLENECK_SHARE,
            classifier=replace(SMALL_CNN, **changes),  # type: ignore[arg-type]
            baseline="stacked-random",
            few_labels=True,
        )
        for corruption, (words, autoencoder) in _CORRUPTIONS.items()
        for mode, (title, changes) in _MODES.items()
    ),
)
