"""SchemaImporter: the artifact is the checked-in schema, for the data set."""

from tfx.types import standard_artifacts
from tfx.utils import io_utils

from components.schema_importer.executor import Executor
from modules.schema import SCHEMA, schema


def imported(tmp_path, num_classes, min_examples):
    """The schema as stock components read it."""
    artifact = standard_artifacts.Schema()
    artifact.uri = str(tmp_path / "schema")
    properties = {"num_classes": num_classes, "min_examples": min_examples}
    Executor().Do({}, {"schema": [artifact]}, properties)
    (file,) = (tmp_path / "schema").iterdir()
    assert file.name == SCHEMA.name
    return io_utils.SchemaReader().read(str(file))


def test_stock_components_can_read_the_artifact(tmp_path):
    read = imported(tmp_path, 10, 100)
    assert read == schema(10, 100)
    assert {feature.name for feature in read.feature} >= {"image", "label"}


def test_labels_and_the_minimum_are_the_data_sets(tmp_path):
    read = imported(tmp_path, 200, 400)
    (label,) = (each for each in read.feature if each.name == "label")
    assert (label.int_domain.min, label.int_domain.max) == (0, 199)
    assert read.dataset_constraints.min_examples_count == 400
