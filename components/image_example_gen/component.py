"""ImageExampleGen: from image files to tf.Examples in two splits."""

from __future__ import annotations

from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.types import standard_artifacts
from tfx.types.channel import Channel
from tfx.types.component_spec import ChannelParameter, ExecutionParameter

from components.code_digest import CodedSpec
from components.image_example_gen.executor import Executor
from components.image_example_gen.formats import DataFormat
from components.image_example_gen.image_set import ImageSpec


class ImageExampleGenSpec(CodedSpec):
    """The inputs, outputs and parameters of ImageExampleGen."""

    PARAMETERS = {
        "data_uri": ExecutionParameter(type=str),
        "data_format": ExecutionParameter(type=str),
        "data_digest": ExecutionParameter(type=str),
        "spec": ExecutionParameter(type=str),
    }
    INPUTS = {}
    OUTPUTS = {"examples": ChannelParameter(type=standard_artifacts.Examples)}


class ImageExampleGen(BaseBeamComponent):
    """Writes the splits `train` and `test` of a labelled image set.

    Where it has images without labels, these are a split `unlabelled`, with
    the label `NO_LABEL`: for the autoencoder, and for nothing else.

    Each tf.Example has `image` (PNG bytes), `label` (int64, a position in the
    list of class names), `key` (bytes, unique and stable) and the image's
    statistics (floats, see `modules.image_statistics`), for StatisticsGen.

    It has no driver, so it runs the same on every orchestrator; everything that
    should trigger a rerun is an execution property.

    Args:
      data_uri: the directory of the data set.
      data_format: how it is laid out, see `formats.detect`.
      data_digest: of the files' contents.
      spec: the classes, the size of the images, and how others are resized.

    Outputs:
      examples: `standard_artifacts.Examples`, uncompressed TFRecord files, and
        the file `contents.json` with counts of classes and duplicates.
    """

    SPEC_CLASS = ImageExampleGenSpec
    EXECUTOR_SPEC = BeamExecutorSpec(Executor)

    def __init__(
        self,
        *,
        data_uri: str,
        data_format: DataFormat,
        data_digest: str,
        spec: ImageSpec,
    ) -> None:
        super().__init__(
            ImageExampleGenSpec(
                data_uri=data_uri,
                data_format=data_format,
                data_digest=data_digest,
                spec=spec.to_json(),
                examples=Channel(type=standard_artifacts.Examples),
            )
        )
