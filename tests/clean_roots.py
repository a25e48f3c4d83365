"""The first hour on clean distributions, as someone with nothing has it.

Makes a bare root with debootstrap, takes the README at its word (its line of
prerequisites, a clone, `make`), and prints what became of each step. Needs
Linux, root and debootstrap; it is no part of `make test`:

    sudo make clean-roots
    sudo make clean-roots CLEAN_ROOTS="debian13 --steps run,test"

Every command runs in a mount and process namespace of its own: what is mounted
in a root is never seen outside, and ends with the command.
"""

import argparse
import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
SUITES = {"debian12": "bookworm", "debian13": "trixie", "ubuntu24": "noble"}
CLONE = "/home/cifar10"
ENTER = """
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
if [ "$2" ]; then mount --bind "$2" "$1/uv-cache"; fi
exec chroot "$1" /bin/bash -c "$3"
"""


@dataclasses.dataclass(frozen=True)
class Step:
    """A command in the root.

    Attributes:
      name: what is shown.
      command: run by bash, in the clone where there is one.
      says: a pattern that its last line of output must have.
      fails: whether it must end with an error.
    """

    name: str
    command: str
    says: str = ""
    fails: bool = False


def prerequisites() -> str:
    """The README's line for Debian and Ubuntu, less the sudo."""
    readme = (REPOSITORY / "README.md").read_text()
    (line,) = re.findall(r"^sudo (apt install [^#\n]+)", readme, re.MULTILINE)
    return line.strip()


def in_clone(command: str, where: str = CLONE) -> str:
    """A command in the clone, which is made first if it is not there."""
    path = shlex.quote(where)
    return (
        f"test -d {path} || git clone --quiet /repository.bundle {path}; "
        f"cd {path} && {command}"
    )


def missing(install: str) -> Iterator[Step]:
    """What a user is told who has not read the prerequisites."""
    make_run = (
        "mkdir -p /unpacked && cd /unpacked && tar -xf /repository.tar && "
        "{ make run >/tmp/said 2>&1; code=$?; test ! -e .venv || exit 9; "
        "grep error: /tmp/said; exit $code; }"
    )
    for package, says in (
        ("make", f"error: found no python3; install it: {install}"),
        ("python3", f"without pip and ensurepip, and no uv; .*: {install}"),
    ):
        yield Step(f"apt install {package}", f"apt-get install -y {package}")
        name = f"make run, with no more than {package}"
        yield Step(name, make_run, says, fails=True)


def hostile(make: str) -> Iterator[Step]:
    """What a user's shell and directories may be like."""
    clone = "/home/a clone [1]"
    yield Step(
        "spaces and brackets, umask 077, PIP_USER=1, PYTHONPATH, active venv",
        "python3 -m venv /active && mkdir -p /shadow && "
        "echo 'raise SystemExit(9)' >/shadow/numpy.py && umask 077 && "
        "export PIP_USER=1 PYTHONPATH=/shadow && . /active/bin/activate && "
        + in_clone(f"{make} run DATA=sample", clone),
        "took ",
    )


def interrupted(make: str) -> Iterator[Step]:
    """A set-up that is killed halfway."""
    clone = "/home/interrupted"
    yield Step(
        "make set-up, killed while it installs",
        in_clone(
            f"set -m && {{ {make} set-up & }} && "
            "until ls .venv/lib/*/site-packages/tensorflow; do sleep 0.1; done "
            ">/dev/null 2>&1 && kill -KILL -- -$! && wait $!",
            clone,
        ),
        fails=True,
    )
    yield Step(
        "make set-up again",
        in_clone(f"{make} set-up && .venv/bin/cifar10 --help", clone),
    )


def steps(which: list[str], make: str) -> Iterator[Step]:
    """What is done in a root, in order."""
    install = prerequisites()
    yield Step("apt-get update", "apt-get update")
    if "missing" in which:
        yield from missing(install)
    yield Step(install, install.replace("install", "install --yes"))
    yield Step("make set-up", in_clone(f"{make} set-up"))
    yield Step(
        "make set-up, a second time", in_clone(f"time {make} set-up"), "sys"
    )
    if "run" in which:
        yield Step(
            "make run DATA=sample",
            in_clone(f"{make} run DATA=sample"),
            "took ",
        )
    if "hostile" in which:
        yield from hostile(make)
    if "interrupted" in which:
        yield from interrupted(make)
    if "test" in which:
        yield Step("make test", in_clone(f"{make} test"), r"\d+ passed")


