"""A command that is told to end tidies up."""

import signal

import pytest

from cli.signals import stop_like_ctrl_c

ENDING = (signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def handlers():
    """Puts the process's handlers back."""
    # Whoever runs the tests may have had them ignored, as nohup does.
    before = {n: signal.signal(n, signal.SIG_DFL) for n in ENDING}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING, ids=lambda n: n.name)
def test_being_told_to_end_is_like_ctrl_c(handlers, number):
    stop_like_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_what_is_to_outlive_its_terminal_does(handlers):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop_like_ctrl_c()
    signal.raise_signal(signal.SIGHUP)
