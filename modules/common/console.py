"""The console of every command: it prints text literally."""

from __future__ import annotations

from typing import Any

import rich.console


class Console(rich.console.Console):
    """Rich's console, which never interprets text as markup.

    Class names, file names and messages come from data: `[/x]` in one of them
    would close a style that was never opened, and `:cat:` would become an
    emoji. Use `rich.text.Text` for styled text.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"markup": False, "emoji": False, "highlight": False, **options}
        )
