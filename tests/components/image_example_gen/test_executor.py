"""ImageExampleGen end to end through Beam, and as a component."""

from __future__ import annotations

import dataclasses
import shutil
import types

import numpy as np
import pytest
import tensorflow as tf
from tfx.components.util import examples_utils, tfxio_utils
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.types import artifact_utils, standard_artifacts

from components.image_example_gen import executor as executor_lib
from components.image_example_gen.component import ImageExampleGen
from components.image_example_gen.contents import Contents
from components.image_example_gen.executor import COUNTER_NAMESPACE, Executor
from components.image_example_gen.formats import open_image_set
from components.image_example_gen.image_set import ImageSpec, split_range
from modules.common.errors import UserError
from modules.image_statistics import image_statistics
from pipeline.datasets import files as files_of_datasets
from tests.support import official
from tests.support.image_sets import CLASSES, SPEC, write_binary, write_folder


def run(root, data_format, output, *beam_args, spec=SPEC):
    """Runs the executor; returns the artifact and the Beam result."""
    examples = standard_artifacts.Examples()
    examples.uri = str(output)
    executor = Recorded(
        BaseBeamExecutor.Context(
            beam_pipeline_args=[
                "--runner=FnApiRunner",
                "--setup_file=setup.py",
                *beam_args,
            ]
        )
    )
    properties = {
        "data_uri": str(root),
        "data_format": data_format,
        "data_digest": "d",
        "spec": spec.to_json(),
    }
    executor.Do({}, {"examples": [examples]}, properties)
    return examples, executor.pipelines[0].result


class Recorded(Executor):
    """The executor, with its Beam pipelines kept."""

    def __init__(self, context):
        super().__init__(context)
        self.pipelines = []

    def _make_beam_pipeline(self):
        self.pipelines.append(super()._make_beam_pipeline())
        return self.pipelines[-1]


@pytest.fixture(params=["binary", "image_folder"])
def data_format(request):
    return request.param


@pytest.fixture
def root(tmp_path, data_format):
    write = write_binary if data_format == "binary" else write_folder
    return write(tmp_path / "data")


def files(examples):
    directories = [
        artifact_utils.get_split_uri([examples], split)
        for split in ("train", "test")
    ]
    return [
        name
        for directory in directories
        for name in sorted(tf.io.gfile.glob(f"{directory}/*"))
    ]


def parsed(examples, split):
    directory = artifact_utils.get_split_uri([examples], split)
    names = sorted(tf.io.gfile.glob(f"{directory}/*"))
    return [
        {
            name: getattr(f, f.WhichOneof("kind")).value[0]
            for name, f in tf.train.Example.FromString(
                record
            ).features.feature.items()
        }
        for record in tf.data.TFRecordDataset(names).as_numpy_iterator()
    ]


def test_every_image_is_written_with_its_label_and_key(
    tmp_path, root, data_format
):
    examples, _ = run(root, data_format, tmp_path / "out")
    images = open_image_set(root, data_format, SPEC)
    for split in ("train", "test"):
        expected = {}
        for shard in images.shards(100):
            if shard.split == split:
                read = images.read(shard)
                expected |= dict(
                    zip(
                        read.keys,
                        zip(read.pixels, read.labels, strict=True),
                        strict=True,
                    )
                )
        rows = parsed(examples, split)
        assert len(rows) == len(expected) == images.counts()[split]
        for row in rows:
            pixels, label = expected[row["key"].decode()]
            assert row["label"] == label
            np.testing.assert_array_equal(
                tf.io.decode_png(row["image"]), pixels
            )
            for name, values in image_statistics(pixels[None]).items():
                assert row[name] == values[0]


def test_the_contents_are_counted(tmp_path):
    root = write_binary(tmp_path / "data")
    shutil.copyfile(root / "data_batch_2.bin", root / "test_batch.bin")
    shutil.copyfile(root / "data_batch_2.bin", root / "data_batch_5.bin")
    examples, _ = run(root, "binary", tmp_path / "out")
    found = Contents.read(examples.uri)
    assert found.classes == {"train": (10, 10, 10), "test": (2, 2, 2)}
    assert found.repeated == {"train": 6, "test": 0}
    assert found.shared["train"] == 6
    assert found.pairs["train"][0] == (
        "test_batch.bin:00000",
        "data_batch_2.bin:00000",
    )


