"""`assets.extra/model.json`: the metadata of an exported model.

The Trainers write the file beside each SavedModel; all code that loads,
compares, pushes or serves the model reads it. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from modules.common import atomic
from modules.common.errors import UserError
from modules.common.resizing import Resize
from modules.hparams import TestTimeAugmentation

EXTRA_ASSETS = "assets.extra"
MODEL_JSON = pathlib.Path(EXTRA_ASSETS) / "model.json"

SavedModel = str | os.PathLike[str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelLineage:
    """The lineage of a model.

    Attributes:
      model_digest: of all that determines the model.
      data_digest: of the image files.
      seed: of the run.
      sample: whether the data is the built-in sample.
    """

    model_digest: str
    data_digest: str = ""
    seed: int = 0
    sample: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelDescription:
    """The description of a model, besides its weights.

    Only fields that decisions depend on are required, so that models exported
    before a field existed can still be read.

    Attributes:
      class_names: the classes in label order.
      capped_classes: those of them from whose training images the cap left
        some out.
      lineage: what the model was made from.
      model_name: the name the model is served under.
      image_size: height and width of its input, pixels.
      resize: what becomes of images of another size; see
        `modules.common.resizing`.
      caps: the most training images of a class, by name; a class that is not
        in it has no cap.
      temperature: what a classifier's logits are divided by.
      test_time_augmentation: the views that a classifier's served logits are
        averaged over; see `modules.classifier.test_time`.
      training_precision: what a classifier's head was trained in; "" where
        that is not known. It is served in float32 in any case.
      encoder: what a classifier's training did with the autoencoder's encoder,
        an `EncoderMode`; "" where that is not known.
    """

    class_names: tuple[str, ...]
    lineage: ModelLineage
    capped_classes: tuple[str, ...] = ()
    model_name: str = ""
    image_size: int = 0
    resize: Resize = "squash"
    caps: Mapping[str, int] = dataclasses.field(default_factory=dict)
    temperature: float = 1.0
    test_time_augmentation: TestTimeAugmentation = "none"
    training_precision: str = ""
    encoder: str = ""

    def __post_init__(self) -> None:
        if unknown := {*self.capped_classes} - {*self.class_names}:
            raise ValueError(f"no class {', '.join(sorted(unknown))}")

    def with_capped(self, left_out: Iterable[int]) -> ModelDescription:
        """A copy that knows which classes the caps have cut.

        Args:
          left_out: the training images of each label that they left out; of
            the last labels it may be missing, which is none.
        """
        pairs = zip(self.class_names, left_out, strict=False)
        capped = tuple(name for name, count in pairs if count > 0)
        return dataclasses.replace(self, capped_classes=capped)

    @property
    def capped_ids(self) -> tuple[int, ...]:
        """The labels of `capped_classes`."""
        return tuple(map(self.class_names.index, self.capped_classes))

    @property
    def hidden_layer(self) -> str:
        """Which hidden layer the classifier reads, in words."""
        return {
            "frozen": "the autoencoder's",
            "fine_tuned": "a copy of the autoencoder's, trained further",
            "joint": "trained further; PSNR and SSIM are from before",
            "random": "one of its own, from a random start",
        }.get(str(self.encoder), "not known")

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the file."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelDescription:
        """The inverse of `to_dict`; what is not known is passed over.

        Raises:
          KeyError: if a value is missing that must be there.
          TypeError: if a value has another type.
          ValueError: if a capped class is no class, or the test-time
            augmentation none that is known.
        """
        return cls(
            **_known(cls, values)
            | {
                "class_names": _strings(values["class_names"]),
                "capped_classes": _strings(values["capped_classes"]),
                "lineage": _lineage(values["lineage"]),
                "caps": dict(values.get("caps", {})),
                "temperature": float(values.get("temperature", 1.0)),
                "test_time_augmentation": _augmentation(values),
            }
        )

    def write(self, saved_model: SavedModel) -> None:
        """Writes the file into a SavedModel directory."""
        path = pathlib.Path(saved_model, MODEL_JSON)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=2, sort_keys=True)
        atomic.write_text(path, text + "\n")


def extra_assets(saved_model: SavedModel) -> pathlib.Path:
    """The folder of a SavedModel that TF Serving leaves alone."""
    return pathlib.Path(saved_model, EXTRA_ASSETS)


def read(saved_model: SavedModel) -> ModelDescription:
    """What the SavedModel in the directory `saved_model` says about itself.

    Raises:
      UserError: if the directory holds no model that this project exported.
    """
    path = pathlib.Path(saved_model)
    if not (path / "saved_model.pb").is_file():
        raise UserError(
            f"{path} contains no saved_model.pb; expected a model that this "
            "pipeline exported. Delete the directory, or move it away."
        )
    return read_description(path)


def read_description(saved_model: SavedModel) -> ModelDescription:
    """As `read`, whether or not there is a SavedModel beside the file.

    Raises:
      UserError: if the file cannot be read.
    """
    path = pathlib.Path(saved_model, MODEL_JSON)
    try:
        values = json.loads(path.read_text("utf-8"))
        return ModelDescription.from_dict(values)
    except (
        *(OSError, ValueError, KeyError, TypeError, RecursionError),
    ) as error:
        raise UserError(
            f"{path} is not readable ({error!r}); expected a model that this "
            "pipeline exported. Delete the model's directory, or move it away."
        ) from error


def _augmentation(values: Mapping[str, Any]) -> TestTimeAugmentation:
    """The test-time augmentation; once it was a boolean, `mirror_at_serving`.

    An unknown one is refused: without it, the probabilities are others.
    """
    before = "flip" if values.get("mirror_at_serving") else "none"
    found = values.get("test_time_augmentation", before)
    choices: tuple[TestTimeAugmentation, ...] = typing.get_args(
        TestTimeAugmentation
    )
    return choices[choices.index(found)]


def _lineage(values: Any) -> ModelLineage:
    known = _known(ModelLineage, values)
    types = typing.get_type_hints(ModelLineage)
    for name, value in known.items():
        if type(value) is not types[name]:
            raise TypeError(
                f"expected {name} to be {types[name].__name__}, found {value!r}"
            )
    return ModelLineage(**known)


def _known(kind: type, values: Any) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise TypeError(f"expected values by name, found {values!r}")
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: values[name] for name in names & values.keys()}


def _strings(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"expected a list of names, found {values!r}")
    return tuple(map(str, values))
