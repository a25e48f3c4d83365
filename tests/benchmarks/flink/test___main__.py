"""Flink beside the local runner: all but the measurement itself."""

import pytest

from benchmarks.flink import __main__ as flink
from tests.support.flink import jars


def test_each_engine_is_beside_the_local_one():
    def seconds(value):
        return dict.fromkeys(flink.COMPONENTS, value)

    measured = {
        "local": seconds(2.0),
        "1 TaskManager": seconds(6.0),
        "2 TaskManagers": seconds(3.0),
    }
    header, line, *rows, last = flink.table(measured).splitlines()
    assert header == (
        "| component | local, s | 1 TaskManager, s | ratio "
        "| 2 TaskManagers, s | ratio |"
    )
    assert line.count("---") == header.count(" | ") + 1
    assert rows[1] == "| StatisticsGen | 2.0 | 6.0 | 3.00 | 3.0 | 1.50 |"
    assert last == "| all four | 8.0 | 24.0 | 3.00 | 12.0 | 1.50 |"


def test_clusters_of_one_and_two_unless_said_otherwise():
    parse = flink.parser().parse_args
    assert parse(["--data", "x"]).task_managers == [1, 2]
    assert parse(["--data", "x", "--task-managers", "4"]).task_managers == [4]


def test_a_cluster_has_a_task_manager(capsys):
    with pytest.raises(SystemExit):
        flink.main(["--data", "x", "--task-managers", "0"])
    assert "--task-managers" in capsys.readouterr().err


def test_jobs_that_began_again_are_counted():
    class Stub:
        def jobs(self):
            return [
                [],
                ["java.lang.RuntimeException"],
                ["FlinkExpectedException"],
            ]

        def failures(self, job):
            return [{"exceptionName": name} for name in job]

    assert flink.disturbances(Stub()) == 1


def test_a_missing_program_is_one_line(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert flink.main(["--data", "sample"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert "found no java" in line


def test_data_that_is_not_there_is_one_line(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(jars, "fetch", lambda: (tmp_path, tmp_path))
    assert flink.main(["--data", str(tmp_path / "none")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