def test_images_without_labels_are_compared_too(tmp_path):
    stl10 = files_of_datasets.shipped("stl10")
    layout = dataclasses.replace(stl10.layout, image_size=12)
    dataset = dataclasses.replace(stl10, image_size=12, layout=layout)
    root = tmp_path / "data"
    official.write(root, dataset)
    shutil.copyfile(root / "test_X.bin", root / "unlabeled_X.bin")
    examples, _ = run(root, "stl10", tmp_path / "out", spec=dataset.spec)
    found = Contents.read(examples.uri)
    assert found.shared == {"train": 0, "unlabelled": 20}
    assert found.pairs["unlabelled"][0] == (
        "test_X.bin:00000",
        "unlabeled_X.bin:00000",
    )


def test_beam_counts_the_images_of_every_class(tmp_path, root, data_format):
    _, result = run(root, data_format, tmp_path / "out")
    counters = {
        c.key.metric.name: c.committed
        for c in result.metrics().query()["counters"]
        if c.key.metric.namespace == COUNTER_NAMESPACE
    }
    labels = open_image_set(root, data_format, SPEC)
    each = {s: n // len(CLASSES) for s, n in labels.counts().items()}
    assert counters == {
        f"{split}/{name}": each[split]
        for split in ("train", "test")
        for name in CLASSES
    }


def test_the_files_do_not_depend_on_the_runner(
    tmp_path, root, data_format, monkeypatch
):
    monkeypatch.setattr(executor_lib, "SHARD_IMAGES", 4)
    one, _ = run(root, data_format, tmp_path / "one")
    two, _ = run(
        root,
        data_format,
        tmp_path / "two",
        "--direct_running_mode=multi_threading",
        "--direct_num_workers=3",
    )
    assert len(files(one)) > 2
    for a, b in zip(files(one), files(two), strict=True):
        with tf.io.gfile.GFile(a, "rb") as f, tf.io.gfile.GFile(b, "rb") as g:
            assert f.read() == g.read()


@pytest.mark.parametrize(
    ("size", "images", "files"),
    [(32, 50_000, 10), (132, 50_000, 10), (512, 50_000, 147), (4_096, 12, 3)],
)
def test_large_images_make_smaller_files(tmp_path, size, images, files):
    """A worker holds one at a time."""
    data = types.SimpleNamespace(
        spec=ImageSpec(CLASSES, size),
        counts=lambda: {"train": images},
        shards=lambda most: split_range("train", "", images, most),
    )
    examples = standard_artifacts.Examples()
    examples.uri = str(tmp_path)
    examples.split_names = artifact_utils.encode_split_names(["train"])
    planned = [shard for shard, _ in executor_lib.plan(data, examples)]
    assert len(planned) == files
    largest = max(shard.stop - shard.start for shard in planned)
    assert largest * 3 * size**2 <= 256 << 20


def test_stock_components_can_read_the_artifact(tmp_path):
    root = write_binary(tmp_path / "data")
    examples, _ = run(root, "binary", tmp_path / "out")
    assert artifact_utils.decode_split_names(examples.split_names) == [
        "train",
        "test",
    ]
    assert (
        examples_utils.get_payload_format_string(examples)
        == "FORMAT_TF_EXAMPLE"
    )
    assert tfxio_utils.get_split_tfxio([examples], "test", ["t"]) is not None


def test_data_that_has_changed_since_the_check_fails_the_component(tmp_path):
    root = write_binary(tmp_path / "data")
    (root / "data_batch_1.bin").unlink()
    with pytest.raises(UserError, match=r"data_batch_1\.bin is missing"):
        run(root, "binary", tmp_path / "out")


def test_the_component_passes_its_arguments_on():
    component = ImageExampleGen(
        data_uri="/data",
        data_format="binary",
        data_digest="d",
        spec=SPEC,
    )
    assert component.id == "ImageExampleGen"
    assert component.outputs["examples"].type is standard_artifacts.Examples
    digest = component.exec_properties["code_digest"]
    assert component.exec_properties == {
        "data_uri": "/data",
        "data_format": "binary",
        "data_digest": "d",
        "spec": SPEC.to_json(),
        "code_digest": digest,
    }