class Root:
    """A directory that becomes a distribution."""

    def __init__(self, name: str, arguments: argparse.Namespace):
        self.name = name
        self.path = arguments.directory / name
        self._cache = arguments.uv_cache
        self._log = arguments.directory / f"{name}.log"
        self._environment = {
            "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LC_ALL": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            **({"UV_CACHE_DIR": "/uv-cache"} if self._cache else {}),
            **{name: os.environ[name] for name in arguments.env},
        }

    def make(
        self, mirror: str, overlay: Path | None, python: Path | None
    ) -> None:
        """A bare system, with what the network of this machine needs."""
        remove(self.path)
        self._call(
            "unshare",
            *("--mount", "debootstrap", "--variant=minbase"),
            *(SUITES[self.name], self.path, *([mirror] if mirror else [])),
        )
        for file in ("etc/resolv.conf", "etc/hosts"):
            shutil.copy(Path("/") / file, self.path / file)
        if overlay:
            shutil.copytree(overlay, self.path, dirs_exist_ok=True)
        if python:
            tree = self.path / python.relative_to("/")
            shutil.copytree(python, tree, symlinks=True)
        (self.path / "uv-cache").mkdir()
        self._git("bundle", "create", self.path / "repository.bundle", "HEAD")
        self._git("archive", "--output", self.path / "repository.tar", "HEAD")

    def perform(self, step: Step) -> bool:
        """Runs a step and prints what came of it."""
        start = time.monotonic()
        cache = str(self._cache or "")
        done = subprocess.run(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
                *("sh", "-ec", ENTER, "-", self.path, cache, step.command),
            ],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        seconds = time.monotonic() - start
        with self._log.open("a") as log:
            log.write(f"\n== {step.name}\n{step.command}\n{done.stdout}")
        last = (done.stdout.strip().splitlines() or [""])[-1]
        good = re.search(step.says, last) is not None
        good &= (done.returncode != 0) == step.fails and done.returncode != 9
        print(
            f"{self.name}  {'as expected' if good else 'FAILED':11} "
            f"{seconds:6.1f} s  {step.name}\n{'':10}{last}",
            flush=True,
        )
        return good

    def _git(self, *command: str | Path) -> None:
        self._call("git", "-C", REPOSITORY, *command)

    def _call(self, *command: str | Path) -> None:
        with self._log.open("a") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log)


def remove(root: Path) -> None:
    """Deletes a root in which nothing is mounted."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    if any(f"{root}/" in line.split()[4] for line in mounts):
        sys.exit(f"error: something is mounted below {root}: unmount it first")
    if root.exists():
        shutil.rmtree(root)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="clean_roots", description=__doc__)
    add = parser.add_argument
    add("roots", nargs="*", default=["debian12", "debian13"], choices=SUITES)
    add("--steps", default="missing,run,hostile,interrupted", help="also: test")
    add("--directory", type=Path, help="where; default: a temporary one")
    add("--mirror", default="", help="debootstrap's mirror")
    add(
        "--overlay",
        type=Path,
        help="a directory laid over each root: what "
        "this machine's network needs, as pip.conf, apt.conf.d, certificates",
    )
    add("--env", action="append", default=[], help="a variable to keep")
    add("--uv-cache", type=Path, help="a uv cache to share with the roots")
    add("--python", type=Path, help="a tree with bin/python3, for PYTHON=")
    return parser.parse_args()


def main() -> None:
    """Makes the roots, one after the other."""
    arguments = parse()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("error: it needs root, and debootstrap from your distribution")
    base = arguments.directory or Path(tempfile.mkdtemp(dir="/var/tmp"))
    arguments.directory = base
    python = arguments.python
    make = f"make PYTHON={python}/bin/python3" if python else "make"
    failed = 0
    for name in arguments.roots:
        root = Root(name, arguments)
        try:
            root.make(arguments.mirror, arguments.overlay, python)
            for step in steps(arguments.steps.split(","), make):
                failed += not root.perform(step)
        finally:
            remove(root.path)
    print(f"{failed} steps failed; what they printed: {base}/*.log")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
