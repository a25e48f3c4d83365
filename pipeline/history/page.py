"""The comparison of two runs as one self-contained page of HTML."""

from __future__ import annotations

from pathlib import Path

from components.run_report import page as report_page
from modules.common.errors import UserError
from pipeline.history import words
from pipeline.history.compare import Comparison

TEMPLATES = Path(__file__).parent / "templates"


def render(comparison: Comparison) -> str:
    """The page, which needs nothing but itself."""
    environment = report_page.environment(TEMPLATES)
    environment.filters["change"] = words.change
    return environment.get_template("compare.html.jinja").render(
        comparison=comparison, notable=words.notable(comparison)
    )


def write(comparison: Comparison, path: Path) -> None:
    """Writes the page.

    Raises:
      UserError: if it cannot be written there.
    """
    try:
        path.write_text(render(comparison), "utf-8")
    except OSError as error:
        raise UserError(
            f"cannot write {path} ({error.strerror}); give another --html."
        ) from error
