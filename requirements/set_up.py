"""Makes `.venv` with the locked packages; run by `make`, at the root.

Everything that can be missing is looked for before the first download. uv does
the installing: pip, ensurepip or a uv of the user's brings the locked uv. Like
`host.py`, standard library only and readable by Python 3.6.
"""

import argparse
import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from requirements import host

VENV = pathlib.Path(".venv")
REQUIREMENTS = pathlib.Path("requirements")
BUILD = str(REQUIREMENTS / "build.txt")
# Where uv's own Pythons come from, unless UV_PYTHON_INSTALL_MIRROR says other.
PYTHONS = "https://github.com/astral-sh/python-build-standalone/releases"
# What the user's shell may say about another environment.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")


class Plan(NamedTuple):
    """What will be done; nothing that it needs is missing.

    Attributes:
      lock: the lock file's name.
      versions: the Pythons that it is for, newest first.
      python: what `.venv` is made of: a Python's path, or one of `versions`
        for uv to download.
      uv: a uv that is there, or "".
      carrier: the Python that installs uv where there is none.
    """

    lock: str
    versions: Tuple[str, ...]
    python: str
    uv: str
    carrier: Optional[host.Interpreter]


def works(uv: str) -> bool:
    """Whether this is a uv that has all that the set-up calls."""
    try:
        answer = subprocess.run(
            [uv, "venv", "--help"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return b"--clear" in answer.stdout


def find_uv() -> str:
    """The uv of `.venv`, or the user's, or ""."""
    for uv in (str(VENV / "bin" / "uv"), shutil.which("uv") or ""):
        if uv and works(uv):
            return uv
    return ""


def known_to_uv(uv: str, versions: Tuple[str, ...]) -> List[host.Interpreter]:
    """The fitting Pythons that uv downloaded earlier."""
    command = [uv, "python", "find", "--no-config", "--no-python-downloads"]
    for version in versions if uv else ():
        answer = subprocess.run(
            [*command, "--managed-python", version],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        found = host.probe(answer.stdout.decode().strip() or os.devnull)
        if found:
            return [found]
    return []


def why_unreachable(url: str) -> str:
    """Why a host cannot be reached, or "" where it answers at all."""
    try:
        urllib.request.urlopen(
            urllib.request.Request(url, method="HEAD"), timeout=5
        )
    except urllib.error.HTTPError:
        return ""
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "reason", error))
        # uv has certificates of its own, this Python may have none.
        return "" if "certificate" in reason.lower() else reason
    return ""


def choose_python(
    named: str,
    found: List[host.Interpreter],
    versions: Tuple[str, ...],
) -> str:
    """What `.venv` is made of, as `Plan.python` has it.

    Args:
      named: the user's choice, or "".
      found: the Pythons of this machine, the preferred ones first.
      versions: those that the lock is for, newest first.

    Raises:
      host.Missing: none fits, and uv cannot download one.
    """
    if named and not found:
        raise host.Missing(f"found no Python that runs as PYTHON={named}")
    for interpreter in found:
        if interpreter.fits(versions):
            return interpreter.path
    there = ", ".join(map(str, found)) or "no Python"
    needed = f"the packages for {host.libc()} need Python " + " or ".join(
        versions
    )
    if named:
        raise host.Missing(f"found {there}; {needed}")
    mirror = os.environ.get("UV_PYTHON_INSTALL_MIRROR", PYTHONS)
    reason = why_unreachable(mirror)
    if reason:
        raise host.Missing(
            f"found {there}; {needed}, and uv cannot download one from "
            f"{mirror.split('/')[2]} ({reason}); "
            + host.how_to_install("install one, or name it: make PYTHON=…")
        )
    return versions[0]


def make_plan(named: str) -> Plan:
    """Looks at everything that the set-up needs.

    Raises:
      host.Missing: something is not there.
    """
    system = os.uname()
    lock, versions = host.choose_lock(
        system.sysname, system.machine, host.libc()
    )
    uv = find_uv()
    there = host.interpreters(versions)
    if named:
        candidates = list(filter(None, [host.probe(named)]))
    else:
        candidates = there + known_to_uv(uv, versions)
    python = choose_python(named, candidates, versions)
    carriers = [one for one in candidates + there if one.carrier]
    if not uv and not carriers:
        raise host.Missing(
            f"found {', '.join(map(str, candidates))} without pip and "
            "ensurepip, and no uv; "
            + host.how_to_install("install Python's venv module, or uv")
        )
    return Plan(lock, versions, python, uv, carriers[0] if carriers else None)


def environment() -> Dict[str, str]:
    """The variables for uv and pip: no other environment, pip's own index."""
    ours = {k: v for k, v in os.environ.items() if k not in FOREIGN}
    # Pip refuses both inside an environment or with a target.
    ours.update(PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0")
    ours.update(host.index_settings())
    return ours


def run(*command: str) -> None:
    """Runs a step; its messages are the user's."""
    subprocess.run(command, check=True, env=environment())


@contextlib.contextmanager
def bootstrapped(plan: Plan) -> Iterator[str]:
    """A uv that stays while `.venv` is replaced."""
    with tempfile.TemporaryDirectory() as scratch:
        if plan.uv:
            yield shutil.copy(plan.uv, scratch)
            return
        assert plan.carrier
        python = plan.carrier.path
        if plan.carrier.carrier == "ensurepip":
            run(python, "-I", "-m", "venv", scratch + "/pip")
            python = scratch + "/pip/bin/python"
        run(
            *(python, "-I", "-m", "pip", "install", "--quiet"),
            *("--disable-pip-version-check", "--require-hashes"),
            *("--target", scratch + "/uv", "--requirement", BUILD),
        )
        yield scratch + "/uv/bin/uv"


def create(plan: Plan) -> None:
    """Makes `.venv` anew, with nothing but the locked uv in it."""
    print(f"set-up: creating {VENV}, Python: {plan.python}", flush=True)
    with bootstrapped(plan) as uv:
        managed = ["--managed-python"] if plan.python in plan.versions else []
        run(
            *(uv, "venv", "--quiet", "--clear", *managed),
            *("--python", plan.python, str(VENV)),
        )
        run(
            *(uv, "pip", "install", "--quiet", "--require-hashes"),
            *("--python", str(VENV / "bin" / "python"), "--requirement", BUILD),
        )


def install(lock: str) -> None:
    """Makes `.venv` hold what the locks say, and this project, editable."""
    print(f"set-up: installing {REQUIREMENTS / lock} into {VENV}", flush=True)
    pip = [str(VENV / "bin" / "uv"), "pip"]
    where = ["--python", str(VENV / "bin" / "python")]
    run(
        *(*pip, "sync", *where, "--require-hashes"),
        *([] if sys.stderr.isatty() else ["--quiet"]),
        *("--build-constraints", BUILD, BUILD),
        *(str(REQUIREMENTS / "dev.txt"), str(REQUIREMENTS / lock)),
    )
    run(
        *(*pip, "install", *where, "--quiet"),
        *("--no-deps", "--no-build-isolation", "--editable", "."),
    )


def stamps() -> List[pathlib.Path]:
    """What finished set-ups left."""
    return list(VENV.glob(".set-up-*"))


def is_reusable(plan: Plan, named: str) -> bool:
    """Whether `.venv` was finished once, with a Python that may stay.

    One that was interrupted has no stamp: what is in it cannot be told.
    """
    current = host.probe(str(VENV / "bin" / "python"))
    if not (stamps() and current and works(str(VENV / "bin" / "uv"))):
        return False
    if named:
        wanted = host.probe(named)
        return wanted is not None and wanted.version == current.version
    return current.fits(plan.versions)


def set_up(stamp: Optional[pathlib.Path], named: str) -> None:
    """Does what is needed so that `.venv` holds what `stamp` stands for.

    Args:
      stamp: the file that says so to `make`; without one, only uv is needed.
      named: the Python that the user chose, or "".
    """
    plan = make_plan(named)
    reusable = is_reusable(plan, named)
    if reusable and (stamp is None or stamp.exists()):
        return
    if not reusable:
        create(plan)
    if stamp:
        for old in stamps():
            old.unlink()
        install(plan.lock)
        stamp.touch()


def main() -> None:
    """Sets up; what is missing or failed is one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stamp", type=pathlib.Path)
    parser.add_argument("--python", default="")
    arguments = parser.parse_args()
    # A second `make` beside this one waits, and finds the work done.
    with open(__file__) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_up(arguments.stamp, arguments.python)
        except host.Missing as missing:
            sys.exit(f"error: {missing}")
        except subprocess.CalledProcessError as error:
            sys.exit(
                f"error: the set-up stopped, {pathlib.Path(error.cmd[0]).name} "
                f"ended with {error.returncode} (see above); `make` starts over"
            )
        except KeyboardInterrupt:
            sys.exit("error: the set-up was interrupted; `make` starts over")


if __name__ == "__main__":
    main()
