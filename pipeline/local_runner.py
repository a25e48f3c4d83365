"""Runs the DAG on this machine, node by node, telling an observer.

TFX's own `LocalDagRunner` says nothing between start and end, goes on after a
node whose inputs could not be resolved, and leaves the execution that was
interrupted marked as running. This one reports, stops and cleans up; each node
is still run by TFX's `Launcher`.
"""

from __future__ import annotations

import datetime
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.dsl.compiler import constants
from tfx.orchestration import metadata
from tfx.orchestration.local import local_dag_runner, runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import pipeline_pb2

from pipeline.observer import NodeFailed, Observer

_LOGGER = logging.getLogger(__name__)

Outputs = Mapping[str, Mapping[str, Sequence[str]]]
"""Artifact URIs by node id and output key."""


class NodeError(RuntimeError):
    """TFX did not run a node, without an exception of its own."""


class LocalRunner(local_dag_runner.LocalDagRunner):
    """A `LocalDagRunner` that tells `observer` about each node.

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
        run = _Run(pipeline)
        run.clean_up()
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
            execution = run.launch(node)
        except BaseException as error:
            _LOGGER.exception("%s failed", node_id)
            run.clean_up()
            self._observer.node_failed(node_id, error)
            if isinstance(error, Exception):
                raise NodeFailed(node_id) from error
            raise
        cached = execution.last_known_state == Execution.CACHED
        self._observer.node_finished(node_id, cached=cached)
        return run.output_uris(execution)


class _Run:
    """What the nodes of one run share: specifications and metadata."""

    def __init__(self, pipeline: pipeline_pb2.Pipeline) -> None:
        self._pipeline = pipeline
        self._deployment = runner_utils.extract_local_deployment_config(
            pipeline
        )
        connection = self._deployment.metadata_connection_config
        self._connection = getattr(
            connection, connection.WhichOneof("connection_config")
        )

    def launch(self, node: pipeline_pb2.PipelineNode) -> Execution:
        """Runs `node`, or finds it in the cache.

        Raises:
          NodeError: if TFX skipped it, or could not resolve its inputs.
          Exception: whatever its executor raises.
        """
        node_id = node.node_info.id
        info = launcher.Launcher(
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
        with metadata.Metadata(self._connection) as handle:
            (execution,) = handle.store.get_executions_by_id(
                [info.execution_id]
            )
        if not execution_lib.is_execution_successful(execution):
            raise NodeError("TFX could not resolve its inputs; see the log.")
        return execution

    def output_uris(self, execution: Execution) -> dict[str, list[str]]:
        """The URIs of what `execution` put out, by output key."""
        with metadata.Metadata(self._connection) as handle:
            outputs = execution_lib.get_output_artifacts(handle, execution.id)
        return {
            key: [artifact.uri for artifact in artifacts]
            for key, artifacts in outputs.items()
        }

    def clean_up(self) -> None:
        """Ends executions that nobody runs any more, and drops their output.

        Whoever holds the root's lock runs alone, so what the metadata says is
        running was killed: TFX itself ends only those that raise `Exception`.
        """
        with metadata.Metadata(self._connection) as handle:
            abandoned = [
                execution
                for execution in handle.store.get_executions()
                if execution_lib.is_execution_active(execution)
            ]
            for execution in abandoned:
                execution.last_known_state = Execution.FAILED
                self._remove_files(execution.id)
            if abandoned:
                handle.store.put_executions(abandoned)

    def _remove_files(self, execution_id: int) -> None:
        """Removes what TFX's outputs_utils made for an execution."""
        root = Path(
            self._pipeline.runtime_spec.pipeline_root.field_value.string_value
        )
        for pattern in (f"*/*/{execution_id}", f"*/.system/*/{execution_id}"):
            for directory in root.glob(pattern):
                shutil.rmtree(directory)
