"""What this machine has for the set-up: its wheels, its Pythons, its index.

Only looks: nothing is downloaded or written. Standard library only, in syntax
that Python 3.6 reads, so that an old Python can say what it lacks.
"""

import configparser
import os
import pathlib
import re
import shlex
import subprocess
import sys
from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple

HERE = pathlib.Path(__file__).resolve().parent

# ml-metadata and TFDV have wheels for glibc 2.39 only; the older releases in
# the other lock, which glibc 2.36 can load, have none for Python 3.12.
LOCKS = {
    (2, 39): ("glibc239.txt", ("3.13", "3.12", "3.11")),
    (2, 36): ("glibc236.txt", ("3.11",)),
}

# Run in a Python that may be any: its version, the modules that the packages
# need of it and that some builds lack, and what it can install uv with.
PROBE = """
import platform, sys, sysconfig
def lacks(module):
    try:
        __import__(module)
    except ImportError:
        return True
needed = ("bz2", "ctypes", "lzma", "sqlite3", "ssl", "zlib")
standard = platform.python_implementation() == "CPython"
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    standard = False
print(sys.executable)
print(".".join(map(str, sys.version_info[:3])))
print(" ".join(filter(lacks, needed)))
print("yes" if standard and sys.maxsize > 2**32 else "no")
print("pip" if not lacks("pip") else
      "ensurepip" if not lacks("ensurepip") and not lacks("venv") else "")
"""


class Missing(Exception):
    """Something that the user must install; the text is one line."""


class Interpreter(NamedTuple):
    """A Python that runs.

    Attributes:
      path: what starts it.
      version: "3.13.5".
      lacks: needed modules of the standard library that it was built without.
      standard: whether it is a 64-bit CPython with its global lock, which is
        what the wheels are built for.
      carrier: the module that can install uv: "pip", "ensurepip" or "".
    """

    path: str
    version: str
    lacks: Tuple[str, ...] = ()
    standard: bool = True
    carrier: str = "pip"

    @property
    def minor(self) -> str:
        """The part of the version that wheels depend on, such as "3.13"."""
        return ".".join(self.version.split(".")[:2])

    def fits(self, versions: Iterable[str]) -> bool:
        """Whether the locked packages run in it."""
        return self.standard and not self.lacks and self.minor in versions

    def __str__(self) -> str:
        lacks = f" without {', '.join(self.lacks)}" if self.lacks else ""
        other = "" if self.standard else ", not a 64-bit CPython with a GIL"
        return f"{self.path} ({self.version}{lacks}{other})"


def libc() -> str:
    """The C library, such as "glibc 2.36", or "" where it is another one."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError, AttributeError):
        return ""


def choose_lock(
    system: str, machine: str, library: str
) -> Tuple[str, Tuple[str, ...]]:
    """The lock file of a platform, and the Pythons it is for, newest first.

    Args:
      system: as `platform.system` says it.
      machine: as `platform.machine` says it.
      library: as `libc` says it.

    Raises:
      Missing: there are no binary packages for this platform.
    """
    found = re.match(r"glibc (\d+)\.(\d+)", library)
    if system == "Linux" and machine in ("x86_64", "AMD64") and found:
        version = (int(found.group(1)), int(found.group(2)))
        for needed in sorted(LOCKS, reverse=True):
            if version >= needed:
                return LOCKS[needed]
    raise Missing(
        f"found {system} {machine} {library or 'without glibc'}; TFX's binary "
        "packages need Linux on x86-64 with glibc 2.36 or newer: use the "
        'container image, see README.md, "Other systems"'
    )


def probe(name: str) -> Optional[Interpreter]:
    """What a Python is, or None where none runs under this name or path."""
    try:
        lines = subprocess.run(
            [name, "-I", "-c", PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    path, version, lacks, standard, carrier = lines.decode().split("\n")[:5]
    return Interpreter(
        path, version, tuple(lacks.split()), standard == "yes", carrier
    )


def interpreters(versions: Iterable[str]) -> List[Interpreter]:
    """The Pythons on the PATH, the distribution's own first."""
    names = ["python3", *(f"python{version}" for version in versions)]
    found = filter(None, map(probe, names))
    # python3 and python3.13 are mostly one and the same.
    return list({os.path.realpath(one.path): one for one in found}.values())


def install_command() -> str:
    """The distribution's command that installs all prerequisites, or ""."""
    try:
        text = pathlib.Path("/etc/os-release").read_text()
    except OSError:
        return ""
    return command_for(text, (HERE / "prerequisites.txt").read_text())


def command_for(os_release: str, prerequisites: str) -> str:
    """The line of `prerequisites.txt` for an `/etc/os-release`, or ""."""
    words = shlex.split(os_release, comments=True)
    fields = dict(word.split("=", 1) for word in words if "=" in word)
    lines = dict(re.findall(r"^(\w+): (.+)$", prerequisites, re.MULTILINE))
    for name in (
        fields.get("ID", "") + " " + fields.get("ID_LIKE", "")
    ).split():
        if name in lines:
            return ("" if os.geteuid() == 0 else "sudo ") + lines[name]
    return ""


def how_to_install(otherwise: str) -> str:
    """The distribution's command as a clause, or what to do without one."""
    command = install_command()
    return f"install what is missing: {command}" if command else otherwise


def index_settings() -> Dict[str, str]:
    """Variables that tell uv of the package index that pip is configured for.

    uv reads none of pip's settings: where a company's index or certificate is
    configured for pip alone, uv would ask the public index.
    """
    home = pathlib.Path.home()
    parser = configparser.RawConfigParser(strict=False)
    parser.read(
        [
            "/etc/xdg/pip/pip.conf",
            "/etc/pip.conf",
            str(home / ".pip" / "pip.conf"),
            str(home / ".config" / "pip" / "pip.conf"),
            os.environ.get("PIP_CONFIG_FILE", os.devnull),
        ]
    )
    settings = {}
    for ours, theirs in (
        ("UV_DEFAULT_INDEX", "index-url"),
        ("SSL_CERT_FILE", "cert"),
    ):
        variable = "PIP_" + theirs.replace("-", "_").upper()
        value = os.environ.get(variable) or parser.get(
            "global", theirs, fallback=""
        )
        if value and ours not in os.environ:
            settings[ours] = value
    if "UV_INDEX_URL" in os.environ:
        settings.pop("UV_DEFAULT_INDEX", None)
    return settings


def main() -> None:
    """Prints the newest Python here, but for this one, that the lock is for."""
    system = os.uname()
    here = ".".join(map(str, sys.version_info[:2]))
    _, versions = choose_lock(system.sysname, system.machine, libc())
    for version in versions:
        found = probe(f"python{version}") if version != here else None
        if found and found.fits(versions):
            print(found.path)
            return


if __name__ == "__main__":
    main()
