"""How a command that takes long is told to stop."""

from __future__ import annotations

import signal

STOPPING = (signal.SIGTERM, signal.SIGHUP)


def stop_like_ctrl_c() -> None:
    """Has a command that is told to end tidy up, as for Ctrl-C.

    So does one whose terminal is gone, unless it is to outlive that (nohup).
    """
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
