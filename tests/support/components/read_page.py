"""A page of the report as its elements, texts and table rows."""

from html.parser import HTMLParser

from components.run_report.page import render
from tests.support.components import made

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """A page's elements, texts and table rows; refuses unbalanced tags."""

    def __init__(self, page):
        super().__init__()
        self.open = []
        self.elements = []
        self.rows = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def row(self, name, length):
        """The cells of the only row so long that begins with `name`."""
        cells = [[" ".join(c.split()) for c in row] for row in self.rows]
        (row,) = (r for r in cells if r[0] == name and len(r) == length)
        return row

    def says(self, text):
        return text in " ".join(self.text.split())


def page(report=made.REPORT):
    return Page(render(report))
