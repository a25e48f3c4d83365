"""A step of a run with other parameters does what would have been compiled."""

import dataclasses
import itertools
import json
import random

import pytest

from components.image_example_gen import sample
from kubeflow import dag, sources
from kubeflow import parameters as table
from kubeflow.compiler.influence import influences
from kubeflow.parameters import SAMPLE, Parameters
from kubeflow.step import rebuild
from modules.common.errors import UserError
from pipeline import presets
from pipeline.presets import PRESETS

REAL = "0" * 64
COMPILED = Parameters(
    data_uri="/data",
    data_digest=REAL,
    preset="cpu",
    seed=7,
    overrides={"sampling.caps.cat": 9, "classifier.epochs": 9.0},
)


def other_parameters():
    """Some of all combinations of parameters, the same every time."""
    values = {
        "data_uri": ("/data", "/other"),
        "data_digest": (REAL, "b" * 64, sample.DIGEST),
        "preset": tuple(PRESETS),
        "seed": (0, 7),
        "tune": ("none", "both"),
        "accept_data": (False, True),
        "push_destination": ("/mnt/serving", "/elsewhere"),
    }
    assert values.keys() == table.RULES.keys()
    combinations = itertools.product(*values.values())
    return [
        dict(zip(values, chosen, strict=True))
        for chosen in random.Random(0).sample(list(combinations), 4)
    ]


def step_arguments(node, run):
    """What a step is told by its command, and by its inputs."""
    fields = influences().get(node, frozenset())
    compiled = table.part(COMPILED, fields)
    given = {n: getattr(run, n) for n in fields & table.RULES.keys()}
    return node, compiled, given


@pytest.mark.parametrize("values", other_parameters())
def test_every_step_does_what_would_have_been_compiled(values, monkeypatch):
    # What there is to read at these places is as stated.
    monkeypatch.setattr(sources, "read", sources.stated)
    run = dataclasses.replace(COMPILED, **values)
    before = dag.execution_properties(COMPILED, sources.stated(COMPILED))
    expected = dag.execution_properties(run, sources.stated(run))
    for node, properties in expected.items():
        found = rebuild.execution_properties(*step_arguments(node, run))
        assert (found or before[node]) == properties


def test_what_was_compiled_over_a_preset_stays_over_another():
    run = dataclasses.replace(COMPILED, preset="gpu")
    found = rebuild.execution_properties(
        *step_arguments("ClassifierTrainer", run)
    )
    hparams = json.loads(found["custom_config"])["hparams"]
    assert hparams["epochs"] == COMPILED.overrides["classifier.epochs"]
    assert hparams["widths"] == list(presets.gpu().classifier.widths)


def test_an_override_that_another_preset_cannot_have_is_one_line():
    compiled = dataclasses.replace(
        COMPILED, overrides={"classifier.encoder": "joint"}
    )
    run = vars(dataclasses.replace(compiled, preset="gpu"))
    fields = influences()["ClassifierTrainer"]
    given = {name: run[name] for name in fields & table.RULES.keys()}
    with pytest.raises(UserError, match="reconstruction_weight"):
        rebuild.execution_properties(
            "ClassifierTrainer", table.part(compiled, fields), given
        )


