"""Details of a run that only the local runner knows, for the report.

RunReport is a step like any other and knows only its inputs. The local runner
adds the durations of the other steps, the previous run, and the location of the
log; on Kubeflow the UI shows them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Duration:
    """A component of the DAG and the time that it took.

    Attributes:
      name: its node id.
      seconds: wall time.
      written: the same, for people.
      cached: whether its outputs were found in the cache.
    """

    name: str
    seconds: float
    written: str
    cached: bool


@dataclasses.dataclass(frozen=True)
class Change:
    """A metric of this run and of an earlier one, as they are written."""

    title: str
    before: str
    now: str
    change: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Previous:
    """The run before, and how this one compares.

    Attributes:
      run: its name.
      verdict: in a sentence.
      changes: by metric.
      differs: the settings that are not the same, in words.
    """

    run: str
    verdict: str
    changes: tuple[Change, ...]
    differs: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunDetails:
    """A local run.

    Attributes:
      run: its name.
      facts: what is to be known of it, by name, in order.
      versions: of the libraries, by name.
      durations: of the components.
      previous: the comparison with the last run of the same model.
      links: files beside the page, as relative paths by what they are.
    """

    run: str
    facts: Mapping[str, str]
    versions: Mapping[str, str]
    durations: tuple[Duration, ...]
    previous: Previous | None
    links: Mapping[str, str]
