import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from requirements import host, set_up

REPOSITORY = Path(__file__).parents[2]
# All that the Makefile and the set-up call before a download.
TOOLS = ("bash", "cat", "cut", "getconf", "head", "make", "sed", "sha256sum")


def test_other_environments_do_not_reach_the_installers(monkeypatch):
    for name in set_up.FOREIGN:
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    environment = set_up.environment()
    assert not set(set_up.FOREIGN) & set(environment)
    assert environment["PIP_USER"] == "0"


@pytest.fixture
def venv(monkeypatch, tmp_path):
    """A `.venv` with a Python and a uv, as a killed set-up leaves it."""
    monkeypatch.chdir(tmp_path)
    programs = set_up.VENV / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    uv = shutil.which("uv") or Path(sys.executable).with_name("uv")
    (programs / "uv").symlink_to(uv)
    return set_up.VENV


VERSIONS = ("{}.{}".format(*sys.version_info[:2]),)


def test_an_unfinished_environment_is_made_anew(venv):
    assert not set_up.is_reusable("", VERSIONS)
    (venv / ".set-up-0123").touch()
    assert set_up.is_reusable("", VERSIONS)


def test_an_environment_of_another_python_is_made_anew(venv):
    (venv / ".set-up-0123").touch()
    assert not set_up.is_reusable("", ("3.99",))
    assert set_up.is_reusable(sys.executable, VERSIONS)
    assert not set_up.is_reusable("no-such-python", VERSIONS)


def test_an_environment_whose_python_is_gone_is_made_anew(venv):
    (venv / ".set-up-0123").touch()
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/no/such/python3.11")
    assert not set_up.is_reusable("", VERSIONS)


@pytest.fixture
def clone(tmp_path):
    """A clone and an empty PATH beside it; returns a function that makes."""
    here = tmp_path / "a clone [1]"
    here.mkdir()
    shutil.copytree(REPOSITORY / "requirements", here / "requirements")
    shutil.copy(REPOSITORY / "Makefile", here)
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool))

    def make(*arguments):
        answer = subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=here,
            env={"PATH": str(programs), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert answer.returncode
        assert not (here / ".venv").exists()
        line, of_make = answer.stderr.splitlines()
        assert of_make.startswith("make: ***")
        return line

    make.programs = programs
    return make


def stand_in(programs, name, answer):
    """A Python that answers the probe so, and does all else as this one."""
    (programs / name).write_text(
        f"#!/bin/bash\nif [[ $3 == *sysconfig* ]]; then printf '{answer}'\n"
        f'else exec {shlex.quote(sys.executable)} "$@"; fi\n'
    )
    (programs / name).chmod(0o755)


@pytest.mark.parametrize("target", ["run", "test", "set-up", "lock"])
def test_without_python_one_line_says_so(clone, target):
    line = clone(target)
    assert line.startswith("error: found no python3; install it")


@pytest.mark.parametrize("name", ["a {d}", "b}", "$c"])
def test_a_path_that_setuptools_expands_is_refused_in_one_line(name):
    with pytest.raises(host.Missing, match="which setuptools expands"):
        set_up.require_installable(f"/home/{name}/clone")
    set_up.require_installable("/home/a [b], *c's é/clone")


def test_without_ensurepip_one_line_says_so(clone):
    version = host.probe(sys.executable).version
    answer = rf"/usr/bin/python3\n{version}\n\nyes\n\n"
    stand_in(clone.programs, "python3", answer)
    line = clone("run")
    start = f"error: found /usr/bin/python3 ({version}) without pip and"
    assert line.startswith(start)


def test_a_python_without_modules_is_named_with_them(clone):
    answer = r"/usr/bin/python3\n3.11.2\nssl ctypes\nyes\npip\n"
    stand_in(clone.programs, "python3", answer)
    line = clone("run", "PYTHON=python3")
    assert "found /usr/bin/python3 (3.11.2 without ssl, ctypes)" in line


def test_every_process_has_the_module_that_an_old_tfdv_imports(venv):
    arrow = venv / "lib" / "python3.11" / "site-packages" / "tfx_bsl" / "arrow"
    arrow.mkdir(parents=True)
    set_up.complete()
    code = "import sql_util; sql_util.RecordBatchSQLSliceQuery('SELECT 1')"
    imported = subprocess.run(
        [sys.executable, "-c", code],
        cwd=arrow,
        capture_output=True,
        check=False,
        text=True,
    )
    assert "NotImplementedError" in imported.stderr


def test_a_module_that_is_there_stays(venv):
    arrow = venv / "lib" / "python3.11" / "site-packages" / "tfx_bsl" / "arrow"
    arrow.mkdir(parents=True)
    (arrow / "sql_util.py").write_text("kept = True")
    set_up.complete()
    assert (arrow / "sql_util.py").read_text() == "kept = True"