def test_only_what_depends_on_a_parameter_runs_again():
    def influenced_by(name):
        return {node for node, names in influences().items() if name in names}

    trained = {"AutoencoderTrainer", "ClassifierTrainer"}
    tuned = {"AutoencoderTuner", "ClassifierTuner"}
    both = {"BaselineModel", *tuned, *trained}
    evaluated = {"AutoencoderEvaluator", "ClassifierEvaluator"}
    report = {"RunReport"}
    looking = {"AnomalyGate", "BaselineModel", "Pusher"}
    assert influenced_by("push_destination") == looking
    assert influenced_by("accept_data") == {"AnomalyGate"}
    assert influenced_by("tune") == both | report
    assert influenced_by("tune.search") == both
    assert influenced_by("seed") == both | {"Transform"}
    assert influenced_by("sampling") == both | {"Transform"}
    assert influenced_by("preset") == both | evaluated | report
    assert influenced_by("gates") == evaluated | report
    autoencoder = influenced_by("autoencoder")
    assert autoencoder == both - {"ClassifierTuner"} | report
    classifier = influenced_by("classifier")
    own = {"AutoencoderTuner", "AutoencoderTrainer"}
    assert classifier == both - own | report
    # The classes and the fewest images are the data set's, not the images'.
    described = {"SchemaImporter", "StatisticsGen"}
    assert influenced_by("dataset") == influences().keys()
    of_images = influences().keys() - described
    assert influenced_by("data_digest") == of_images
    assert influenced_by("data_uri") == of_images
    assert influences().keys().isdisjoint({"ExampleValidator", "ServingCheck"})


@pytest.mark.parametrize("node", ["Transform", "Pusher", "StatisticsGen"])
def test_what_was_compiled_holds_where_nothing_has_changed(node, monkeypatch):
    monkeypatch.setattr(dag, "execution_properties", None)
    arguments = step_arguments(node, COMPILED)
    assert rebuild.execution_properties(*arguments) == {}


def test_changes_are_in_the_steps_log(capsys):
    run = dataclasses.replace(COMPILED, seed=3)
    rebuild.execution_properties(*step_arguments("Transform", run))
    assert capsys.readouterr().out == "seed is 3, not 7 as compiled\n"


@pytest.fixture(scope="module")
def binary_sample(tmp_path_factory):
    """A directory of images that the steps see."""
    directory = tmp_path_factory.mktemp("data") / "cifar-10-batches-bin"
    directory.mkdir()
    sample.write(directory)
    return directory


def read_by_example_gen(**values):
    run = dataclasses.replace(COMPILED, **values)
    arguments = step_arguments(rebuild.READER, run)
    return rebuild.execution_properties(*arguments)


@pytest.mark.parametrize("digest", ["", sample.DIGEST])
def test_images_at_another_place_are_found_and_checked(binary_sample, digest):
    found = read_by_example_gen(data_uri=str(binary_sample), data_digest=digest)
    assert found["data_uri"] == str(binary_sample)
    assert found["data_format"] == "binary"
    assert found["data_digest"] == sample.DIGEST


def test_a_step_without_a_digest_finds_it_out(binary_sample):
    run = dataclasses.replace(
        COMPILED, data_uri=str(binary_sample), data_digest=""
    )
    found = rebuild.execution_properties(*step_arguments("Pusher", run))
    assert found["push_destination"] == "/mnt/serving/cifar10_sample"


def test_the_sample_needs_no_place():
    found = read_by_example_gen(data_uri=SAMPLE, data_digest=sample.DIGEST)
    assert found["data_digest"] == sample.DIGEST


def test_changed_files_are_refused_although_nothing_else_has(binary_sample):
    compiled = {"data_uri": str(binary_sample), "data_digest": REAL}
    with pytest.raises(UserError) as error:
        rebuild.execution_properties(rebuild.READER, compiled, compiled)
    assert f"have the digest {sample.DIGEST}, expected {REAL}" in str(
        error.value
    )


def test_images_that_are_not_there_are_one_line():
    with pytest.raises(UserError, match="/nowhere does not exist"):
        read_by_example_gen(data_uri="/nowhere")


def test_a_preset_that_does_not_exist_is_one_line():
    run = dataclasses.replace(COMPILED, preset="huge")
    with pytest.raises(
        UserError, match="preset is 'huge', expected smoke, cpu or"
    ):
        rebuild.execution_properties(*step_arguments("ClassifierTrainer", run))


def test_a_parameter_of_a_later_version_is_one_line():
    later = {"later": 1}
    with pytest.raises(UserError, match=r"parameter later, .* let the image"):
        rebuild.execution_properties("Transform", later, later)
