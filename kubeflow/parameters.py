"""What an operator may change of a compiled pipeline, run by run.

One table, `Parameters`. Each field with a rule is a parameter of the compiled
file, with what was compiled as its default: Kubeflow's UI shows it, `submit
--param` takes it, and every step that depends on it is told its value. To add
one, add a field; if `pipeline.run.Request` has a field of that name, it goes
there. Nothing slow is imported.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from components.image_example_gen import sample
from modules.common.errors import UserError
from pipeline.configs import TUNED, PresetName, Tuned
from pipeline.presets import PRESETS

SAMPLE = "sample"
"""The `data_uri` of the built-in sample, which the steps draw themselves."""

TYPES: Mapping[type, str] = {
    str: "STRING", int: "NUMBER_INTEGER", bool: "BOOLEAN",
}  # fmt: skip
"""What Kubeflow calls the types that a parameter can have."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """What there is to know of a parameter.

    Attributes:
      description: for the one who starts a run.
      expected: the values that are allowed, in words.
      allows: whether a value of the right type is.
    """

    description: str
    expected: str
    allows: Callable[[Any], bool]


def _parameter(
    description: str,
    *,
    expected: str,
    allows: Callable[[Any], bool],
    probes: tuple[Any, ...],
) -> dict[str, Any]:
    """A field's metadata; `probes` are other values, see `influence`."""
    rule = Rule(description=description, expected=expected, allows=allows)
    return {"rule": rule, "probes": probes}


def _is_path(value: str) -> bool:
    return value.startswith("/")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parameters:
    """What one run on Kubeflow does.

    Attributes:
      caps: class caps over the preset's; compiled, no parameter of a run.
    """

    data_uri: str = field(
        default=SAMPLE,
        metadata=_parameter(
            "Where the steps find the images.",
            expected=f"an absolute path in the steps, or {SAMPLE!r}",
            allows=lambda uri: uri == SAMPLE or _is_path(uri),
            probes=("/a",),
        ),
    )
    data_digest: str = field(
        default=sample.DIGEST,
        metadata=_parameter(
            "Of the images, as compile prints it. Empty: whatever images are "
            "there; a run must not use the cache then.",
            expected="the 64 hexadecimal digits of a digest, or nothing",
            allows=lambda digest: bool(re.fullmatch("([0-9a-f]{64})?", digest)),
            probes=("a" * 64,),
        ),
    )
    preset: PresetName = field(
        default="smoke",
        metadata=_parameter(
            "Sizes, schedules and gates.",
            expected=" or ".join(PRESETS),
            allows=lambda preset: preset in PRESETS,
            probes=("cpu", "gpu"),
        ),
    )
    seed: int = field(
        default=0,
        metadata=_parameter(
            "The one source of randomness.",
            expected="a whole number from 0 to 2147483647",
            allows=lambda seed: 0 <= seed < 2**31,
            probes=(1,),
        ),
    )
    tune: Tuned = field(
        default="none",
        metadata=_parameter(
            "Whose hyperparameters are searched for.",
            expected=" or ".join(TUNED),
            allows=lambda models: models in TUNED,
            probes=("both",),
        ),
    )
    push_destination: str = field(
        default="/mnt/serving",
        metadata=_parameter(
            "The directory on a volume that models are pushed under.",
            expected="an absolute path in the steps",
            allows=_is_path,
            probes=("/a",),
        ),
    )
    caps: Mapping[str, int] = field(
        default_factory=dict, metadata={"probes": ({"bird": 1},)}
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
PROBES: Mapping[str, tuple[Any, ...]] = {
    each.name: each.metadata["probes"] for each in _FIELDS
}


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
