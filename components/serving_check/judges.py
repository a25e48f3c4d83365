"""Judges of responses: is the response correct, and if not, why?

A judge takes an `Response` and returns what is wrong with it, "" if nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from components.serving_check.predict_requests import CLASSIFYING, INPUTS
from components.serving_check.process import Response, Signatures
from components.serving_check.reference import Reference

Judge = Callable[[Response], str]

TOLERANCE = 1e-3
"""How far a probability may be from the trained model's, and node 2, as a
share of its largest value: float32 in another order of summation."""

_CLASSES = {
    "probabilities": "float32",
    "class_id": "int64",
    "class_name": "string",
}
_OUTPUTS = dict.fromkeys(CLASSIFYING, _CLASSES) | {
    "embed": {"embedding": "float32"},
    "reconstruct": {"reconstruction": "float32"},
}


def contract_problems(signatures: Signatures, image_size: int) -> list[str]:
    """Where the signatures differ from those that clients rely on."""
    found, expected = ", ".join(sorted(signatures)), ", ".join(sorted(INPUTS))
    if found != expected:
        return [f"the signatures are {found or 'none'}; expected {expected}"]
    pixels = ["uint8", [-1, image_size, image_size, 3]]
    problems = []
    for name, tensor in INPUTS.items():
        inputs = {tensor: pixels if tensor == "pixels" else ["string", [-1]]}
        outputs = {n: d for n, (d, _) in signatures[name]["outputs"].items()}
        for what, is_, should in (
            ("takes", signatures[name]["inputs"], inputs),
            ("gives", outputs, _OUTPUTS[name]),
        ):
            if is_ != should:
                problems.append(f"{name} {what} {is_}; expected {should}")
    return problems


def classes(reference: Reference) -> Judge:
    """The class outputs are those of the trained model."""

    def judge(answer: Response) -> str:
        if answer.error:
            return _refusal(answer)
        ours, theirs = answer.outputs["probabilities"], reference.probabilities
        if ours.shape != theirs.shape:
            return f"probabilities are {ours.shape}; expected {theirs.shape}"
        if not (far := np.abs(ours - theirs).max()) <= TOLERANCE:
            return (
                f"a probability is {far:.2g} from the trained model's; at "
                f"most {TOLERANCE:g} is rounding"
            )
        return _labels_problem(answer.outputs, reference.class_names)

    return judge


def _labels_problem(
    outputs: Mapping[str, Any], class_names: tuple[str, ...]
) -> str:
    best = outputs["probabilities"].argmax(axis=1)
    if not np.array_equal(outputs["class_id"], best):
        return "class_id is not the most probable class"
    names = np.array([class_names[label].encode() for label in best])
    if not np.array_equal(outputs["class_name"], names):
        return "class_name is not the name of class_id"
    return ""


def embedding(reference: Reference) -> Judge:
    """Node 2 is that of the trained model."""

    def judge(answer: Response) -> str:
        if answer.error:
            return _refusal(answer)
        ours, theirs = answer.outputs["embedding"], reference.embedding
        if ours.shape != theirs.shape:
            return f"embedding is {ours.shape}; expected {theirs.shape}"
        far = np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-9)
        if not far <= TOLERANCE:
            return f"node 2 is {far:.2g} from the trained model's"
        return ""

    return judge


def reconstruction(shape: tuple[int, ...]) -> Judge:
    """Node 3 is an image: `shape`, between 0 and 1."""

    def judge(answer: Response) -> str:
        if answer.error:
            return _refusal(answer)
        image = answer.outputs["reconstruction"]
        if image.shape != shape:
            return f"reconstruction is {image.shape}; expected {shape}"
        if not (image.min() >= 0 and image.max() <= 1):
            return "reconstruction is not between 0 and 1"
        return ""

    return judge


def answered(answer: Response) -> str:
    """There is an answer, without NaN."""
    if answer.error:
        return _refusal(answer)
    for name, array in answer.outputs.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return f"{name} is not finite"
    return ""


def refused(words: str) -> Judge:
    """There is an INVALID_ARGUMENT that says `words`."""

    def judge(answer: Response) -> str:
        if not answer.error:
            return "it was answered; expected INVALID_ARGUMENT"
        if answer.error != "InvalidArgumentError":
            return f"{_refusal(answer)}; expected INVALID_ARGUMENT"
        if words not in answer.message:
            return f"the error does not say {words!r}: {_line(answer.message)}"
        return ""

    return judge


def _refusal(answer: Response) -> str:
    return f"{answer.error}: {_line(answer.message)}"


def _line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 200 else line[:199] + "…"
