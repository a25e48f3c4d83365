"""The command line, as a user meets it."""

import types

import pytest

from cli import main


@pytest.fixture
def cifar10(capsys, monkeypatch, tmp_path_factory):
    """Runs the command line: its exit code, output and errors.

    In an empty directory: whatever was run in this clone, the default root is
    not there.
    """
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))

    def run_cli(*arguments):
        with pytest.raises(SystemExit) as exit_info:
            main.main([*map(str, arguments)])
        out, err = capsys.readouterr()
        return types.SimpleNamespace(
            code=exit_info.value.code or 0, out=out, err=err
        )

    return run_cli
