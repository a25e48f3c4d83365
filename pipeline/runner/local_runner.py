"""Runs the DAG on this machine, node by node, and notifies an observer.

TFX's own `LocalDagRunner` reports nothing between start and end, continues
after a node whose inputs could not be resolved, and leaves an interrupted
execution marked as running. This one reports, stops and cleans up; each node is
still run by TFX's `Launcher`, with a cache of its own and a manifest of each
output.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import itertools
import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.dsl.compiler import constants
from tfx.orchestration import metadata
from tfx.orchestration.local import local_dag_runner, runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import pipeline_pb2
from tfx.types.standard_artifacts import Examples

from components.substitute import in_place_of
from modules.common.errors import UserError
from pipeline.runner import manifests, recovery, worker_pool
from pipeline.runner.cache import Cache
from pipeline.runner.observer import NodeFailed, Observer

_LOGGER = logging.getLogger(__name__)
_DISK_FULL = (os.strerror(errno.ENOSPC), "database or disk is full")
"""What errors of the system and of SQLite say; Beam hands on their text."""

Outputs = Mapping[str, Mapping[str, Sequence[str]]]
"""Artifact URIs by node id and output key."""


class NodeError(RuntimeError):
    """TFX did not run a node, without an exception of its own."""


class LocalRunner(local_dag_runner.LocalDagRunner):
    """A `LocalDagRunner` that notifies `observer` of each node.

    Its `run(pipeline)` returns the `Outputs` of all nodes, and raises
    `NodeFailed` with the first one that fails.
    """

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self._observer = observer

    def run_with_ir(
        self,
        pipeline: pipeline_pb2.Pipeline,
        run_options: pipeline_pb2.RunOptions | None = None,
    ) -> Outputs:
        """Runs a compiled pipeline; partial runs are not supported."""
        if run_options:
            raise NotImplementedError("LocalRunner takes no run options.")
        runtime_parameter_utils.substitute_runtime_parameter(
            pipeline,
            {
                constants.PIPELINE_RUN_ID_PARAMETER_NAME: (
                    datetime.datetime.now().isoformat()
                )
            },
        )
        nodes = {
            node.pipeline_node.node_info.id: node.pipeline_node
            for node in pipeline.nodes
        }
        run = _Run(pipeline, self._observer)
        run.put_in_order()
        self._observer.run_started(list(nodes))
        return {
            node_id: self._run_node(run, node_id, node)
            for node_id, node in nodes.items()
        }

    def _run_node(
        self, run: _Run, node_id: str, node: pipeline_pb2.PipelineNode
    ) -> Mapping[str, Sequence[str]]:
        self._observer.node_started(node_id)
        try:
            with worker_pool.in_use():
                execution = run.launch(node)
        except BaseException as error:
            _LOGGER.exception("%s failed", node_id)
            cause = run.clean_up(error)
            self._observer.node_failed(node_id, error)
            if isinstance(error, Exception):
                raise NodeFailed(node_id) from cause
            raise
        cached = execution.last_known_state == Execution.CACHED
        self._observer.node_finished(node_id, cached=cached)
        return run.output_uris(execution)


class _Run:
    """What the nodes of one run share: specifications and metadata."""

    def __init__(
        self, pipeline: pipeline_pb2.Pipeline, observer: Observer
    ) -> None:
        self._pipeline = pipeline
        self._observer = observer
        self._deployment = runner_utils.extract_local_deployment_config(
            pipeline
        )
        connection = self._deployment.metadata_connection_config
        self._connection = getattr(
            connection, connection.WhichOneof("connection_config")
        )
        self._database = Path(self._connection.sqlite.filename_uri)
        self._inode: int | None = None

    @property
    def _root(self) -> Path:
        spec = self._pipeline.runtime_spec.pipeline_root
        return Path(spec.field_value.string_value)

    def put_in_order(self) -> None:
        """Makes the root ready for a run; see `recovery`."""
        with metadata.Metadata(self._connection) as handle:
            recovery.put_in_order(
                handle.store, self._root, self._observer.notice
            )
        self._inode = self._database.stat().st_ino

    def launch(self, node: pipeline_pb2.PipelineNode) -> Execution:
        """Runs `node`, or finds it in the cache.

        Raises:
          NodeError: if TFX skipped it, or could not resolve its inputs.
          UserError: if the root was removed since the run began.
          Exception: whatever its executor raises.
        """
        self._require_root()
        node_id = node.node_info.id
        info = _Launcher(
            Cache(self._database.parent, self._observer.notice),
            pipeline_node=node,
            mlmd_connection=metadata.Metadata(self._connection),
            pipeline_info=self._pipeline.pipeline_info,
            pipeline_runtime_spec=self._pipeline.runtime_spec,
            executor_spec=runner_utils.extract_executor_spec(
                self._deployment, node_id
            ),
            custom_driver_spec=runner_utils.extract_custom_driver_spec(
                self._deployment, node_id
            ),
        ).launch()
        if info is None or info.execution_id is None:
            raise NodeError("TFX skipped it: its inputs are not there.")
        self._require_root()
        with metadata.Metadata(self._connection) as handle:
            (execution,) = handle.store.get_executions_by_id(
                [info.execution_id]
            )
        if not execution_lib.is_execution_successful(execution):
            raise NodeError("TFX could not resolve its inputs; see the log.")
        return execution

    def _require_root(self) -> None:
        """Raises a UserError if the metadata is not that of the start."""
        with contextlib.suppress(OSError):
            if self._database.stat().st_ino == self._inode:
                return
        raise UserError(
            f"{self._database} was removed or replaced during the run; "
            "nothing else may change the root. Run again."
        )

    def output_uris(self, execution: Execution) -> dict[str, list[str]]:
        """The URIs of what `execution` put out, by output key."""
        with metadata.Metadata(self._connection) as handle:
            outputs = execution_lib.get_output_artifacts(handle, execution.id)
        return {
            key: [artifact.uri for artifact in artifacts]
            for key, artifacts in outputs.items()
        }

    def clean_up(self, error: BaseException) -> BaseException:
        """Drops what a node that failed has left, as far as that can be done.

        Returns:
          Why it failed: `error`, or what that was the consequence of.
        """
        try:
            self._require_root()
            with metadata.Metadata(self._connection) as handle:
                recovery.end_abandoned(handle.store, self._root)
        except UserError as gone:
            return gone
        except Exception:  # A full disk, say; the next run does it.
            _LOGGER.exception("Could not clean up")
        if any(words in str(error) for words in _DISK_FULL):
            return UserError(
                "a disk is full; expected room in "
                f"{self._database.parent} and {tempfile.gettempdir()}. Free "
                "some space and run again: finished components are reused."
            )
        return error


class _Launcher(launcher.Launcher):
    """TFX's launcher, with our cache and a manifest of each output."""

    def __init__(self, cache: Cache, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._cache = cache

    def _prepare_execution(self) -> Any:
        with in_place_of(launcher, "cache_utils", self._cache):
            return super()._prepare_execution()

    def _publish_successful_execution(
        self,
        execution_id: int,
        contexts: Any,
        output_dict: Any,
        executor_output: Any,
    ) -> None:
        """Writes the manifests before the metadata calls it complete."""
        for artifact in itertools.chain(*output_dict.values()):
            examples = artifact.type_name == Examples.TYPE_NAME
            manifests.write(artifact.uri, examples=examples)
        super()._publish_successful_execution(
            execution_id, contexts, output_dict, executor_output
        )
