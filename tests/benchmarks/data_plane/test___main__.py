"""Our components beside the stock ones: on the sample, quickly."""

from benchmarks.data_plane import __main__ as data_plane


def test_each_component_is_beside_its_stock_one():
    ours = dict.fromkeys(data_plane.STOCK_OF, 1.0)
    stock = dict.fromkeys(data_plane.STOCK_OF.values(), 4.0)
    header, _, *lines = data_plane.table(ours, stock).splitlines()
    assert header == "| component | stock, s | ours, s | ratio |"
    assert lines[1] == "| StatisticsGen | 4.0 | 1.0 | 0.25 |"


def test_data_that_is_not_there_is_one_line(capsys, monkeypatch, tmp_path):
    compare = data_plane.compare
    monkeypatch.setattr(
        data_plane,
        "compare",
        lambda data, *more: (
            ({}, {}) if data == "sample" else compare(data, *more)
        ),
    )
    assert data_plane.main(["--data", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
