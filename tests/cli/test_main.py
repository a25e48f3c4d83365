"""The command line: what it takes, refuses and never imports."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from cli import main, options
from pipeline.paths import claim
from pipeline.presets import PRESETS

# What takes seconds to import; nothing of it is needed to refuse a request.
SLOW = {"apache_beam", "kfp", "keras", "tensorflow", "tfx", "ml_metadata"}
IMPORTS = f"""
import sys
from cli import main
try:
    main.main(sys.argv[1:])
finally:
    print("imported", *({SLOW} & set(sys.modules)))
"""


def cifar10(*arguments):
    """The exit code of the command line."""
    with pytest.raises(SystemExit) as exit_info:
        main.main([*map(str, arguments)])
    return exit_info.value.code


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["--version"],
        ["run", "--cap", "penguin=3"],
        ["run", "--set", "classifier.epochs=0"],
        ["run", "--preset", "nowhere.toml"],
        ["tune", "--cap", "penguin=3"],
        ["serve-check", "/nowhere/at/all"],
        ["ablation", "--help"],
        ["ablation", "--systems", "image,vit"],
        ["ablation", "--labels", "2"],
        ["kubeflow", "compile", "--help"],
        ["kubeflow", "compile", "--image", "untagged"],
    ],
)
def test_help_and_errors_import_nothing_slow(arguments, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", IMPORTS, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path.cwd())},
        cwd=tmp_path,
    )
    assert result.stdout.splitlines()[-1] == "imported", result.stderr


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
@pytest.mark.parametrize(
    ("group", "command"), [([], "tune"), (["kubeflow"], "compile")]
)
def test_help_is_there_for_the_asking(group, command, arguments, capsys):
    assert cifar10(*group, *arguments) == 0
    out, err = capsys.readouterr()
    assert f"Usage: {' '.join(['cifar10', *group])} " in out
    assert f"\n  {command} " in out
    assert err == ""


def test_the_version_is_the_packages(capsys):
    assert cifar10("--version") == 0
    name, version = capsys.readouterr().out.split()
    assert name == "cifar10"
    assert version == importlib.metadata.version("tfx-cifar10")


def test_a_shell_can_complete_presets(tmp_path):
    result = subprocess.run(
        [Path(sys.executable).with_name("cifar10")],
        capture_output=True,
        text=True,
        check=True,
        env={
            "_CIFAR10_COMPLETE": "complete_bash",
            "COMP_WORDS": "cifar10 run --preset ",
            "COMP_CWORD": "3",
        },
        cwd=tmp_path,
    )
    assert result.stdout.split() == list(PRESETS)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "classifier.epochs"], "SECTION.NAME=VALUE"),
        (["--set", "classifier.epochs=0"], "expected a number above 0"),
        (["--set", "classifier.widths=8,-1"], "whole numbers of at least 1"),
        (["--set", "clasifier.epochs=1"], "expected classifier"),
        (["--preset", "huge"], "smoke, cpu, gpu or a .toml file"),
        (["--seed", "-1"], "--seed"),
        (["--seed", "one"], "--seed"),
        (["--cap", "bird"], "NAME=N"),
        (["--cap", "bird=many"], "NAME=N"),
        (["--colour"], "--colour"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_code_2(arguments, told, capsys):
    assert cifar10("run", *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line
    assert "cifar10 run --help" in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--trials", "0"], "--trials"),
        (["--budget", "-1"], "--budget"),
        (["--schedule-share", "1.5"], "--schedule-share"),
        (["--strategy", "luck"], "'bayesian', 'hyperband', 'random'"),
        (["--model", "none"], "'autoencoder', 'classifier', 'both'"),
    ],
)
def test_wrong_bounds_of_a_search_are_refused(arguments, told, capsys):
    assert cifar10("tune", *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert "cifar10 tune --help" in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--cap", "penguin=3"], "'penguin'"),
        (["--set", "classifier.encoder=joint"], "reconstruction_weight"),
        (["--set", "autoencoder.hidden_channels=32"], "up to 24"),
        (["--preset", "nowhere.toml"], "cannot read the preset nowhere.toml"),
        (["--cap", "bird=-1"], "-1"),
        (["--cap", "bird=0"], "expected a whole number above 0"),
        (["--data", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_a_request_that_cannot_be_met_is_one_line_and_leaves_nothing(
    arguments, told, capsys, tmp_path
):
    root, cache = tmp_path / "a" / "root", tmp_path / "cache"
    where = ["--root", root, "--cache", cache]
    assert cifar10("run", *arguments, *where) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line
    assert not root.parent.exists()
    assert not cache.exists()


@pytest.mark.parametrize("option", ["cache", "data"])
def test_a_path_with_a_line_break_is_refused_in_one_line(
    option, capsys, tmp_path
):
    where = ["--root", tmp_path / "root", f"--{option}", tmp_path / "a\nb"]
    assert cifar10("run", *where) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"the path of the {option} is '/" in line
    assert list(tmp_path.iterdir()) == []


def test_no_name_has_the_terminal_do_anything(capsys, tmp_path):
    name = "all fine\x1b]0;\x1b[2J.jsonl"  # Clears the screen.
    assert cifar10("drift", tmp_path / name) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert r"all fine\x1b]0;\x1b[2J.jsonl is not a file" in line


@pytest.mark.parametrize(
    ("root", "told"),
    [
        ("gs://bucket/runs", "the root is gs:/bucket/runs, a URI"),
        ("a\nb", r"the path of the root is '/"),
        ("a\udcff", r"a\udcff'; expected one without line breaks"),
    ],
)
def test_a_root_that_means_something_else_is_refused(
    root, told, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert cifar10("run", "--root", root) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_another_run_uses_is_refused(capsys, tmp_path):
    with claim(tmp_path / "root"):
        assert cifar10("run", "--root", tmp_path / "root") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: another run is using the root")


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/tfx-cifar10")),
        ({"XDG_CACHE_HOME": ""}, Path("~/.cache/tfx-cifar10")),
        ({}, Path("~/.cache/tfx-cifar10")),
    ],
)
def test_the_cache_is_where_the_user_keeps_caches(environment, cache):
    assert options.cache_directory(None, environment) == cache.expanduser()


@pytest.mark.parametrize(
    ("arguments", "module", "name", "expected"),
    [
        (
            ["ablation"],
            "ablation.run",
            "run",
            "interrupted; run the same command to resume.",
        ),
        (
            ["models"],
            "serving.versions.registry",
            "list_versions",
            "interrupted.",
        ),
    ],
    ids=["ablation", "models"],
)
def test_an_interrupt_says_whether_the_command_resumes(
    monkeypatch, capfd, arguments, module, name, expected
):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"{module}.{name}", interrupt)
    assert cifar10(*arguments) == main.INTERRUPTED
    assert capfd.readouterr().err == f"error: {expected}\n"


def test_no_command_is_cut_off_in_the_list(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert cifar10("--help") in (None, 0)
    out = capsys.readouterr().out
    assert "kubeflow" in out
    assert "..." not in out.replace("[ARGS]...", "")
