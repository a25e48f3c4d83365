"""What comes from data is printed as it is."""

import io

import pytest
import rich.table

from modules.common.console import Console
from pipeline.console import redirect

STRANGE = "[/x] [red]cat[/red] :cat: [1]*"


@pytest.mark.parametrize("make", [Console, redirect.Terminal])
def test_text_is_not_markup_wherever_it_is_printed(make):
    file = io.StringIO()
    console = make(file=file, width=200)
    table = rich.table.Table(STRANGE, title=STRANGE, caption=STRANGE)
    table.add_row(STRANGE)
    console.print(STRANGE)
    console.print(table)
    assert file.getvalue().count(STRANGE) == 5
