"""The studies `node-2` and `node-2-cpu`: what the autoencoder is worth.

Around each kind of node 2 stand the ways to use it that were proposed, and the
same network without what the autoencoder learned, which is what the hypothesis
is measured against. The first study uses a small network, the second that of
the preset `cpu`.
"""

from __future__ import annotations

from dataclasses import replace

from ablation.systems import (
    AUGMENTED,
    BOTTLENECK,
    BOTTLENECK_SHARE,
    CNN,
    DENSE,
    JOINT_WEIGHT,
    SMALL_CNN,
    WHITENING,
    WHITENING_SHARE,
    System,
)
from modules.hparams import AutoencoderParams, ClassifierParams, EncoderMode


def _whitening(mode: str, title: str, **changes: object) -> System:
    return System(
        name=mode.replace("_", "-"),
        title=f"whitening node 2, {title}",
        autoencoder=WHITENING,
        share=WHITENING_SHARE,
        classifier=replace(CNN, encoder=mode, **changes),  # type: ignore[arg-type]
        baseline=None if mode == "random" else "random",
        few_labels=mode != "joint",  # Few images to reconstruct, too.
    )


def _bottleneck(
    name: str,
    title: str,
    classifier: ClassifierParams | None,
    *,
    baseline: str | None = "bottleneck-random",
    autoencoder: AutoencoderParams = BOTTLENECK,
) -> System:
    return System(
        name=name,
        title=title,
        autoencoder=autoencoder,
        share=BOTTLENECK_SHARE,
        classifier=classifier,
        baseline=baseline,
    )


_FIRST_FROZEN = replace(SMALL_CNN, encoder="fine_tuned", frozen_blocks=2)

SMALL = (
    System(
        name="image",
        title="CNN on the image",
        autoencoder=WHITENING,
        share=0.0,
        classifier=replace(CNN, encoder="image"),
    ),
    _bottleneck("autoencoder", "autoencoder", None, baseline=None),
    _bottleneck(
        "autoencoder-augmented",
        "autoencoder, with augmentation",
        None,
        baseline=None,
        autoencoder=AUGMENTED,
    ),
    _bottleneck(
        "bottleneck-random",
        "bottleneck, random start",
        replace(SMALL_CNN, encoder="random"),
        baseline=None,
    ),
    _bottleneck(
        "bottleneck-blocks-frozen",
        "bottleneck, first two blocks frozen",
        _FIRST_FROZEN,
    ),
    _bottleneck(
        "bottleneck-blocks-frozen-augmented",
        "bottleneck (augmented), first two blocks frozen",
        _FIRST_FROZEN,
        autoencoder=AUGMENTED,
    ),
    _bottleneck("bottleneck-frozen", "bottleneck, frozen", SMALL_CNN),
    _bottleneck(
        "bottleneck-dense",
        "bottleneck, frozen, dense head",
        DENSE,
        baseline=None,
    ),
    _bottleneck(
        "bottleneck-fine-tuned",
        "bottleneck, fine-tuned",
        replace(SMALL_CNN, encoder="fine_tuned"),
    ),
    _bottleneck(
        "bottleneck-joint",
        "bottleneck, joint with reconstruction",
        replace(
            SMALL_CNN,
            encoder="joint",
            encoder_rate=0.1,  # At the head's it diverges.
            reconstruction_weight=JOINT_WEIGHT,
        ),
    ),
    _whitening("random", "random start"),
    _whitening("frozen", "frozen"),
    _whitening("fine_tuned", "fine-tuned"),
    _whitening(
        "joint",
        "joint with reconstruction",
        reconstruction_weight=JOINT_WEIGHT,
    ),
)

# In full what the preset states: it may move on, the study does not.
_PRESET_S = ClassifierParams(
    widths=(64, 192, 192),
    depth=3,
    activation="relu",
    normalization="fused",
    precision="bfloat16_convolutions",
    cutout=8,
    test_time_augmentation="flip_translate",
)


def _in_cpu_preset(mode: EncoderMode, title: str) -> System:
    """A way to use node 2 with the preset's network, for its whole schedule.

    A budget of 480 TFLOP pays for 18 epochs, and 0.0005 of it for two of the
    autoencoder.
    """
    return System(
        name=f"cpu-{mode}".replace("_", "-"),
        title=f"cpu preset, {title}",
        autoencoder=WHITENING,
        share=0.0 if mode == "image" else 5e-4,
        classifier=replace(_PRESET_S, encoder=mode),
        baseline=None if mode in ("image", "random") else "cpu-random",
    )


CPU = (
    _in_cpu_preset("image", "CNN on the image"),
    _in_cpu_preset("random", "whitening node 2, random start"),
    _in_cpu_preset("frozen", "whitening node 2, frozen"),
    _in_cpu_preset("fine_tuned", "whitening node 2, fine-tuned"),
)
