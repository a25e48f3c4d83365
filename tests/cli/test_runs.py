"""`cifar10 runs`, `report` and `compare`, as a user calls them."""

import json

import pytest

from cli import main
from tests.support.pipeline import records

ONE, OTHER = "20261122-100000", "20261123-110000"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    records.write(root, ONE)
    records.write(root, OTHER, seed=1, preset="smoke", pushed_to="")
    return root


@pytest.fixture
def cifar10(capsys, monkeypatch):
    """Runs a command; returns its exit code, output and errors."""

    def run(*arguments, columns=80):
        monkeypatch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit) as exit_info:
            main.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return exit_info.value.code, captured.out, captured.err

    return run


def test_runs_are_listed_newest_first(cifar10, root):
    (root / "logs" / "20261124-120000.log").touch()
    code, out, err = cifar10("runs", "--root", root, columns=120)
    assert (code, err) == (0, "")
    _, _, unfinished, newer, older = (line.split() for line in out.splitlines())
    assert unfinished[0] == "20261124-120000"
    assert unfinished[-1] == "unfinished"
    assert newer[:1] + newer[5:8] == [OTHER, "smoke", "1", "d" * 8]
    assert newer[-2:] == ["no", "1:15"]
    assert older[-2:] == ["1700000000", "1:15"]


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_columns_are_left_out_and_never_cut(cifar10, root, columns):
    records.write_old(root, "20261101-100000")
    _, out, _ = cifar10("runs", "--root", root, columns=columns)
    assert max(map(len, out.splitlines())) <= columns
    assert "…" not in out
    assert ONE in out
    assert "accuracy" in out
    assert ("capped" in out) == ("other" in out) == (columns >= 80)


def test_json_has_a_line_a_run(cifar10, root):
    _, out, _ = cifar10("runs", "--root", root, "--json")
    first, second = map(json.loads, out.splitlines())
    assert (first["run"], second["run"]) == (ONE, OTHER)
    assert first["pushed_to"] == "serving/cifar10/1700000000"
    assert second["seed"] == 1


def test_what_cannot_be_read_is_said_and_skipped(cifar10, root):
    (root / "logs" / f"{OTHER}.json").write_text("{")
    code, out, err = cifar10("runs", "--root", root)
    assert code == 0
    assert ONE in out
    assert OTHER not in out
    (line,) = err.splitlines()
    assert line.startswith("skipped: ")
    assert f"{OTHER}.json" in line


def test_a_root_without_runs_is_one_line(cifar10, tmp_path):
    code, out, err = cifar10("runs", "--root", tmp_path)
    assert (code, out) == (1, "")
    assert err.startswith("error: there are no runs in ")


def test_the_report_of_a_run_is_found(cifar10, root):
    (root / "reports").mkdir()
    for run in (ONE, OTHER):
        (root / "reports" / f"{run}.html").write_text("page")
    assert (
        cifar10("report", "--root", root)[1].strip().endswith(f"{OTHER}.html")
    )
    _, out, _ = cifar10("report", "20261122", "--root", root)
    assert out == f"{root / 'reports' / ONE}.html\n"


def test_a_report_that_was_not_kept_is_one_line(cifar10, root):
    code, _, err = cifar10("report", ONE, "--root", root)
    assert code == 1
    assert "there is no report" in err


@pytest.mark.parametrize("found", [True, False])
def test_a_report_is_opened(cifar10, root, monkeypatch, found):
    import webbrowser

    opened = []
    monkeypatch.setattr(
        webbrowser, "open", lambda url: opened.append(url) or found
    )
    (root / "reports").mkdir()
    page = root / "reports" / f"{ONE}.html"
    page.write_text("page")
    code, _, err = cifar10("report", ONE, "--open", "--root", root)
    assert opened == [page.as_uri()]
    assert code == (0 if found else 1)
    assert ("no web browser" in err) is not found


def test_two_runs_are_compared(cifar10, root):
    code, out, err = cifar10("compare", ONE, OTHER, "--root", root)
    assert (code, err) == (0, "")
    assert out.startswith("No difference in accuracy is shown")
    assert "run: preset" in out
    assert "No class is shown to differ" in out
    assert "the same: " in out


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_comparison_fits_and_nothing_is_cut(cifar10, root, columns):
    versions = {"python": "3.13.1", "tensorflow": "2.21.0+" + "x" * 70}
    records.write(root, "20261124-100000", hits=0.95, versions=versions)
    found = cifar10(
        *("compare", ONE, "latest", "--root", root), columns=columns
    )
    lines = found[1].splitlines()
    assert max(map(len, lines)) <= columns
    assert "…" not in found[1]
    (accuracy,) = (x for x in lines if x.startswith("accuracy"))
    # At 60 columns without p; at 40 without the two values either.
    assert len(accuracy.split()) == {40: 4, 60: 6, 80: 7}[columns]


def test_a_comparison_is_a_page_too(cifar10, root, tmp_path):
    page = tmp_path / "comparison.html"
    cifar10("compare", ONE, OTHER, "--root", root, "--html", page)
    assert "No difference in accuracy" in page.read_text()
    code, _, err = cifar10(
        "compare", ONE, OTHER, "--root", root, "--html", tmp_path / "no" / "x"
    )
    assert code == 1
    assert "cannot write" in err


def test_runs_of_two_roots_are_compared_by_their_records(
    cifar10, root, tmp_path
):
    elsewhere = records.write(tmp_path / "second", OTHER, seed=3)
    code, out, _ = cifar10("compare", ONE, elsewhere, "--root", root)
    assert code == 0
    assert "run: seed" in out


def test_comparing_needs_no_tensorflow(root):
    import subprocess
    import sys

    code = (
        "import sys; from cli import main\n"
        "try: main.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "assert not {'tensorflow', 'tfx', 'scipy.stats'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, "compare", ONE, OTHER]
    subprocess.run([*command, "--root", str(root)], check=True)
