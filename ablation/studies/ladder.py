"""The study `ladder`: from the preset `cpu` of before to a better one.

Each step is the one before with one change, so that the table says what each
pays for its time: first the speed, at the same network and schedule; then a
network of twice the operations in about the same time; then regularisation and
a longer schedule, then deeper blocks, a fine-tuned node 2, and crops. Beside
the steps stands what else could be changed of them; the preset is
`crops-first`. The study chooses something, and therefore evaluates on the
holdout.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ablation.systems import WHITENING, WHITENING_SHARE, System
from modules.hparams import ClassifierParams

# In full what the steps change: the preset moves on, the study does not.
_TODAY = System(
    name="today",
    title="the preset of before",
    autoencoder=WHITENING,
    share=WHITENING_SHARE,  # Not used: it trains for its own epochs.
    classifier=ClassifierParams(
        widths=(64, 128, 128),
        epochs=24,
        activation="gelu",
        normalization="keras",
        precision="float32",
        muon_learning_rate=0.1,
        weight_decay=5e-4,
        label_smoothing=0.2,
        crop_padding=2,
        cutout=0,
        test_time_augmentation="flip",
    ),
)


def _step(before: System, name: str, title: str, **changes: Any) -> System:
    """`before` with one change, and compared with it."""
    assert before.classifier is not None
    return replace(
        before,
        name=name,
        title=title,
        classifier=replace(before.classifier, **changes),
        baseline=before.name,
    )


_BFLOAT16 = _step(
    _TODAY,
    "bfloat16",
    "+ convolutions in bfloat16",
    precision="bfloat16_convolutions",
)
_FUSED = _step(
    _BFLOAT16, "fused", "+ fused normalisation", normalization="fused"
)
_RELU = _step(_FUSED, "relu", "+ ReLU", activation="relu")
_WIDE = _step(
    _RELU,
    "wide",
    "+ widths 64, 256, 256, 16 epochs",
    widths=(64, 256, 256),
    epochs=16,  # At this width, about as long as 24 of the step before.
)
_CUTOUT = _step(_WIDE, "cutout", "+ cutout of 8 pixels", cutout=8)
_LONGER = _step(_CUTOUT, "longer", "+ 20 epochs", epochs=20)

_DEEPER = _step(
    _LONGER,
    "longer-deep",
    "longer + residual blocks of 3, widths 64, 192, 192",
    depth=3,
    widths=(64, 192, 192),
)
_DEEP = _step(_DEEPER, "deep", "+ 18 epochs", epochs=18)
_FINE_TUNED = _step(
    _DEEP, "deep-fine-tuned", "deep + node 2 fine-tuned", encoder="fine_tuned"
)
_FINE_TUNED_LONGER = _step(
    _FINE_TUNED,
    "fine-tuned-longer",
    "deep + node 2 fine-tuned + 22 epochs",
    epochs=22,
)

_CROPS = {"initial_crop": 24, "initial_share": 0.5}
_CROPS_FIRST = _step(
    _FINE_TUNED_LONGER,
    "crops-first",
    "fine-tuned-longer + half of it on crops, the preset `cpu`",
    **_CROPS,
)
_SHORTER_CROPS = _step(
    _CROPS_FIRST, "crops-shorter", "crops-first + 21 epochs", epochs=21
)
_CROPS_MIXED = _step(
    _SHORTER_CROPS,
    "crops-mixed",
    "crops-shorter + all of the head in bfloat16",
    precision="mixed_bfloat16",
)
_MOSTLY_CROPS = _step(
    _CROPS_FIRST,
    "mostly-crops",
    "crops-first + 21 epochs, three quarters of them on crops",
    epochs=21,
    initial_share=0.75,
)
# The same change where it can be measured on two cores: in ten minutes each.
_SHORT = _step(
    _FINE_TUNED, "short", "deep + node 2 fine-tuned, 6 epochs", epochs=6
)
_SHORT_CROPS = _step(
    _SHORT,
    "short-crops",
    "deep + node 2 fine-tuned, 8 epochs, half of them on crops",
    epochs=8,
    **_CROPS,
)

_LONGER_OTHERWISE: dict[str, tuple[str, dict[str, Any]]] = {
    "crops": ("crops of 4 pixels", {"crop_padding": 4}),
    "decay": ("twice the weight decay", {"weight_decay": 1e-3}),
    "gelu": ("GELU", {"activation": "gelu"}),
    "broad": ("widths 96, 256, 256", {"widths": (96, 256, 256)}),
}
_DEEP_OTHERWISE: dict[str, tuple[str, dict[str, Any]]] = {
    "epochs": ("22 epochs", {"epochs": 22}),
    "crops": ("crops of 4 pixels", {"crop_padding": 4}),
    "cutout": ("cutout of 12 pixels", {"cutout": 12}),
    "decay": ("twice the weight decay", {"weight_decay": 1e-3}),
    "smoothing": ("label smoothing 0.1", {"label_smoothing": 0.1}),
    "muon": ("half of Muon's rate", {"muon_learning_rate": 0.05}),
    "lookahead": ("lookahead", {"lookahead": True}),
    "final": ("a last rate of 0", {"final_learning_rate": 0.0}),
}

SYSTEMS = (
    *(_TODAY, _BFLOAT16, _FUSED, _RELU, _WIDE, _CUTOUT, _LONGER),
    *(_DEEPER, _DEEP, _FINE_TUNED, _FINE_TUNED_LONGER),
    *(_CROPS_FIRST, _SHORTER_CROPS, _CROPS_MIXED, _MOSTLY_CROPS),
    *(_SHORT, _SHORT_CROPS),
    *(
        _step(step, f"{step.name}-{name}", f"{step.name} + {title}", **to)
        for step, otherwise in (
            (_LONGER, _LONGER_OTHERWISE),
            (_DEEP, _DEEP_OTHERWISE),
        )
        for name, (title, to) in otherwise.items()
    ),
)
