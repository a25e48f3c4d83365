"""Which parameters the steps depend on.

Kubeflow's cache goes by what a step is given. If a step were given all
parameters, it would run again whenever any changed: another push destination
would train the models again. So each is given those that it depends on, and
which they are is found out by trying: the pipeline is created with other
values, and a node whose execution properties are not the same depends on what
was changed.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import itertools
import json
from collections.abc import Mapping
from typing import Any

from kubeflow import dag, sources
from kubeflow.parameters import PROBES, Parameters

_SWITCHES = ("data_digest", "preset", "tune")
"""Fields that others' influence hangs on.

The gates, for example, follow from the preset, but not for the sample, and a
Tuner has use for a seed only where it searches. So each field is tried with all
values of these.
"""


@functools.cache
def influences() -> Mapping[str, frozenset[str]]:
    """The names of the fields of `Parameters` that matter, by node."""
    found: dict[str, set[str]] = collections.defaultdict(set)
    for values in itertools.product(*map(_values, _SWITCHES)):
        base = Parameters(**dict(zip(_SWITCHES, values, strict=True)))
        expected = _properties(base)
        for name, probes in PROBES.items():
            for value in probes:
                other = dataclasses.replace(base, **{name: value})
                for node, properties in _properties(other).items():
                    if properties != expected[node]:
                        found[node].add(name)
    for names in found.values():
        # Without a digest, it is found where the images are.
        if "data_digest" in names:
            names.add("data_uri")
    return {node: frozenset(names) for node, names in found.items()}


def _values(name: str) -> tuple[Any, ...]:
    return getattr(Parameters(), name), *PROBES[name]


def _properties(parameters: Parameters) -> dict[str, Any]:
    return _properties_of(json.dumps(vars(parameters), sort_keys=True))


@functools.cache
def _properties_of(document: str) -> dict[str, Any]:
    """The execution properties by node, of parameters as JSON."""
    parameters = Parameters(**json.loads(document))
    pipeline = dag.create(parameters, sources.stated(parameters))
    return {node.id: node.exec_properties for node in pipeline.components}
