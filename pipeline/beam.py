"""Beam's arguments, on this machine and in a container."""

from __future__ import annotations

from pathlib import Path

_RUNNER = (
    # Beam's default runner first tries to download another one.
    "--runner=FnApiRunner",
    "--direct_running_mode=multi_threading",
)
_SETUP_FILE = Path(__file__).parents[1] / "setup.py"


def local_arguments() -> tuple[str, ...]:
    """For workers in this process, one a processor.

    Nothing is ever built from the setup file, because no worker is elsewhere;
    but without it TFX builds a package of itself for each component.
    """
    return *_RUNNER, workers(0), f"--setup_file={_SETUP_FILE}"


def container_arguments(image: str) -> tuple[str, ...]:
    """For workers in the process of a step whose container has `image`.

    Without being told where workers get the code, TFX builds a package of
    itself for each step.
    """
    return *_RUNNER, f"--sdk_container_image={image}"


def workers(count: int) -> str:
    """The argument for `count` workers; 0 for one a processor."""
    return f"--direct_num_workers={count}"
