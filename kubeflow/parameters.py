"""The parameters of a compiled pipeline that each run can override.

One table, `Parameters`. Each of its fields in `RULES` is a parameter of the
compiled file, with the compiled value as its default: Kubeflow's UI shows it,
`submit --param` sets it, and every step that depends on it receives its value.
To add one, add a field. Nothing slow is imported.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

from components.image_example_gen import sample
from modules.common import fields
from modules.common.errors import UserError
from pipeline import overrides
from pipeline.configs import SECTIONS, TunedModels
from pipeline.datasets.config import DatasetConfig
from pipeline.presets import CIFAR10, PRESETS, default_name
from pipeline.request import Choices, help_of

SAMPLE = "sample"
"""The `data_uri` of the built-in sample, which the steps draw themselves."""

DATASET = "dataset"
"""The name of the field that is the data set."""

TYPES: Mapping[type, str] = {
    str: "STRING", int: "NUMBER_INTEGER", bool: "BOOLEAN",
}  # fmt: skip
"""What Kubeflow calls the types that a parameter can have."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """Description and validation of a parameter.

    Attributes:
      description: for the one who starts a run.
      expected: the values that are allowed, in words.
      allows: whether a value of the right type is.
    """

    description: str
    expected: str
    allows: Callable[[Any], bool]


def _parameter(
    description: str, *, expected: str, allows: Callable[[Any], bool]
) -> dict[str, Any]:
    """A field's metadata."""
    rule = Rule(description=description, expected=expected, allows=allows)
    return {"rule": rule}


def _chosen(name: str, more: str = "") -> dict[str, Any]:
    """The metadata of a field of `Choices`, from what is said there."""
    kind = fields.kinds(Choices)[name]

    def allows(value: Any) -> bool:
        try:
            kind.convert(value)
        except ValueError:
            return False
        return True

    return _parameter(help_of(name) + more, expected=str(kind), allows=allows)


def _is_path(value: str) -> bool:
    return value.startswith("/")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parameters(Choices):
    """The parameters of one run on Kubeflow.

    The data set and the overrides are compiled, and no parameters of a run.
    They apply on top of whichever preset a run selects.
    """

    data_uri: str = field(
        default=SAMPLE,
        metadata=_parameter(
            "Where the steps find the images.",
            expected=f"an absolute path in the steps, or {SAMPLE!r}",
            allows=lambda uri: uri == SAMPLE or _is_path(uri),
        ),
    )
    data_digest: str = field(
        default=sample.DIGEST,
        metadata=_parameter(
            "Of the images, as compile prints it. Empty: whatever images are "
            "there; a run must not use the cache then.",
            expected="the 64 hexadecimal digits of a digest, or nothing",
            allows=lambda digest: bool(re.fullmatch("([0-9a-f]{64})?", digest)),
        ),
    )
    preset: str = field(
        default=default_name(sample=True),
        metadata=_parameter(
            f"{help_of('preset')} Values compiled with --set, --cap or a "
            "preset file override it.",
            expected=fields.any_of(PRESETS),
            allows=lambda preset: preset in PRESETS,
        ),
    )
    seed: int = field(default=0, metadata=_chosen("seed"))
    tune: TunedModels = field(default="none", metadata=_chosen("tune"))
    accept_data: bool = field(default=False, metadata=_chosen("accept_data"))
    push_destination: str = field(
        default="/mnt/serving",
        metadata=_parameter(
            "The directory on a volume to push models to.",
            expected="an absolute path in the steps",
            allows=_is_path,
        ),
    )


_FIELDS = dataclasses.fields(Parameters)
RULES: Mapping[str, Rule] = {
    each.name: each.metadata["rule"]
    for each in _FIELDS
    if "rule" in each.metadata
}
KINDS: Mapping[str, str] = {
    each.name: TYPES[type(each.default)]
    for each in _FIELDS
    if each.name in RULES
}
_OTHER = dataclasses.replace(
    CIFAR10,
    name="other",
    class_names=("lynx", *sorted(CIFAR10.class_names)),
    image_size=64,
    min_images=1,
    defaults={"sampling.default_cap": 9, "gates.max_accuracy_drop": 0.5},
)
PROBES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "dataset": ({"dataset": _OTHER},),
    "data_uri": ({"data_uri": "/a"},),
    "data_digest": ({"data_digest": "a" * 64},),
    "preset": tuple({"preset": name} for name in PRESETS),
    "seed": ({"seed": 1},),
    "tune": ({"tune": "both"},),
    "accept_data": ({"accept_data": True},),
    "push_destination": ({"push_destination": "/a"},),
    "autoencoder": ({"overrides": {"autoencoder.augment": True}},),
    "classifier": ({"overrides": {"classifier.depth": 9}},),
    "sampling": ({"overrides": {"sampling.default_cap": 1}},),
    "gates": (
        {"overrides": {"gates.min_recall": 1.0, "gates.min_psnr": 99.0}},
    ),
    "tune.search": ({"overrides": {"tune.search.trials": 1_000}},),
}
"""Other values of each field, and of each section of the overrides; see
`kubeflow.compiler.influence`."""


def part(parameters: Parameters, names: Iterable[str]) -> dict[str, Any]:
    """Some of the parameters, as arguments of `Parameters`.

    Args:
      parameters: of a run.
      names: of fields, and of sections of the overrides.
    """
    names = set(names)
    found = {
        name: getattr(parameters, name) for name in sorted(names - {*SECTIONS})
    }
    if DATASET in found:
        found[DATASET] = found[DATASET].to_dict()
    values = {
        path: value
        for path, value in sorted(parameters.overrides.items())
        if overrides.section_of(path) in names
    }
    return {**found, "overrides": values} if values else found


def of(values: Mapping[str, Any]) -> Parameters:
    """The parameters with the values of `part`, also from JSON."""
    stated = values.get(DATASET)
    found = DatasetConfig.from_dict(stated) if stated else CIFAR10
    return Parameters(**{**values, DATASET: found})


def declarations(parameters: Parameters) -> dict[str, dict[str, Any]]:
    """The `inputDefinitions` of a pipeline that was compiled for these."""
    return {
        name: {
            "parameterType": KINDS[name],
            "defaultValue": getattr(parameters, name),
            "isOptional": True,
            "description": f"{rule.description} Expects {rule.expected}.",
        }
        for name, rule in RULES.items()
    }


def check(values: Mapping[str, Any]) -> None:
    """Refuses values that no run can have.

    Args:
      values: by the name of a parameter, of the parameter's type.

    Raises:
      UserError: which parameter, and what it may be; or which is not known.
    """
    for name, value in values.items():
        if not (rule := RULES.get(name)):
            raise UserError(
                f"found the parameter {name}, expected one of "
                f"{', '.join(RULES)}; let the image have the code that "
                "compiled the file."
            )
        if not rule.allows(value):
            raise UserError(
                f"the parameter {name} is {value!r}, expected {rule.expected}; "
                "start the run with another value."
            )
