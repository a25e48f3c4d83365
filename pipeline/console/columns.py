"""Tables for any width: where a column does not fit, it is left out whole.

Rich would cut every column a little instead, down to `1.0…`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_GAP = 2


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
      title: its heading.
      rank: how important it is; the greatest goes first, all of a rank
        together, and 0 always stays.
      justify: where its cells stand.
    """

    title: str
    rank: int = 0
    justify: Literal["left", "right"] = "left"


def fitting(
    columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int
) -> list[int]:
    """The positions of the columns that fit `width` together, in order."""
    widths = [
        max(cell_len(cell) for cell in cells)
        for cells in zip(*((c.title for c in columns), *rows), strict=True)
    ]
    kept = list(range(len(columns)))
    while sum(widths[i] + _GAP for i in kept) - _GAP > width:
        rank = max(columns[i].rank for i in kept)
        if rank == 0:
            break
        kept = [i for i in kept if columns[i].rank != rank]
    return kept


@dataclasses.dataclass(frozen=True)
class Columns:
    """A table that Rich can draw in whatever width there is.

    Attributes:
      columns: all, also those that may be left out.
      rows: a cell for each column, plain or styled.
      caption: a line below the table.
      wrap: whether what still does not fit goes on in the next line.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Text]]
    caption: str = ""
    wrap: bool = False

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        plain = [[_plain(cell) for cell in row] for row in self.rows]
        kept = fitting(self.columns, plain, options.max_width)
        table = Table(
            box=box.SIMPLE_HEAD,
            padding=(0, _GAP - 1, 0, 0),  # The box adds one more.
            pad_edge=False,
            show_edge=False,
            header_style="bold",
        )
        for i in kept:
            column = self.columns[i]
            table.add_column(
                column.title,
                justify=column.justify,
                no_wrap=not self.wrap,
                overflow="fold" if self.wrap else "ellipsis",
            )
        for row in self.rows:
            table.add_row(*(row[i] for i in kept))
        yield table
        if self.caption:
            yield Text(self.caption, "dim")


def _plain(cell: str | Text) -> str:
    return cell.plain if isinstance(cell, Text) else cell
