"""The console of every command: it prints text as it is."""

from __future__ import annotations

from typing import Any

import rich.console


class Console(rich.console.Console):
    """Rich's console, to which text is never markup.

    Class names, file names and messages come from data: `[/x]` in one of them
    would end a style that nobody began, and `:cat:` would be a picture. What
    is to have a style is a `rich.text.Text`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"markup": False, "emoji": False, "highlight": False, **options}
        )
