"""The real DAG up to one of its components, in this process."""

from tfx.orchestration import metadata
from tfx.orchestration.pipeline import Pipeline

from pipeline import pipeline as dag
from pipeline.paths import Paths
from pipeline.runner.local_runner import LocalRunner
from tests.support.pipeline import fakes


def run(config, source, root, last):
    """Runs `last` and what it needs; the URIs of outputs, by node and key."""
    paths = Paths.under(root)
    paths.metadata.parent.mkdir(parents=True)
    whole = dag.create_pipeline(config, source=source, serving=paths.serving)
    needed = _needed(next(c for c in whole.components if c.id == last))
    for component in needed:
        component._downstream_nodes &= needed
    pipeline = Pipeline(
        pipeline_name=config.dataset.pipeline_name,
        pipeline_root=str(paths.artifacts),
        components=[c for c in whole.components if c in needed],
        metadata_connection_config=metadata.sqlite_metadata_connection_config(
            str(paths.metadata)
        ),
        beam_pipeline_args=["--runner=FnApiRunner", "--setup_file=setup.py"],
    )
    return LocalRunner(fakes.Recorder()).run(pipeline)


def _needed(component):
    """The component and all that is upstream of it."""
    found = {component}
    for node in component.upstream_nodes:
        found |= _needed(node)
    return found
