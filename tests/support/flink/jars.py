"""Flink and Beam's job servers, by uv, Maven and Go, downloaded once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam

FLINK = "apache-flink-libraries==1.19.3"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
OPERATOR = "org.apache.flink:flink-kubernetes-operator-api:1.10.0"
POM = Path(__file__).with_name("pom.xml")


class Unavailable(Exception):
    """What is missing; the message says it in a few words."""


def cache() -> Path:
    """Where the jars stay."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "tfx-cifar10" / "flink-1.19.3"


def fetch() -> tuple[Path, Path]:
    """The directories of Flink's jars, and of the job server's.

    Raises:
      Unavailable: if Java or Maven is not there, or nothing can be downloaded.
    """
    for program in ("java", "mvn"):
        if not shutil.which(program):
            raise Unavailable(f"found no {program}")
    flink, job_server = cache() / "flink", cache() / "beam"
    if not flink.exists():
        install = [sys.executable, "-m", "uv", "pip", "install", "--no-deps"]
        _run(flink, [*install, "--target", "{target}", FLINK])
    if not job_server.exists():
        copy = ["mvn", "-q", "-B", "-f", str(POM)]
        goal = f"{PLUGIN}:copy-dependencies"
        options = ["-DincludeScope=runtime", "-DoutputDirectory={target}"]
        _run(job_server, [*copy, goal, *options])
    return flink / "pyflink" / "lib", job_server


def operator() -> Path:
    """The directory of the jar that has the Flink operator's schemas.

    Raises:
      Unavailable: as `fetch`.
    """
    if not shutil.which("mvn"):
        raise Unavailable("found no mvn")
    target = cache() / "operator"
    if not target.exists():
        goal = [f"{PLUGIN}:copy", f"-Dartifact={OPERATOR}"]
        _run(target, ["mvn", "-q", "-B", *goal, "-DoutputDirectory={target}"])
    return target


def prism() -> Path:
    """Beam's runner Prism, of the installed Beam's version, built by Go.

    Raises:
      Unavailable: if Go is not there, or nothing can be downloaded.
    """
    if not shutil.which("go"):
        raise Unavailable("found no go")
    target = cache() / f"prism-{beam.__version__}"
    if not target.exists():
        name = "github.com/apache/beam/sdks/v2/go/cmd/prism"
        command = ["go", "install", f"{name}@v{beam.__version__}"]
        _run(target, ["env", "GOBIN={target}", *command])
    return target / "prism"


def _run(target: Path, command: Sequence[str]) -> None:
    """Runs a download into a directory that is there only once it is done."""
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    command = [part.replace("{target}", str(unfinished)) for part in command]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise Unavailable(f"{command[0]}: {lines[0] if lines else 'failed'}")
    unfinished.rename(target)
