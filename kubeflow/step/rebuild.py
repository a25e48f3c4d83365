"""A step's execution properties if the parameters differ from the file's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubeflow import parameters as table
from kubeflow import sources

PREFIX = "parameter_"
"""Distinguishes a run's parameter from an execution property of its name."""

READER = "ImageExampleGen"
"""The node that reads the images."""


def execution_properties(
    node_id: str, compiled: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The node's execution properties that take the place of the compiled.

    Args:
      node_id: the node that this step is.
      compiled: the fields of `Parameters` that it depends on, as compiled.
      given: those of them that are parameters, as the run has them.

    Returns:
      All of its execution properties, or none if the compiled ones hold. Those
      of the node that reads the images are always looked up: the files may
      have changed since.

    Raises:
      UserError: if a parameter is invalid, or the images are missing, or
        are others than the run is for.
    """
    table.check(given)
    changed = {name for name in given if given[name] != compiled[name]}
    for name in sorted(changed):
        print(f"{name} is {given[name]!r}, not {compiled[name]!r} as compiled")
    if not changed and node_id != READER:
        return {}
    parameters = table.of({**compiled, **given})
    stated = node_id != READER and parameters.data_digest
    source = (sources.stated if stated else sources.read)(parameters)

    # All of the pipeline is imported with it, which takes seconds.
    from kubeflow import dag

    return dag.execution_properties(parameters, source)[node_id]
