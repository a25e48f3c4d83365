"""Beam's worker pool, for several TaskManagers on one machine.

    PATH=$PWD/.venv/bin:$PATH .venv/bin/python -m pipeline.runner.worker_pool \
        --service_port 50000

Every TaskManager numbers its workers from 1-1, and Beam's pool keeps them by
that number alone (`StopWorker` in runners/worker/worker_pool_main.py of
apache_beam 2.77): where two share a pool, the one that is done with a stage
stops the other's worker, whose job then waits for three minutes and begins
again. This pool stops none: a worker ends when its TaskManager closes the
connection. On a cluster, where each TaskManager has a pool beside it, Beam's
own is right.

With the environment `loopback`, Beam starts a pool in the pipeline's process,
whose workers are threads: there `in_use` puts this one in its place.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import Any

from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.worker import worker_pool_main

from components.substitute import in_place_of


class WorkerPool(worker_pool_main.BeamFnExternalWorkerPoolServicer):
    """Starts workers, and leaves their end to them."""

    def StopWorker(  # noqa: N802  # The service's name for it.
        self, stop_worker_request: Any, unused_context: Any
    ) -> Any:
        """Stops nothing: the number may be another TaskManager's too."""
        return beam_fn_api_pb2.StopWorkerResponse()


def in_use() -> contextlib.AbstractContextManager[None]:
    """Has Beam start this pool for `loopback`, while the block runs."""
    return in_place_of(
        worker_pool_main, "BeamFnExternalWorkerPoolServicer", WorkerPool
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is killed; each worker is a process."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.runner.worker_pool",
        description=__doc__.partition("\n")[0],
    )
    parser.add_argument("--service_port", type=int, required=True)
    chosen = parser.parse_args(arguments)
    _, server = WorkerPool.start(use_process=True, port=chosen.service_port)
    server.wait_for_termination()
    return 0


if __name__ == "__main__":
    sys.exit(main())
