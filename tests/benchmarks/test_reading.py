"""The sampled rows are the same however many rows there are."""

import pytest

from benchmarks import reading


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(reading, "ROWS", 20)
    monkeypatch.setattr(reading, "SAMPLED", 15)
    monkeypatch.setattr(reading, "SHARD", 10)


def test_what_is_written_is_read(few, tmp_path):
    reading.write(str(tmp_path), 3)
    assert len(list(tmp_path.iterdir())) == 6
    seconds, peak = reading.read(str(tmp_path))
    assert seconds > 0
    assert peak > 2**20


def test_too_few_rows_are_no_measurement(few, tmp_path, monkeypatch):
    reading.write(str(tmp_path), 1)
    monkeypatch.setattr(reading, "SAMPLED", 16)
    with pytest.raises(AssertionError, match="read 15 rows"):
        reading.read(str(tmp_path))
