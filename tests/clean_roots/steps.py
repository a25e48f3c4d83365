"""What someone with nothing does in the first hour, as commands."""

import dataclasses
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CLONE = "/home/cifar10"


@dataclasses.dataclass(frozen=True)
class Step:
    """A command in the root.

    Attributes:
      name: what is shown.
      command: what bash runs.
      says: a pattern that is in its last line of output.
      fails: whether it must end with an error.
      ours: whether a failure is the project's, not the distribution's.
    """

    name: str
    command: str
    says: str = ""
    fails: bool = False
    ours: bool = True


def prerequisites() -> str:
    """The README's line for Debian and Ubuntu, less the sudo."""
    readme = (REPOSITORY / "README.md").read_text()
    (line,) = re.findall(r"^sudo (apt install [^#\n]+)", readme, re.MULTILINE)
    return line.strip()


def in_clone(command: str, where: str = CLONE) -> str:
    """A command in a clone, which is made first if it is not there."""
    path = shlex.quote(where)
    return (
        f"{{ test -d {path} || git clone --quiet /repository.bundle {path}; }} "
        f"&& cd {path} && {command}"
    )


def missing(make: str) -> Iterator[Step]:
    """What a user is told who has not read the prerequisites."""
    install = prerequisites()
    make_run = (
        "mkdir -p /unpacked && cd /unpacked && tar -xf /repository.tar && "
        f"{{ {make} run >/tmp/said 2>&1; code=$?; test ! -e .venv || exit 0; "
        "grep error: /tmp/said; exit $code; }"
    )
    for package, says in (
        ("make", f"error: found no python3; install it: {install}"),
        ("python3", f"without pip and ensurepip, and no uv; .*: {install}"),
    ):
        apt = f"apt-get install --yes {package}"
        yield Step(f"apt install {package}", apt, ours=False)
        name = f"make run, with no more than {package}"
        yield Step(name, make_run, says, fails=True)


def run(make: str) -> Iterator[Step]:
    """The README's first command; it ends with 0 only for a pushed model."""
    command = in_clone(f"{make} run DATA=sample")
    yield Step("make run DATA=sample", command, "took ")


def hostile(make: str) -> Iterator[Step]:
    """What a user's shell and directories may be like."""
    yield Step(
        "spaces and brackets, umask 077, PIP_USER=1, PYTHONPATH, active venv",
        "python3 -m venv /active && mkdir -p /shadow && "
        "echo 'raise SystemExit(9)' >/shadow/numpy.py && umask 077 && "
        "export PIP_USER=1 PYTHONPATH=/shadow && . /active/bin/activate && "
        + in_clone(
            f"{make} run DATA=sample && {make} test TESTS=tests/requirements",
            "/home/a clone [1]",
        ),
        r"\d+ passed",
    )


def interrupted(make: str) -> Iterator[Step]:
    """A set-up that is killed halfway, and the next call."""
    clone = "/home/interrupted"
    kill = (
        f"set -m && {{ {make} set-up & }} && "
        "until ls .venv/lib/*/site-packages/tensorflow; do sleep 0.1; done "
        ">/dev/null 2>&1; kill -KILL -- -$! && wait $!"
    )
    name = "make set-up, killed while it installs"
    yield Step(name, in_clone(kill, clone), fails=True)
    again = f"{make} set-up && .venv/bin/cifar10 --help"
    yield Step("make set-up again", in_clone(again, clone))


def unit(make: str) -> Iterator[Step]:
    """The tests that start no runs and no servers."""
    yield Step("make unit", in_clone(f"{make} unit"), r"\d+ passed")


def test(make: str) -> Iterator[Step]:
    """The README's second command."""
    yield Step("make test", in_clone(f"{make} test"), r"\d+ passed")


SCENARIOS: dict[str, Callable[[str], Iterator[Step]]] = {
    scenario.__name__: scenario
    for scenario in (missing, run, hostile, interrupted, unit, test)
}


def chosen(scenarios: list[str], make: str) -> Iterator[Step]:
    """The steps of some scenarios, in order.

    Args:
      scenarios: names in `SCENARIOS`.
      make: how make is called.
    """
    yield Step("apt-get update", "apt-get update", ours=False)
    if "missing" in scenarios:
        yield from missing(make)
    install = prerequisites()
    command = install.replace("install", "install --yes")
    yield Step(install, command, ours=False)
    yield Step("make set-up", in_clone(f"{make} set-up"))
    again = in_clone(f"time {make} set-up")
    yield Step("make set-up, a second time", again, "sys")
    for name in scenarios:
        if name != "missing":
            yield from SCENARIOS[name](make)
