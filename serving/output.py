"""How predictions are printed: a table for people, JSON lines for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from components.image_example_gen.image_file import printable
from serving.predictions import BadImage, Prediction, Predictor


@dataclasses.dataclass(frozen=True)
class Answer:
    """The prediction for one image, or why there is none.

    Attributes:
      name: the file's name.
      prediction: None if the image was refused.
      error: why it was refused.
    """

    name: str
    prediction: Prediction | None
    error: str = ""


def answers(
    predictor: Predictor,
    images: Iterable[tuple[str, bytes]],
    batch_size: int,
) -> Iterator[Answer]:
    """An answer for each image, requested in batches.

    A batch with an image that the model refuses is sent again without it, so
    that the others still get their predictions.

    Raises:
      PredictionFailed: if it fails for another reason.
    """
    batch: list[tuple[str, bytes]] = []
    for image in images:
        batch.append(image)
        if len(batch) == batch_size:
            yield from _answer(predictor, batch)
            batch = []
    yield from _answer(predictor, batch)


def _answer(
    predictor: Predictor, batch: list[tuple[str, bytes]]
) -> list[Answer]:
    found: dict[int, Answer] = {}
    while True:
        left = [i for i in range(len(batch)) if i not in found]
        if not left:
            break
        try:
            predictions = predictor.predict([batch[i][1] for i in left])
        except BadImage as error:
            bad = left[error.index]
            found[bad] = Answer(batch[bad][0], None, error.reason)
            continue
        for i, prediction in zip(left, predictions, strict=True):
            found[i] = Answer(batch[i][0], prediction)
    return [found[i] for i in range(len(batch))]


def most_probable(
    prediction: Prediction, count: int, names: Sequence[str] = ()
) -> list[tuple[str, float]]:
    """The most probable classes with their probabilities, best first.

    Args:
      prediction: of one image.
      count: how many classes at most.
      names: the classes in label order; without them, all but the first are
        named by their label.
    """
    ranked = sorted(
        enumerate(prediction.probabilities), key=lambda pair: -pair[1]
    )
    known = dict(enumerate(names)) | {
        prediction.class_id: prediction.class_name
    }
    return [
        (known.get(label, f"class {label}"), probability)
        for label, probability in ranked[:count]
    ]


def json_line(answer: Answer) -> str:
    """The answer as one line of JSON."""
    what: dict[str, object] = {"image": answer.name}
    if answer.prediction is None:
        what["error"] = answer.error
    else:
        what |= dataclasses.asdict(answer.prediction)
    return json.dumps(what)


def table(
    found: Iterable[Answer], top: int = 1, names: Sequence[str] = ()
) -> Table:
    """The answers as a table that fits 80 columns.

    Args:
      found: the answers.
      top: how many classes are shown of each image.
      names: the classes in label order, where they are known.
    """
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    made.add_column("image", overflow="fold")
    made.add_column("class")
    made.add_column("probability", justify="right")
    for answer in found:
        name = printable(answer.name)
        if answer.prediction is None:
            made.add_row(name, Text(answer.error, "red"), "")
            continue
        for of_class, p in most_probable(answer.prediction, top, names):
            made.add_row(name, of_class, f"{p:.3f}")
            name = ""
    return made
