"""Makes `.venv` with the locked packages; run by `make`, at the root.

uv does the installing; pip, ensurepip or a uv of the user's brings the locked
uv. Like `host.py`, standard library only and readable by Python 3.6.
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
from typing import Dict, Iterator, List, Optional, Tuple

from requirements import host
from requirements.plan import Plan, make_plan, works

VENV = pathlib.Path(".venv")
REQUIREMENTS = pathlib.Path("requirements")
BUILD = str(REQUIREMENTS / "build.txt")
# What the user's shell may say about another environment.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")


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
        if plan.carrier is None:
            yield shutil.copy(plan.uv, scratch)
            return
        python = plan.carrier.path
        if plan.carrier.carrier == "ensurepip":
            run(python, "-I", "-m", "venv", scratch + "/pip")
            python = scratch + "/pip/bin/python"
        run(
            *(python, "-I", "-m", "pip", "install", "--quiet"),
            "--root-user-action=ignore",
            *("--disable-pip-version-check", "--require-hashes"),
            *("--target", scratch + "/uv", "--requirement", BUILD),
        )
        yield scratch + "/uv/bin/uv"


def create(plan: Plan) -> None:
    """Makes `.venv` anew, with nothing but the locked uv in it."""
    print(f"set-up: creating {VENV}, Python: {plan.python}", flush=True)
    with bootstrapped(plan) as uv:
        managed = [] if "/" in plan.python else ["--managed-python"]
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


SQL_UTIL = '''"""What TFDV 1.16 imports; tfx-bsl 1.21 has none."""


class RecordBatchSQLSliceQuery:
    """Cannot be made."""

    def __init__(self, *arguments):
        raise NotImplementedError("tfx-bsl 1.21 has no slices by SQL.")
'''


def complete() -> None:
    """Adds the module that an old TFDV misses in a new tfx-bsl.

    TFX puts a mock in its place where it is imported first; Beam's workers on
    another engine import TFDV first.
    """
    for arrow in VENV.glob("lib/python*/site-packages/tfx_bsl/arrow"):
        module = arrow / "sql_util.py"
        if not module.exists():
            module.write_text(SQL_UTIL)


def stamps() -> List[pathlib.Path]:
    """What finished set-ups left."""
    return list(VENV.glob(".set-up-*"))


def is_reusable(named: str, versions: Tuple[str, ...]) -> bool:
    """Whether `.venv` was finished once, with a Python that may stay.

    One that was interrupted has no stamp: what is in it cannot be told.
    """
    current = host.probe(str(VENV / "bin" / "python"))
    if not (stamps() and current and works(str(VENV / "bin" / "uv"))):
        return False
    if named:
        wanted = host.probe(named)
        return wanted is not None and wanted.version == current.version
    return current.fits(versions)


def require_installable(directory: str) -> None:
    """Refuses a clone whose path setuptools takes for a template.

    Raises:
      host.Missing: if it has braces or a dollar sign.
    """
    if set(directory) & set("{}$"):
        raise host.Missing(
            f"found {directory}, expected a path without braces and $, which "
            "setuptools expands; move or rename the clone's directory"
        )


def set_up(stamp: Optional[pathlib.Path], named: str) -> None:
    """Does what is needed so that `.venv` holds what `stamp` stands for.

    Args:
      stamp: the file that says so to `make`; without one, only uv is needed.
      named: the Python that the user chose, or "".
    """
    require_installable(os.getcwd())
    system = os.uname()
    lock, versions = host.choose_lock(
        system.sysname, system.machine, host.libc()
    )
    reusable = is_reusable(named, versions)
    if reusable and (stamp is None or stamp.exists()):
        return
    if not reusable:
        create(make_plan(VENV, named, versions))
    if stamp:
        for old in stamps():
            old.unlink()
        install(lock)
        complete()
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
