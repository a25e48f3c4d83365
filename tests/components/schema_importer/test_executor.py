"""SchemaImporter: the artifact is the schema that is checked in."""

from tfx.types import standard_artifacts
from tfx.utils import io_utils

from components.schema_importer.executor import Executor
from modules.schema import SCHEMA


def test_stock_components_can_read_the_artifact(tmp_path):
    schema = standard_artifacts.Schema()
    schema.uri = str(tmp_path / "schema")
    Executor().Do({}, {"schema": [schema]}, {})
    (file,) = (tmp_path / "schema").iterdir()
    read = io_utils.SchemaReader().read(str(file))
    assert {feature.name for feature in read.feature} >= {"image", "label"}
    assert file.read_bytes() == SCHEMA.read_bytes()
