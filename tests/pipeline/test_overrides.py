"""Values over a preset's: how they are read, checked and put in."""

import dataclasses
import json

import pytest

from pipeline import overrides, presets
from pipeline.configs import SECTIONS, ConfigError

CPU = presets.cpu()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("classifier.epochs=12", 12.0),
        ("classifier.epochs = 0.5", 0.5),
        ("classifier.depth=3", 3),
        ("classifier.widths=8,16", (8, 16)),
        ("classifier.lookahead=True", True),
        ("classifier.head=dense", "dense"),
        ("classifier.frozen_blocks=none", None),
        ("classifier.frozen_blocks=1", 1),
        ("sampling.caps.bird=10", 10),
        ("gates.min_accuracy=0", 0.0),
        ("tune.search.strategy=random", "random"),
    ],
)
def test_a_value_is_of_its_fields_type(text, value):
    ((path, found),) = overrides.parse([text], CPU).items()
    assert path == text.partition("=")[0].strip()
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("classifier.epochs", "expected SECTION.NAME=VALUE"),
        ("clasifier.epochs=1", "expected classifier."),
        ("seed=1", "expected autoencoder, classifier, sampling, gates or tune"),
        ("classifier.learn_rate=1", "expected learning_rate"),
        ("sampling.caps=1", "caps.NAME"),
        ("classifier.epochs.x=1", "no 'classifier.epochs.x'"),
        ("classifier.epochs=0", "'0', expected a number above 0."),
        ("classifier.epochs=inf", "'inf', expected a number above 0."),
        ("classifier.epochs=many", "'many', expected a number above 0."),
        ("classifier.depth=1.5", "expected a whole number of at least 1."),
        (
            "classifier.widths=8,-1",
            "'8,-1', expected whole numbers of at least 1, separated by",
        ),
        ("classifier.lookahead=1", "expected true or false."),
        ("classifier.head=rnn", "'rnn', expected cnn or dense."),
        ("classifier.momentum=1", "of at least 0 and below 1."),
        ("sampling.caps.bird=-1", "'-1', expected a whole number above 0"),
        ("gates.min_recall=1.5", "of at least 0 and at most 1."),
    ],
)
def test_what_cannot_be_set_is_one_line(text, told):
    with pytest.raises(ConfigError) as error:
        overrides.parse([text], CPU)
    (line,) = str(error.value).splitlines()
    assert told in line


def test_only_what_is_set_changes():
    texts = ["classifier.epochs=12", "tune.search.trials=3", "gates.min_psnr=1"]
    found = overrides.apply(CPU, overrides.parse(texts, CPU))
    assert found.classifier == dataclasses.replace(CPU.classifier, epochs=12)
    assert found.tune.search == dataclasses.replace(CPU.tune.search, trials=3)
    assert found.gates == dataclasses.replace(CPU.gates, min_psnr=1)
    assert found.autoencoder == CPU.autoencoder
    assert found.sampling == CPU.sampling


def test_the_origin_says_what_was_set():
    texts = ["classifier.epochs=12", "classifier.widths=8,16"]
    found = overrides.apply(CPU, overrides.parse(texts, CPU))
    assert found.origins == {
        "autoencoder": "preset cpu",
        "classifier": "preset cpu; set: epochs=12, widths=8,16",
    }
    assert overrides.describe(found.overrides) == texts


def test_the_presets_own_value_is_no_override():
    epochs = CPU.classifier.epochs
    found = overrides.apply(CPU, {"classifier.epochs": float(epochs)})
    assert found == CPU
    assert type(found.classifier.epochs) is type(epochs)


def test_the_order_of_overrides_does_not_matter():
    values = {"gates.min_psnr": 1.0, "classifier.epochs": 12.0}
    found = [
        overrides.describe(overrides.apply(CPU, dict(items)).overrides)
        for items in (values.items(), reversed(values.items()))
    ]
    assert found == [["classifier.epochs=12", "gates.min_psnr=1"]] * 2


def test_overrides_survive_json():
    values = overrides.parse(["classifier.widths=8,16"], CPU)
    found = overrides.apply(CPU, json.loads(json.dumps(values)))
    assert found.classifier.widths == (8, 16)


def test_values_are_checked_together():
    joint = {"classifier.encoder": "joint"}
    with pytest.raises(ConfigError, match="reconstruction_weight"):
        overrides.apply(CPU, joint)
    joint |= {"classifier.reconstruction_weight": 1.0}
    with pytest.raises(ConfigError, match="leave initial_crop out"):
        overrides.apply(CPU, joint)
    joint |= {"classifier.initial_crop": 0, "classifier.initial_share": 0.0}
    assert overrides.apply(CPU, joint).classifier.encoder == "joint"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_can_be_set_to_what_it_is(section):
    values = dataclasses.asdict(CPU.section(section))
    tables = {section: values}
    assert overrides.from_tables(tables, CPU)
    assert overrides.apply(CPU, overrides.from_tables(tables, CPU)) == CPU
