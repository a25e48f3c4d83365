"""A directory that becomes a distribution, and commands in it.

Every command runs in a mount and process namespace of its own: what is mounted
in the root is never seen outside, and ends with the command.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.clean_roots.steps import REPOSITORY, Step

SUITES = {"debian12": "bookworm", "debian13": "trixie", "ubuntu24": "noble"}
ENTER = """
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
if [ "$2" ]; then mount --bind "$2" "$1/uv-cache"; fi
exec chroot "$1" /bin/bash -c "$3"
"""
# What this machine is told of its network, and a root must be too.
NETWORK_VARIABLES = re.compile(
    r"(?i)(https?|ftp|all|no)_proxy|PIP_(INDEX_URL|CERT|PROXY)|SSL_CERT_FILE|"
    r"UV_(DEFAULT_INDEX|INDEX_URL|SYSTEM_CERTS)|REQUESTS_CA_BUNDLE"
)
NETWORK_FILES = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/uv/uv.toml"),
    *("~/.config/pip/pip.conf", "~/.config/uv/uv.toml", "~/.netrc"),
)
APT_OPTIONS = re.compile(r"^Acquire::(https?:|Check-).*", re.MULTILINE)


class Root:
    """A distribution in a directory.

    Attributes:
      path: where it is.
    """

    def __init__(self, name: str, base: Path, cache: Path | None):
        """Names a root that is not made yet.

        Args:
          name: one of `SUITES`.
          base: the directory for it and its log.
          cache: uv's cache to share with it, or None for its own.
        """
        self.path = base / name
        self._name = name
        self._cache = cache
        self._log = base / f"{name}.log"
        network = dict(
            item for item in os.environ.items() if is_network(item[0])
        )
        self._environment = {
            "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LC_ALL": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            **({"UV_CACHE_DIR": "/uv-cache"} if cache else {}),
            **network,
        }

    def make(self, mirror: str, python: Path | None) -> None:
        """Makes the bare system, with this repository's HEAD in it.

        Args:
          mirror: where debootstrap finds the packages, or "" for its default.
          python: a tree that is copied to the same place, or None.
        """
        self.remove()
        # In a namespace too: debootstrap mounts what it needs.
        self._call(
            *("unshare", "--mount", "debootstrap", "--variant=minbase"),
            *(SUITES[self._name], str(self.path)),
            *([mirror] if mirror else []),
        )
        if python:
            tree = self.path / python.relative_to("/")
            shutil.copytree(python, tree, symlinks=True)
        (self.path / "uv-cache").mkdir()
        for kind, file in (
            (("bundle", "create"), "repository.bundle"),
            (("archive", "--output"), "repository.tar"),
        ):
            git = ("git", "-C", str(REPOSITORY), *kind)
            self._call(*git, str(self.path / file), "HEAD")

    def perform(self, step: Step) -> bool:
        """Runs a step, prints the outcome, and returns whether it succeeded."""
        self._take_over_network()
        start = time.monotonic()
        done = subprocess.run(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
                *("sh", "-ec", ENTER, "-", self.path),
                *(str(self._cache or ""), step.command),
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
        good = (done.returncode != 0) == step.fails
        good &= re.search(step.says, last) is not None
        print(
            f"{self._name}  {'as expected' if good else 'FAILED':11} "
            f"{seconds:6.1f} s  {step.name}\n{'':10}{last}",
            flush=True,
        )
        return good

    def remove(self) -> None:
        """Deletes the root, in which nothing may be mounted."""
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        if any(f"{self.path}/" in line.split()[4] for line in mounts):
            sys.exit(f"error: unmount what is mounted below {self.path} first")
        if self.path.exists():
            shutil.rmtree(self.path)

    def _take_over_network(self) -> None:
        """Lays this machine's network settings over the root's.

        Again before each step: ca-certificates writes its own bundle.
        """
        for file in network_files():
            target = self.path / file.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        if shutil.which("apt-config"):
            dump = subprocess.check_output(["apt-config", "dump"], text=True)
            lines = (found.group() for found in APT_OPTIONS.finditer(dump))
            options = self.path / "etc/apt/apt.conf.d/99-network"
            options.write_text("\n".join([*lines, ""]))

    def _call(self, *command: str) -> None:
        with self._log.open("a") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log)


def is_network(variable: str) -> bool:
    """Whether a variable is about indexes, proxies or certificates."""
    return NETWORK_VARIABLES.fullmatch(variable) is not None


def network_files() -> Iterator[Path]:
    """This machine's files about them, those that variables name included."""
    named = (value for name, value in os.environ.items() if is_network(name))
    for name in (
        *NETWORK_FILES,
        *(value for value in named if value[:1] == "/"),
    ):
        file = Path(name).expanduser()
        if file.is_file():
            yield file
