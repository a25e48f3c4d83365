"""A compiled file, read back and checked before it goes to a cluster."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec

from kubeflow import parameters as table
from kubeflow.image.name import has_tag
from kubeflow.yaml_file import SUFFIXES
from modules.common.errors import UserError

_COMMIT = re.compile(r"\bcommit ([0-9a-f]{40}\+?)")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Package:
    """A compiled pipeline.

    Attributes:
      file: that holds it.
      name: of the pipeline.
      description: of the pipeline; "" if it has none.
      tasks: the names of its steps.
      kinds: the types of its parameters, as Kubeflow calls them.
      defaults: what its parameters are unless a run says otherwise.
    """

    file: Path
    name: str
    description: str
    tasks: tuple[str, ...]
    kinds: Mapping[str, str]
    defaults: Mapping[str, Any]

    @property
    def commit(self) -> str:
        """What it was compiled from, as `describe` says it; "" if unknown."""
        match = _COMMIT.search(self.description)
        return match[1] if match else ""


def describe(commit: str) -> str:
    """The description of a pipeline that was compiled from `commit`.

    Args:
      commit: as `pipeline.revision.commit` has it: 40 digits, and "+" where
        files have been edited since; "" where it is not known.
    """
    purpose = "An autoencoder, and a CNN on its hidden layer"
    return f"{purpose}; commit {commit}" if commit else purpose


def read(file: Path) -> Package:
    """The pipeline in `file`.

    Raises:
      UserError: if there is none, or it has an image that does not say which
        one it is, or a parameter that no run can have.
    """
    spec = _specification(file)
    for label, executor in spec["deploymentSpec"]["executors"].items():
        image = executor.get("container", {}).get("image", "")
        if not has_tag(image):
            raise UserError(
                f"{file}: the image of {label} is {image!r}, expected NAME:TAG "
                "or NAME@sha256:DIGEST; compile again with --image."
            )
    declared = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    package = Package(
        file=file,
        name=spec["pipelineInfo"]["name"],
        description=spec["pipelineInfo"].get("description", ""),
        tasks=tuple(spec["root"]["dag"]["tasks"]),
        kinds={k: v["parameterType"] for k, v in declared.items()},
        defaults={k: v.get("defaultValue") for k, v in declared.items()},
    )
    _check(package.defaults)
    return package


def arguments(package: Package, texts: Iterable[str]) -> dict[str, Any]:
    """NAME=VALUE texts as values of the pipeline's parameters.

    An image directory without a digest is taken as it is found.

    Raises:
      UserError: if the pipeline has no such parameter, or not of that type, or
        no run can have that value.
    """
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in package.kinds:
            raise UserError(
                f"found the parameter {text!r}, expected NAME=VALUE with one "
                f"of the names in {package.file}: {', '.join(package.kinds)}."
            )
        values[name] = _value(name, package.kinds[name], value)
    if "data_uri" in values:
        values.setdefault("data_digest", "")
    _check(values)
    return values


def _specification(file: Path) -> Any:
    """The first document of the file, which is a PipelineSpec."""
    if not file.is_file():
        raise UserError(
            f"there is no {file}; write it with cifar10 kubeflow compile."
        )
    try:
        spec, *_ = yaml.safe_load_all(file.read_text("utf-8"))
        json_format.ParseDict(spec, PipelineSpec())
        if file.suffix in SUFFIXES and spec["root"]["dag"]["tasks"]:
            return spec
    except (json_format.Error, yaml.YAMLError):
        pass  # No specification, or no YAML.
    except (ValueError, TypeError, LookupError, AttributeError):
        pass  # Something else than a mapping, or without a DAG.
    raise UserError(
        f"{file} is no compiled pipeline, expected the YAML file that cifar10 "
        "kubeflow compile writes; compile again, or choose it with --file."
    )


def _value(name: str, kind: str, text: str) -> Any:
    """`text` as a value of Kubeflow's type."""
    if kind == "STRING":
        return text
    if kind == "BOOLEAN" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == "NUMBER_INTEGER":
        try:
            return int(text)
        except ValueError:
            pass
    expected = {"NUMBER_INTEGER": "a whole number", "BOOLEAN": "true or false"}
    raise UserError(
        f"the parameter {name} is {text!r}, expected "
        f"{expected.get(kind, f'a value of the type {kind}')}."
    )


def _check(values: Mapping[str, Any]) -> None:
    """Checks those parameters that this version of the project knows."""
    known = table.RULES.keys() & values.keys()
    table.check({name: values[name] for name in sorted(known)})
