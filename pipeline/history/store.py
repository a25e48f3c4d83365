"""The runs of a root: their records, logs and reports, by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from modules.common.errors import UserError
from modules.common.home import expanded
from pipeline.history import record as record_lib
from pipeline.history.record import DamagedRecord, Record
from pipeline.paths import Paths

LATEST = "latest"


@dataclasses.dataclass(frozen=True)
class Runs:
    """The contents of a root's `logs` directory.

    Attributes:
      records: of the finished runs, the oldest first.
      unfinished: names of the runs that left a log only: they failed, were
        stopped, or still run.
      problems: a line for each record that cannot be read.
    """

    records: tuple[Record, ...]
    unfinished: tuple[str, ...]
    problems: tuple[str, ...]


def read(paths: Paths) -> Runs:
    """All runs of a root; one that does not exist has none."""
    records, problems = [], []
    for path in sorted(paths.logs.glob("[!.]*.json")):
        try:
            records.append(record_lib.parse(path))
        except DamagedRecord as error:
            problems.append(str(error))
    unfinished = tuple(
        log.stem
        for log in sorted(paths.logs.glob("*.log"))
        if not log.with_suffix(".json").exists()
    )
    return Runs(tuple(records), unfinished, tuple(problems))


def find(paths: Paths, wanted: str) -> Record:
    """The record that a user means.

    Args:
      paths: the root's.
      wanted: a run's name, the beginning of just one, `latest`, or the path
        of a record, also of another root.

    Raises:
      UserError: if there is no such run, or it is not the only one.
    """
    if wanted.endswith(".json"):
        return _parse(expanded(wanted))
    names = sorted(path.stem for path in paths.logs.glob("[!.]*.json"))
    name = _name(names, wanted, paths)
    return _parse(paths.logs / f"{name}.json")


def _parse(path: Path) -> Record:
    try:
        return record_lib.parse(path)
    except DamagedRecord as error:
        raise UserError(
            f"{error}; `cifar10 runs` lists the runs that can be read."
        ) from error


def _name(names: list[str], wanted: str, paths: Paths) -> str:
    if not names:
        raise UserError(
            f"there is no finished run in {paths.root}; run the pipeline, or "
            "name another root with --root."
        )
    if wanted == LATEST:
        return names[-1]
    if wanted in names:
        return wanted
    fitting = [name for name in names if name.startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    found = f"{len(fitting)} runs begin" if fitting else "no run begins"
    raise UserError(
        f"{found} with {wanted!r} in {paths.root}; expected the name of one, "
        f"such as {names[-1]}: see `cifar10 runs`."
    )


def report(paths: Paths, run: str) -> Path:
    """The kept report of a run.

    Raises:
      UserError: if there is none.
    """
    path = paths.reports / f"{run}.html"
    if not path.is_file():
        raise UserError(
            f"there is no report {path}; expected the page that the run wrote. "
            "It is from before reports were kept, or was deleted."
        )
    return path


def previous(records: Iterable[Record], current: Record) -> Record | None:
    """The last run before `current` that trained the same model's name."""
    earlier = [
        record
        for record in records
        if record.run < current.run and record.model_name == current.model_name
    ]
    return earlier[-1] if earlier else None
