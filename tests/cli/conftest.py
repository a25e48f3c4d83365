"""The command line, as a user meets it."""

import types

import pytest

from cli import main


@pytest.fixture
def cifar10(capsys):
    """Runs the command line: its exit code, output and errors."""

    def run_cli(*arguments):
        with pytest.raises(SystemExit) as exit_info:
            main.main([*map(str, arguments)])
        out, err = capsys.readouterr()
        return types.SimpleNamespace(
            code=exit_info.value.code or 0, out=out, err=err
        )

    return run_cli
