"""Determines which parameters each step depends on.

Kubeflow caches by a step's inputs. If all parameters were inputs of every step,
changing any would rerun every step: a new push destination would retrain the
models. So a step receives only those that it depends on. They are determined by
experiment: the pipeline is created with other values, and a node whose
execution properties change depends on what was changed.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kubeflow import dag, sources
from kubeflow import parameters as table
from kubeflow.parameters import PROBES, Parameters
from pipeline.configs import SECTIONS

_SWITCHES = ("data_digest", "preset", "tune")
"""Fields that other fields' influence depends on.

The gates, for example, follow from the preset, but not for the sample, and a
Tuner has use for a seed only where it searches. So each field is tried with all
values of these. An override holds for every preset and all data; only whether
there is a search decides which nodes it matters to.
"""


@functools.cache
def influences() -> Mapping[str, frozenset[str]]:
    """What matters to each node, by node.

    Names are those of `PROBES`: of the fields of `Parameters`, and of the
    sections of its overrides.
    """
    found: dict[str, set[str]] = collections.defaultdict(set)
    plain = [name for name in PROBES if name not in SECTIONS]
    for names, switches in ((plain, _SWITCHES), (SECTIONS, ("tune",))):
        for base, name in itertools.product(_bases(switches), names):
            for node in _influenced(base, PROBES[name]):
                found[node].add(name)
    for told in found.values():
        # Without a digest, it is found where the images are.
        if "data_digest" in told:
            told.add("data_uri")
    return {node: frozenset(told) for node, told in found.items()}


def _bases(switches: Sequence[str]) -> list[Parameters]:
    """Parameters with all combinations of the values of `switches`."""
    default = Parameters()
    values = ([{}, *PROBES[name]] for name in switches)
    return [
        dataclasses.replace(
            default, **{k: v for change in changes for k, v in change.items()}
        )
        for changes in itertools.product(*values)
    ]


def _influenced(
    base: Parameters, probes: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """The nodes whose properties change with one of `probes`."""
    expected = _properties(base)
    for change in probes:
        found = _properties(dataclasses.replace(base, **change))
        for node, properties in found.items():
            if properties != expected[node]:
                yield node


def _properties(parameters: Parameters) -> dict[str, Any]:
    values = table.part(parameters, PROBES)
    return _properties_of(json.dumps(values, sort_keys=True))


@functools.cache
def _properties_of(document: str) -> dict[str, Any]:
    """The execution properties by node, of parameters as JSON."""
    parameters = table.of(json.loads(document))
    pipeline = dag.create(parameters, sources.stated(parameters))
    return {node.id: node.exec_properties for node in pipeline.components}
