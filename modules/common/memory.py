"""The memory that this process may still take. Linux only."""

from __future__ import annotations

from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def available() -> int:
    """Bytes: what the system can give, or what is left of a container's limit.

    Where neither can be read, there is no end of it.
    """
    return min(_of_the_system(), _of_the_container())


def _of_the_system() -> int:
    for line in _read(MEMINFO).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 1 << 62


def _of_the_container() -> int:
    limit = _read(CGROUP / "memory.max").strip()
    used = _read(CGROUP / "memory.current").strip()
    if not limit.isdigit() or not used.isdigit():  # "max", or no container.
        return 1 << 62
    return max(0, int(limit) - int(used))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
