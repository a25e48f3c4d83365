"""How long each component takes, while another observer is told the same."""

from pipeline.runner.stopwatch import Stopwatch
from tests.support.pipeline.fakes import Recorder


def test_components_are_timed_and_the_observer_is_told():
    times = iter([10.0, 12.5, 20.0, 20.25])
    recorder = Recorder()
    stopwatch = Stopwatch(recorder, clock=lambda: next(times))
    stopwatch.notice("cleaned up")
    stopwatch.run_started(["A", "B"])
    stopwatch.node_started("A")
    stopwatch.node_finished("A", cached=False)
    stopwatch.node_started("B")
    stopwatch.node_finished("B", cached=True)
    stopwatch.node_failed("C", ValueError())
    found = [(c.name, c.state, c.seconds) for c in stopwatch.components]
    assert found == [("A", "done", 2.5), ("B", "cached", 0.25)]
    assert recorder.notices == ["cleaned up"]
    assert recorder.events == [
        *(("run", "A", "B"), ("started", "A"), ("done", "A")),
        *(("started", "B"), ("cached", "B"), ("failed", "C", "ValueError")),
    ]
