"""The environment of a run: what else its results depend on."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from pipeline.history.record import Machine

LIBRARIES = (
    "tfx",
    "tensorflow",
    "keras",
    "numpy",
    "apache-beam",
    "ml-metadata",
    "tensorflow-data-validation",
    "tensorflow-model-analysis",
    "tensorflow-transform",
    "keras-tuner",
    "protobuf",
)
"""Those whose version can change what a run computes."""


def versions() -> dict[str, str]:
    """Of Python and of the installed ones among `LIBRARIES`."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> Machine:
    """This machine, as this process sees it."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=pages * size,
        system=f"{_distribution()}, {' '.join(platform.libc_ver())}".rstrip(),
        accelerators=_accelerators(),
    )


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The model's name, where the system tells it."""
    try:
        for line in cpuinfo.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _accelerators() -> tuple[str, ...]:
    """The GPUs that TensorFlow found; it is not imported to ask."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None:
        return ()
    config = tensorflow.config
    return tuple(
        config.experimental.get_device_details(gpu).get("device_name", "GPU")
        for gpu in config.list_physical_devices("GPU")
    )
