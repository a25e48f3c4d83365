"""What docs/KUBEFLOW.md says to type, and what it names, is there."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from cli.main import app

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docs" / "KUBEFLOW.md").read_text()
MAKEFILE = (REPOSITORY / "Makefile").read_text()
PYTHON = "\n".join(
    path.read_text()
    for package in ("kubeflow", "components", "pipeline", "modules")
    for path in (REPOSITORY / package).rglob("*.py")
)
OURS = (
    "cannot reach Kubeflow Pipelines at",
    "cannot write to the push destination",
    "on a file system with locks",
    "another push to",
)
"""Symptoms in the table that are our own messages."""


def typed():
    """All that stands to be typed: blocks, indented lines, code spans."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    blocks += re.findall(r"(?:^    .*\n)+", TEXT, re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    prose = re.sub(r"```sh\n.*?```|^\|.*$", "", TEXT, flags=re.DOTALL | re.M)
    return lines + re.findall(r"`([^`]+)`", prose)


def commands(program):
    """The words after `program`, wherever it is called."""
    found = []
    for line in typed():
        words = shlex.split(line, comments=True)
        if program in words:
            found.append(words[words.index(program) + 1 :])
    return found


@pytest.mark.parametrize("words", commands("cifar10"), ids=" ".join)
def test_a_command_has_the_options_it_is_shown_with(words):
    command, rest = typer.main.get_command(app), list(words)
    while hasattr(command, "commands"):
        assert rest[0] in command.commands
        command = command.commands[rest.pop(0)]
    known = {option for each in command.params for option in each.opts}
    given = [word.split("=")[0] for word in rest if word.startswith("--")]
    assert set(given) <= known


@pytest.mark.parametrize("words", commands("make"), ids=" ".join)
def test_a_target_of_make_takes_what_it_is_given(words):
    target, *variables = words
    rule = re.search(rf"^{target}:.*\n(\t.*\n)*", MAKEFILE, re.MULTILINE)
    assert rule
    for variable in variables:
        assert f"$({variable.split('=')[0]}" in rule[0]


def test_what_kubectl_applies_is_here():
    directories = [
        Path(words[words.index("--kustomize") + 1])
        for words in commands("kubectl")
        if "--kustomize" in words
    ]
    ours = [path for path in directories if "$manifests" not in path.parts[0]]
    assert len(ours) == 3
    for path in ours:
        assert (REPOSITORY / path / "kustomization.yaml").is_file()


def test_files_that_are_named_are_there():
    folders = "kubeflow|requirements|tests|serving|pipeline"
    named = set(re.findall(rf"`((?:{folders})/[\w./-]+)`", TEXT))
    assert len(named) >= 5
    for name in named:
        assert (REPOSITORY / name).exists(), name


@pytest.mark.parametrize("message", OURS)
def test_our_messages_are_told_as_they_are(message):
    assert message in TEXT
    joined = re.sub(r'"\s*\n\s*f?"', "", PYTHON)
    assert message in joined


def test_every_trouble_has_a_symptom_a_cause_and_a_remedy():
    _, _, table = TEXT.partition("| symptom | cause | remedy |\n")
    rows = table[: table.index("\n\n")].splitlines()[1:]
    assert len(rows) >= 10
    for row in rows:
        cells = re.split(r"(?<!\\)\|", row.strip("|"))
        assert len(cells) == 3
        assert all(cell.strip() for cell in cells)
