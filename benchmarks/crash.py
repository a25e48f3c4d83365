"""Kills runs at random, resumes them, and compares with an uninterrupted run.

    .venv/bin/python -m benchmarks.crash --kills 32 --root runs/crash

A first run of the sample is left alone. A second, in another root, is killed
with SIGKILL again and again, each time some way into another component, and
started again: what was complete before must come from the cache. In the end
both must have pushed the same weights and written the same record. Prints a
Markdown table of the kills, and what differs; the exit code is 1 if anything
does. Interrupted by Ctrl-C, the same command continues after the last kill.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.weights import weights_digest
from modules.common import atomic
from modules.common.errors import UserError

COMPONENTS = (
    *("ImageExampleGen", "SchemaImporter", "StatisticsGen"),
    *("ExampleValidator", "AnomalyGate", "Transform", "AutoencoderTuner"),
    *("AutoencoderTrainer", "AutoencoderEvaluator", "ClassifierTuner"),
    *("ClassifierTrainer", "BaselineModel", "ClassifierEvaluator"),
    *("ServingCheck", "Pusher", "RunReport"),
)
_PLACE = ("run", "started", "commit", "pushed_to")
_COST = ("components", "seconds", "peak_bytes")
VOLATILE = frozenset(_PLACE + _COST)
"""What a record says of the run's time and place, and not of the models."""

_WEIGHTS = "serving/*/*/variables/variables.index"


@dataclasses.dataclass(frozen=True)
class Kill:
    """One run that was killed.

    Attributes:
      component: the one that was waited for.
      delay: seconds that it ran after that.
      running: the component that was running when it died; "" after the last.
      cached: the components that it took from the runs before.
      repeated: those of them that it ran although they had been complete.
    """

    component: str
    delay: float
    running: str
    cached: int
    repeated: tuple[str, ...]


class Killed:
    """Kills runs in one root.

    Args:
      command: what starts a run.
      log: a file for what the runs print.
      complete: the components that were complete before.
    """

    def __init__(
        self, command: Sequence[str], log: Path, complete: Sequence[str] = ()
    ) -> None:
        self._command = command
        self._log = log
        self._complete = set(complete)

    @property
    def complete(self) -> list[str]:
        """The components that some run has completed."""
        return sorted(self._complete)

    def kill(self, component: str, delay: float) -> Kill:
        """Starts a run, and kills it `delay` seconds into `component`.

        It is killed at once where that ends sooner, or came from the cache.
        """
        process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert process.stdout is not None
        timer = threading.Timer(delay, process.kill)
        over = (f"{component}: done", f"{component}: cached")
        lines: list[str] = []
        try:
            for line in map(bytes.decode, process.stdout):
                lines.append(line)
                if line.startswith(f"{component}: running"):
                    timer.start()
                elif line.startswith(over):
                    process.kill()
        finally:
            timer.cancel()
            process.kill()
        process.wait()
        with self._log.open("a") as log:
            log.writelines(lines)
        return self._read(component, delay, lines)

    def _read(self, component: str, delay: float, lines: list[str]) -> Kill:
        """Parses the output of a killed run."""
        ended = [line.partition(": ") for line in lines]
        ran = {name for name, _, what in ended if what.startswith("done")}
        cached = {name for name, _, what in ended if what.startswith("cached")}
        started = [
            name for name, _, what in ended if what.startswith("running")
        ]
        died_in = [name for name in started if name not in ran | cached]
        repeated = tuple(sorted(ran & self._complete))
        self._complete |= ran | cached
        last = died_in[-1] if died_in else ""
        return Kill(component, delay, last, len(cached), repeated)


def command(root: Path, cache: Path) -> list[str]:
    """A run of the sample."""
    run = [sys.executable, "-m", "cli.main", "run", "--preset", "smoke"]
    places = ["--root", str(root), "--cache", str(cache)]
    return [*run, "--data", "sample", *places]


def durations(output: str) -> dict[str, float]:
    """The duration of each component, from a run's output."""
    found = {}
    for line in output.splitlines():
        name, _, what = line.partition(": done, ")
        if what.endswith(" s"):
            found[name] = float(what.removesuffix(" s"))
    return found


def points(
    kills: int, seconds: Mapping[str, float], seed: int
) -> Iterator[tuple[str, float]]:
    """Where to kill: all components in order, at random moments of each."""
    rng = random.Random(seed)
    share, more = divmod(kills, len(COMPONENTS))
    extra = set(rng.sample(COMPONENTS, more))
    for component in COMPONENTS:
        for _ in range(share + (component in extra)):
            yield component, rng.uniform(0, seconds.get(component, 0.1))


def differences(whole: Path, killed: Path) -> list[str]:
    """How the results of two roots differ; empty if they are the same."""
    return figures.differing(_record(whole), _record(killed))


def _record(root: Path) -> dict[str, Any]:
    """The newest record without volatile fields, and the pushed weights."""
    files = sorted((root / "logs").glob("*.json"))
    if not files:
        raise UserError(f"{root} has no record: no run came to its end there.")
    values = json.loads(files[-1].read_text())
    record = {k: v for k, v in values.items() if k not in VOLATILE}
    versions = sorted(root.glob(_WEIGHTS))
    return {**record, "pushed weights": list(map(weights_digest, versions))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs, kills, compares; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=32, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--root", type=Path, default=Path("runs/crash"))
    chosen = parser.parse_args(arguments)
    try:
        return _compare(chosen.kills, chosen.seed, chosen.root)
    except KeyboardInterrupt:
        return 130
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _compare(kills: int, seed: int, base: Path) -> int:
    whole, killed, cache = base / "whole", base / "killed", base / "cache"
    progress = base / "progress.json"
    if progress.exists():
        state = json.loads(progress.read_text())
    elif base.exists():
        raise UserError(f"{base} is there already; remove it or name another.")
    else:
        base.mkdir(parents=True)
        seconds = durations(_to_its_end(command(whole, cache)))
        planned = list(points(kills, seconds, seed))
        state = {"planned": planned, "complete": [], "kills": []}
    run = command(killed, cache)
    runs = Killed(run, base / "killed.log", state["complete"])
    done = [Kill(**values) for values in state["kills"]]
    print("| killed in | after | died in | cached | repeated |")
    print("|---|---|---|---|---|")
    for i, point in enumerate(state["planned"]):
        if i == len(done):
            done.append(runs.kill(*point))
            state["complete"] = runs.complete
            state["kills"] = [dataclasses.asdict(kill) for kill in done]
            atomic.write_text(progress, json.dumps(state))
        print(_row(done[i]), flush=True)
    _to_its_end(run)
    found = differences(whole, killed)
    repeated = sum(len(kill.repeated) for kill in done)
    print(
        f"\n{len(done)} kills, {repeated} complete components repeated; "
        + ("; ".join(found) or "the same weights and the same record.")
    )
    return 1 if found or repeated else 0


def _row(kill: Kill) -> str:
    died_in, again = kill.running or "-", ", ".join(kill.repeated) or "-"
    columns = kill.component, f"{kill.delay:.2f} s", died_in, kill.cached, again
    return f"| {' | '.join(map(str, columns))} |"


def _to_its_end(run: Sequence[str]) -> str:
    """Runs the command; returns its output.

    Raises:
      UserError: if it did not push.
    """
    result = subprocess.run(run, capture_output=True, text=True, check=False)
    if result.returncode:
        last = result.stdout.splitlines()[-3:]
        raise UserError(
            f"a run ended with exit code {result.returncode}, expected a "
            f"pushed model: {' '.join(last)} {result.stderr.strip()}"
        )
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
