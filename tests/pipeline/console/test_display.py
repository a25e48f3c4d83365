"""The live board and the plain lines."""

import contextlib
import io
import os
import termios
import threading

import pyte
import pytest
import rich.console

from modules.common import progress
from modules.common.progress import Progress
from pipeline.console import redirect
from pipeline.console.board import Board
from pipeline.console.display import open_display
from pipeline.console.plain import PlainLines

NODES = ["Transform", "ClassifierTrainer", "ClassifierEvaluator"]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def images(done):
    return Progress(
        stage="classifier",
        done=done,
        total=850_000,
        unit="images",
        metrics={"loss": 1.25},
    )


def drawn(board, width=80):
    """The lines that `board` shows at `width` columns."""
    file = io.StringIO()
    rich.console.Console(file=file, width=width).print(board)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def train(display, clock):
    """Transform is cached, and the Trainer is a minute into its work."""
    display.run_started(NODES)
    display.node_started("Transform")
    display.node_finished("Transform", cached=True)
    display.node_started("ClassifierTrainer")
    for second in range(0, 61, 10):
        clock.now = float(second)
        display.progress(images(done=1_000 * second))


def test_the_board_has_one_line_for_each_component(clock):
    board = Board(clock)
    train(board, clock)
    transform, trainer, evaluator = drawn(board)
    assert transform == "✓  Transform            cached"
    assert "ClassifierTrainer    running     1:00" in trainer
    assert trainer.endswith("1,000 images/s  ETA 13:10")
    assert evaluator == "·  ClassifierEvaluator  waiting"


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, "trial 23 of 30  ETA 1:30"),
        (120, "trial 23 of 30  1,000 images/s  ETA 1:30  best 0.713"),
    ],
)
def test_a_trial_of_a_search_fits(clock, width, shown):
    board = Board(clock)
    board.run_started(["AutoencoderTuner"])
    board.node_started("AutoencoderTuner")
    for second in range(0, 61, 10):
        clock.now = float(second)
        trial = Progress(
            stage="autoencoder",
            done=1_000 * second,
            total=150_000,
            unit="images",
            metrics={"best": 0.7134},
            part="trial 23 of 30",
        )
        board.progress(trial)
    (line,) = drawn(board, width)
    assert line.endswith(shown)


def test_the_board_fits_80_columns_at_its_widest(clock):
    board = Board(clock)
    board.run_started(["AutoencoderEvaluator"])
    board.node_started("AutoencoderEvaluator")
    for second in range(2):
        clock.now = 7_200.0 + second
        done = Progress(
            stage="", done=12_345 * second, total=10**8, unit="images"
        )
        board.progress(done)
    (line,) = drawn(board)
    assert "AutoencoderEvaluator  running  2:00:01" in line
    assert line.endswith("12,345 images/s  ETA 2:14:59")


@pytest.mark.parametrize("part", ["", "trial 23 of 30"])
@pytest.mark.parametrize("width", [36, 40, 50, 60, 70, 76, 80, 90, 100])
def test_a_narrow_board_keeps_names_and_remaining_time(clock, width, part):
    board = Board(clock)
    board.run_started(["AutoencoderEvaluator", "ClassifierTrainer"])
    board.node_started("ClassifierTrainer")
    for second in range(0, 61, 10):
        clock.now = float(second)
        board.progress(
            Progress(
                stage="classifier",
                done=1_000 * second,
                total=9_000_000,
                unit="images",
                part=part,
            )
        )
    evaluator, trainer = drawn(board, width)
    assert evaluator.startswith("·  AutoencoderEvaluator")
    assert "  ClassifierTrainer  " in trainer
    assert trainer.endswith("ETA 2:29:00")
    assert "…" not in evaluator + trainer
    assert max(map(len, (evaluator, trainer))) <= width
    assert (part in trainer) == (width >= 52 or not part)
    assert ("1:00" in trainer) == (width >= (61 if part else 45))


def test_the_board_shows_the_metrics_where_there_is_room(clock):
    board = Board(clock)
    train(board, clock)
    assert "loss 1.25" not in drawn(board, width=80)[1]
    assert "loss 1.25" in drawn(board, width=100)[1]


def test_the_board_tells_failed_from_never_run(clock):
    board = Board(clock)
    train(board, clock)
    board.node_failed("ClassifierTrainer", ValueError())
    _, trainer, evaluator = drawn(board)
    assert trainer == "✗  ClassifierTrainer    failed      1:00"
    assert evaluator == "·  ClassifierEvaluator  not run"


def test_the_board_tells_stopped_from_failed(clock):
    board = Board(clock)
    train(board, clock)
    board.node_failed("ClassifierTrainer", KeyboardInterrupt())
    assert "ClassifierTrainer    stopped" in drawn(board)[1]


def test_the_board_says_what_goes_on_before_the_first_component(clock):
    board = Board(clock)
    board.note("starting TFX")
    assert "starting TFX" in drawn(board)[0]


def test_plain_lines_say_each_thing_once_and_progress_now_and_then(clock):
    file = io.StringIO()
    display = PlainLines(rich.console.Console(file=file), clock)
    display.note("starting TFX")
    train(display, clock)
    display.node_finished("ClassifierTrainer", cached=False)
    display.node_started("ClassifierEvaluator")
    display.node_failed("ClassifierEvaluator", ValueError())
    assert file.getvalue().splitlines() == [
        "starting TFX …",
        "running 3 components",
        "Transform: running",
        "Transform: cached",
        "ClassifierTrainer: running",
        "ClassifierTrainer: classifier: 30,000 of 850,000 images, loss 1.25"
        "  1,000 images/s  ETA 13:40",
        "ClassifierTrainer: classifier: 60,000 of 850,000 images, loss 1.25"
        "  1,000 images/s  ETA 13:10",
        "ClassifierTrainer: done, 1:00",
        "ClassifierEvaluator: running",
        "ClassifierEvaluator: failed, 0.0 s",
    ]


def test_a_display_hears_the_trainers_reports_and_only_while_open():
    file = io.StringIO()
    with open_display(rich.console.Console(file=file)) as display:
        heard = []
        display.progress = heard.append
        progress.report("classifier", 1, 2, "images", loss=0.5)
    progress.report("classifier", 2, 2, "images")
    assert [p.done for p in heard] == [1]


def on_terminal(show):
    """The screen of an 80x24 terminal on which `show` has drawn."""
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    primary, secondary = os.openpty()
    termios.tcsetwinsize(secondary, (24, 80))

    def watch():
        # Reading ends with an error once the other side is closed.
        with contextlib.suppress(OSError):
            while True:
                stream.feed(os.read(primary, 4_096))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with os.fdopen(secondary, "w") as file:
        show(redirect.Terminal(file=file, highlight=False, _environ={}))
    watcher.join()
    os.close(primary)
    return [line.rstrip() for line in screen.display if line.strip()]


def test_a_terminal_ends_with_one_line_a_component_and_a_cursor():
    def show(console):
        assert console.is_interactive
        with open_display(console) as display:
            display.note("starting TFX")
            display.run_started(NODES)
            for node in NODES:
                display.node_started(node)
                display.node_finished(node, cached=False)
        console.print("the end")

    assert on_terminal(show) == [
        "✓  Transform            done       0.0 s",
        "✓  ClassifierTrainer    done       0.0 s",
        "✓  ClassifierEvaluator  done       0.0 s",
        "the end",
    ]
