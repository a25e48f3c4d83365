"""The first hour on clean distributions, as someone with nothing has it.

Makes a bare root with debootstrap, takes the README at its word (its line of
prerequisites, a clone of HEAD, `make`), and prints what became of each step.
Needs Linux, root and debootstrap, so it is no part of `make test`:

    make clean-roots
    make clean-roots CLEAN_ROOTS="debian13 --steps run,test"

Ends with 0 if all was as expected, 1 if not, 2 where a root could not be made.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clean_roots.root import SUITES, Root
from tests.clean_roots.steps import SCENARIOS, chosen


def scenarios(text: str) -> list[str]:
    """The option's names, checked."""
    names = text.split(",")
    if unknown := set(names) - set(SCENARIOS):
        raise argparse.ArgumentTypeError(
            f"found {', '.join(unknown)}, expected {', '.join(SCENARIOS)}"
        )
    return names


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="clean_roots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("roots", nargs="*", metavar="ROOT", help=", ".join(SUITES))
    add(
        "--steps",
        type=scenarios,
        default=["missing", "run", "hostile", "interrupted"],
        help=f"of {', '.join(SCENARIOS)}; default: the first four",
    )
    add("--logs", type=Path, help="where; default: a new directory")
    add("--mirror", default="", help="where debootstrap finds the packages")
    add("--uv-cache", type=Path, help="a cache to share with the roots")
    add(
        "--python",
        type=Path,
        metavar="TREE",
        help="a Python to copy into the roots, for PYTHON=TREE/bin/python3",
    )
    add("--tests", metavar="PATHS", help="for the step test; default: all")
    arguments = parser.parse_args()
    arguments.roots = arguments.roots or ["debian12", "debian13"]
    if unknown := set(arguments.roots) - set(SUITES):
        parser.error(
            f"found {', '.join(unknown)}, expected {', '.join(SUITES)}"
        )
    return arguments


def visit(root: Root, arguments: argparse.Namespace) -> int:
    """Makes a root, does the steps, removes it; the exit code."""
    python = arguments.python
    make = f"make PYTHON={python}/bin/python3" if python else "make"
    if arguments.tests:
        make += f" TESTS={shlex.quote(arguments.tests)}"
    code = 0
    try:
        root.make(arguments.mirror, python)
        for step in chosen(arguments.steps, make):
            if not root.perform(step):
                if not step.ours:
                    return 2
                code = 1
    except subprocess.CalledProcessError as error:
        print(f"{root.path.name}  no root could be made: {error}")
        return 2
    finally:
        root.remove()
    return code


def main() -> None:
    """Visits the roots, one after the other."""
    arguments = parse()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("error: it needs root, and debootstrap from your distribution")
    base = arguments.logs or Path(tempfile.mkdtemp(dir="/var/tmp"))
    base.mkdir(parents=True, exist_ok=True)
    codes = [
        visit(Root(name, base.resolve(), arguments.uv_cache), arguments)
        for name in arguments.roots
    ]
    print(f"all that was printed: {base}/*.log")
    sys.exit(1 if 1 in codes else max(codes))


if __name__ == "__main__":
    main()
