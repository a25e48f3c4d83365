"""The check itself: the requests, and how responses are judged.

It has three stages; a failed stage ends the check:

1. contract: the signatures' names, inputs and outputs;
2. agreement: all signatures with the trained Keras model, on real images, in
   batches and alone; and the warm-up requests;
3. robustness: bad input is refused naming the item, other formats are
   converted, and the request after each is answered as before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.serving_check import images, judges, reference, warm_up
from components.serving_check import predict_requests as make
from components.serving_check.judges import Judge
from components.serving_check.process import ProbeFailed, Response, ask
from components.serving_check.reference import Reference
from components.serving_check.report import CheckReport

BATCH = 32
SINGLE_REPEATS = 40
BATCH_REPEATS = 6
TOO_MANY = 10_000
"""Images in the request that is too large."""


@dataclasses.dataclass(frozen=True)
class _Item:
    """One request, what it is about, and who judges the answer."""

    title: str
    request: Any
    judge: Judge


def check(
    saved_model: str,
    examples: Sequence[bytes] | None = None,
    scratch: str | None = None,
) -> CheckReport:
    """Checks an exported classifier.

    Args:
      saved_model: its directory, with warm-up requests in it.
      examples: serialized tf.Examples to send; without them, those of the
        warm-up requests.
      scratch: the directory for the files in between; without one, the
        system's.

    Raises:
      UserError: if it is no directory of a classifier with warm-up requests.
    """
    warm_ups = warm_up.read(saved_model)
    examples = examples or warm_up.read_examples(saved_model)
    pixels = make.pixels(make.image_bytes(examples))
    trained = reference.answer(saved_model, pixels)
    speed = list(_speed(examples))
    stages = [
        list(_agreement(examples, pixels, trained, warm_ups)),
        list(_robustness(examples, pixels, trained)),
    ]
    items = [item for stage in (speed, *stages) for item in stage]
    try:
        requests = [item.request for item in items]
        signatures, answers = ask(saved_model, requests, scratch)
    except ProbeFailed as error:
        return _report(
            [], [f"the exported model cannot be loaded and asked: {error}"]
        )
    if wrong := judges.contract_problems(signatures, pixels.shape[1]):
        return _report([], wrong)
    figures = _figures(answers[: len(speed)])
    passed = ["the signatures are those of the contract"]
    remaining = iter(answers[len(speed) :])
    for stage in stages:
        good, wrong = _judge(stage, remaining)
        passed += good
        if wrong:
            return _report(passed, wrong, figures)
    return _report(passed, [], figures)


def _report(
    passed: Sequence[str],
    problems: Sequence[str],
    figures: dict[str, float] | None = None,
) -> CheckReport:
    return CheckReport(
        passed=tuple(passed), problems=tuple(problems), figures=figures or {}
    )


def _judge(
    items: Sequence[_Item], answers: Iterator[Response]
) -> tuple[list[str], list[str]]:
    """The titles of the good items, and a sentence for each of the others."""
    passed, problems = [], []
    for item, answer in zip(items, answers, strict=False):
        if wrong := item.judge(answer):
            problems.append(f"{item.title}: {wrong}")
        else:
            passed.append(item.title)
    return passed, problems


def _speed(examples: Sequence[bytes]) -> Iterator[_Item]:
    for size, repeats in ((1, SINGLE_REPEATS), (BATCH, BATCH_REPEATS)):
        batch = (list(examples) * BATCH)[:size]
        request = make.of_examples("serving_bytes", batch)
        yield from [_Item("speed", request, judges.answered)] * repeats


def _figures(answers: Sequence[Response]) -> dict[str, float]:
    """Without the first of each size, which the graph is specialised on."""
    single = [a.seconds for a in answers[1:SINGLE_REPEATS]]
    batch = [a.seconds for a in answers[SINGLE_REPEATS + 1 :]]
    return {
        "single_image_p50_ms": float(np.percentile(single, 50)) * 1e3,
        "single_image_p99_ms": float(np.percentile(single, 99)) * 1e3,
        f"batch_{BATCH}_images_per_second": BATCH / float(np.median(batch)),
    }


def _agreement(
    examples: Sequence[bytes],
    pixels: NDArray[np.uint8],
    trained: Reference,
    warm_ups: Sequence[Any],
) -> Iterator[_Item]:
    for count in (len(examples), 1):
        answer = Reference(
            trained.class_names,
            trained.probabilities[:count],
            trained.embedding[:count],
        )
        for signature in make.INPUTS:
            judge = {
                "embed": judges.embedding(answer),
                "reconstruct": judges.reconstruction(
                    (count, *pixels.shape[1:])
                ),
            }.get(signature, judges.classes(answer))
            yield _Item(
                f"{signature} on {count} test image{'s'[: count - 1]}",
                make.of_examples(signature, examples[:count]),
                judge,
            )
    for number, request in enumerate(warm_ups):
        yield _Item(f"warm-up request {number}", request, judges.answered)


def _robustness(
    examples: Sequence[bytes], pixels: NDArray[np.uint8], trained: Reference
) -> Iterator[_Item]:
    """Each item of `_unusual`, and after each a normal request."""
    normal = make.of_examples("serving_bytes", examples[:1])
    as_before = judges.classes(
        Reference(
            trained.class_names,
            trained.probabilities[:1],
            trained.embedding[:1],
        )
    )
    for item in _unusual(examples[0], pixels):
        yield item
        yield _Item(f"the request after {item.title}", normal, as_before)


def _unusual(example: bytes, pixels: NDArray[np.uint8]) -> Iterator[_Item]:
    """What is to be refused, and what is to be converted."""
    (good,) = make.image_bytes([example])
    for name, image in images.converted(good).items():
        yield _Item(
            f"{name} in a batch",
            make.request("serving_bytes", [good, image]),
            judges.answered,
        )
    second = judges.refused("image 1 of the request")
    for name, image in images.refused(good).items():
        yield _Item(
            f"{name} in a batch",
            make.request("serving_bytes", [good, image, good]),
            second,
        )
    unparsable = [example, b"This is no tf.Example.", example]
    for name, signature, values, judge in (
        ("no tf.Example", "serving_default", unparsable, second),
        ("float pixels", "serving_pixels", pixels / 255, judges.refused("")),
        ("one image as a batch", "serving_pixels", pixels[0], _shape(pixels)),
        ("larger pixels", "embed", pixels[:1].repeat(2, 1), _shape(pixels)),
        ("no batch", "serving_bytes", good, judges.refused("expected [N]")),
        ("no images", "serving_pixels", pixels[:0], _count(0)),
        (
            f"{TOO_MANY:,} images",
            "serving_bytes",
            [b""] * TOO_MANY,
            _count(TOO_MANY),
        ),
    ):
        yield _Item(name, make.request(signature, values), judge)


def _shape(pixels: NDArray[np.uint8]) -> Judge:
    size = ", ".join(map(str, pixels.shape[1:]))
    return judges.refused(f"expected [N, {size}]")


def _count(images_in_request: int) -> Judge:
    return judges.refused(f"holds {images_in_request} images")
