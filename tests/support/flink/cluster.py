"""A Flink session cluster of processes on this machine, and a job server."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.flink.jars import fetch

JOB_MANAGER = (
    "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
)
TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
JOB_SERVER = "org.apache.beam.runners.flink.FlinkJobServerDriver"
SECONDS = 120

# What Flink's own scripts open of Java 17's modules.
OPENED = ("lang", "net", "io", "nio", "lang.reflect", "text", "time", "util")
CONCURRENT = ("concurrent", "concurrent.atomic", "concurrent.locks")
JAVA = (
    "java",
    *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPENED),
    *(
        f"--add-opens=java.base/java.util.{name}=ALL-UNNAMED"
        for name in CONCURRENT
    ),
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
)
# The memory that those scripts would compute. TFMA's graph has many shuffles:
# small segments make enough network buffers of little memory.
SETTINGS = {
    "jobmanager.rpc.address": "127.0.0.1",
    "jobmanager.bind-host": "127.0.0.1",
    "taskmanager.bind-host": "127.0.0.1",
    "taskmanager.host": "127.0.0.1",
    "rest.address": "127.0.0.1",
    "rest.bind-address": "127.0.0.1",
    "jobmanager.memory.process.size": "1024m",
    "taskmanager.memory.network.min": "384m",
    "taskmanager.memory.network.max": "384m",
    "taskmanager.memory.segment-size": "8kb",
    "taskmanager.network.sort-shuffle.min-buffers": "64",
    "taskmanager.memory.task.heap.size": "256m",
    "taskmanager.memory.managed.size": "256m",
    "taskmanager.memory.task.off-heap.size": "0",
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.jvm-metaspace.size": "256m",
    "taskmanager.memory.jvm-overhead.min": "192m",
    "taskmanager.memory.jvm-overhead.max": "192m",
    # A lost TaskManager is noticed, and the job starts again on the other. All
    # of its tasks fail at once; with fixed-delay each would be an attempt.
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "10000",
    "restart-strategy.type": "exponential-delay",
    "restart-strategy.exponential-delay.attempts-before-reset-backoff": "10",
}


class Cluster:
    """A JobManager, TaskManagers and Beam's job server.

    Args:
      directory: for configuration, logs and temporary files.
      task_managers: how many.
      slots: of each.

    Attributes:
      endpoint: of the job server, HOST:PORT.
      task_managers: their processes.
    """

    def __init__(
        self, directory: Path, task_managers: int = 2, slots: int = 2
    ) -> None:
        self._flink, self._beam = fetch()
        self._directory = directory
        self._stack = contextlib.ExitStack()
        self.task_managers: list[subprocess.Popen[bytes]] = []
        self._count = task_managers
        self._settings = SETTINGS | {
            "taskmanager.numberOfTaskSlots": str(slots),
            "taskmanager.cpu.cores": str(slots),
        }

    def __enter__(self) -> Self:
        rpc, self._rest, job = free_ports(3)
        settings = self._settings | {
            "jobmanager.rpc.port": str(rpc),
            "rest.port": str(self._rest),
            "io.tmp.dirs": str(self._directory),
        }
        lines = [f"{name}: {value}\n" for name, value in settings.items()]
        (self._directory / "flink-conf.yaml").write_text("".join(lines))
        self.endpoint = f"localhost:{job}"
        try:
            self._start_all(job)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start_all(self, job: int) -> None:
        configuration = ["--configDir", str(self._directory)]
        self._start(self._flink, "-Xmx512m", JOB_MANAGER, *configuration)
        for _ in range(self._count):
            self._start_task_manager()
        self._start(
            self._beam,
            "-Xmx512m",
            JOB_SERVER,
            f"--flink-master=127.0.0.1:{self._rest}",
            "--job-host=localhost",
            f"--job-port={job}",
            "--artifact-port=0",
            "--expansion-port=0",
            f"--artifacts-dir={self._directory / 'artifacts'}",
        )
        wait_until(
            lambda: (
                self.overview()["taskmanagers"] == self._count and answers(job)
            ),
            "Flink did not start",
        )

    def _start_task_manager(self) -> None:
        options = [
            part
            for name, value in self._settings.items()
            if name.startswith("taskmanager.")
            for part in ("-D", f"{name}={value}")
        ]
        options += ["-D", f"taskmanager.resource-id={len(self.task_managers)}"]
        configuration = ("--configDir", str(self._directory))
        self.task_managers.append(
            self._start(
                *(
                    self._flink,
                    "-Xmx384m -XX:MaxDirectMemorySize=600m",
                    TASK_MANAGER,
                ),
                *(*configuration, *options),
            )
        )

    def busy(self) -> list[int]:
        """The indices of the TaskManagers that have tasks.

        A job's slots are kept for a while after it has ended.
        """
        running = any(job["tasks"]["running"] for job in self.jobs())
        return [
            int(manager["id"])
            for manager in self._get("taskmanagers")["taskmanagers"]
            if running and manager["freeSlots"] < manager["slotsNumber"]
        ]

    def replace_task_manager(self) -> None:
        """Kills one that has tasks, and starts another."""
        self.task_managers[self.busy()[0]].kill()
        self._start_task_manager()

    def _start(
        self, jars: Path, memory: str, main: str, *arguments: str
    ) -> subprocess.Popen[bytes]:
        name = main.rpartition(".")[2]
        log = self._directory / f"{name}-{len(self.task_managers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*JAVA, *memory.split(), "-cp", f"{jars}/*", main, *arguments],
                stdout=output,
                stderr=output,
                env=os.environ | {"FLINK_CONF_DIR": str(self._directory)},
            )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def overview(self) -> dict[str, Any]:
        """What Flink's REST API says of the cluster."""
        return self._get("overview")

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs so far."""
        return self._get("jobs/overview")["jobs"]

    def failures(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """The failures from which a job recovered."""
        found = self._get(f"jobs/{job['jid']}/exceptions")
        return found["exceptionHistory"]["entries"]

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self._rest}/{path}", timeout=10
        ) as answer:
            return json.load(answer)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(count)
        ]
        return [each.getsockname()[1] for each in sockets]


def answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("localhost", port), timeout=1).close()
        return True
    return False


def wait_until(
    condition: Callable[[], Any], message: str, seconds: float = SECONDS
) -> None:
    """Waits; what is not there yet is no error until the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError, KeyError):
            if condition():
                return
        time.sleep(0.2)
    raise TimeoutError(message)
