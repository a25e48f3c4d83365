"""Images without labels, as STL-10 has them: who sees them, and who does not.

The components run on a small archive in STL-10's layout.
"""

import dataclasses
import json
from pathlib import Path

import pytest

from components.image_example_gen.contents import Contents
from modules import examples
from pipeline import presets
from pipeline.data import source as data_source
from pipeline.datasets import files
from tests.pipeline.test_pipeline import SOURCE, nodes
from tests.support import official
from tests.support.image_sets import write_archive
from tests.support.pipeline import partial

CLASSES, SIZE, PER_CLASS = ("ant", "bee", "cow"), 12, 10


def small():
    """STL-10, in all but the number of classes and of pixels."""
    stl10 = files.shipped("stl10")
    layout = dataclasses.replace(stl10.layout, image_size=SIZE)
    return dataclasses.replace(
        stl10, class_names=CLASSES, image_size=SIZE, layout=layout
    )


def config(dataset):
    made = presets.smoke(dataset)
    return dataclasses.replace(
        made,
        accept_data=True,  # Of so few images, the splits differ by chance.
        autoencoder=dataclasses.replace(made.autoencoder, epochs=1),
        classifier=dataclasses.replace(made.classifier, epochs=1),
        # A cap applies to what has its label, and to nothing else.
        sampling=dataclasses.replace(made.sampling, caps={"bee": 4}),
    )


@dataclasses.dataclass
class Run:
    """What was written to the archive, put out, and read by the Trainers."""

    written: dict
    outputs: dict
    read: list

    def uri(self, node, key):
        (uri,) = self.outputs[node][key]
        return Path(uri)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    base = tmp_path_factory.mktemp("unlabelled")
    dataset = small()
    written = official.write(base / "made", dataset, per_class=PER_CLASS)
    archive = write_archive(
        base / "made.tar.gz", base / "made", folder=dataset.layout.directory
    )
    source = data_source.resolve(
        str(archive), cache=base / "cache", dataset=dataset
    )
    read = []
    with pytest.MonkeyPatch.context() as patch:

        def load_split(patterns, *args, _load=examples.load_split, **kwargs):
            read.append(_load(patterns, *args, **kwargs))
            return read[-1]

        patch.setattr(examples, "load_split", load_split)
        outputs = partial.run(
            config(dataset), source, base / "root", "ClassifierTrainer"
        )
    return Run(written, outputs, read)


def rows(images):
    """Images as a sorted list of their bytes."""
    return sorted(image.tobytes() for image in images)


def test_the_autoencoder_sees_them_and_the_classifier_never_does(run):
    by_autoencoder, by_classifier = run.read
    unlabelled, _ = run.written["unlabelled"]
    train, labels = run.written["train"]
    seen = rows(by_autoencoder.pixels)
    assert len(seen) == len(unlabelled) + 2 * PER_CLASS + 4
    assert (
        set(rows(unlabelled))
        < set(seen)
        <= {
            *rows(unlabelled),
            *rows(train),
        }
    )
    seen = rows(by_classifier.pixels[by_classifier.sampled])
    assert len(seen) == 2 * PER_CLASS + 4
    assert set(seen) <= set(rows(train))
    assert set(by_classifier.labels) == set(labels)


def test_caps_apply_to_labelled_images_only(run):
    _, by_classifier = run.read
    sampled = by_classifier.labels[by_classifier.sampled].tolist()
    assert [sampled.count(label) for label in range(3)] == [10, 4, 10]


def test_no_label_of_theirs_is_counted(run):
    examples_uri = run.uri("ImageExampleGen", "examples")
    assert Contents.read(str(examples_uri)).classes == {
        "train": (PER_CLASS,) * 3,
        "test": (PER_CLASS,) * 3,
    }
    statistics = run.uri("StatisticsGen", "statistics")
    assert {p.name for p in statistics.iterdir()} == {
        "Split-train",
        "Split-test",
    }


def test_the_model_says_which_class_was_capped(run):
    model = run.uri("ClassifierTrainer", "model") / "Format-Serving"
    found = json.loads((model / "assets.extra" / "model.json").read_text())
    assert found["capped_classes"] == ["bee"]


def splits(found):
    """The splits that each Tuner and Trainer is told to read."""
    return {
        name: json.loads(
            node.parameters.parameters["train_args"].field_value.string_value
        )["splits"]
        for name, node in found.items()
        if "train_args" in node.parameters.parameters
    }


def test_without_such_images_nothing_is_another_component(tmp_path):
    found = nodes(tmp_path)
    assert set(map(tuple, splits(found).values())) == {("train",)}
    (stats, gen) = (
        found[name].parameters.parameters
        for name in ("StatisticsGen", "ImageExampleGen")
    )
    assert "exclude_splits" not in stats
    assert "unlabelled" not in str(gen)
    mnist = files.shipped("mnist")
    assert "unlabelled" not in mnist.spec.to_json()


def test_with_them_the_autoencoder_is_told_to_read_them(tmp_path):
    stl10 = presets.cpu(files.shipped("stl10"))
    found = nodes(tmp_path, stl10, dataclasses.replace(SOURCE, format="stl10"))
    assert splits(found) == {
        "AutoencoderTuner": ["train", "unlabelled"],
        "AutoencoderTrainer": ["train", "unlabelled"],
        "ClassifierTuner": ["train"],
        "ClassifierTrainer": ["train"],
    }
    excluded = found["StatisticsGen"].parameters.parameters["exclude_splits"]
    assert excluded.field_value.string_value == '["unlabelled"]'
