"""Reports and comparisons as a reader sees them, in a real browser."""

import dataclasses

import pytest

from components.run_report.page import render
from pipeline.history import page, store
from pipeline.history.compare import compare
from pipeline.paths import Paths
from tests.support import browser
from tests.support.components import made
from tests.support.pipeline import records

TITLES = [
    "Gates",
    "Metrics",
    "Learning curves",
    "Recall, precision, F1",
    "Classes",
    "Confusion matrix",
    "Calibration",
    "Most confident errors",
    "Errors by class",
    "Reconstructions",
    "Data",
    "Image statistics",
    "Hyperparameters",
    "Lineage",
]
LOCAL = ["Last run", "Durations", "Run"]


@pytest.fixture(scope="module")
def chromium():
    with browser.chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages by what they are about."""
    directory = tmp_path_factory.mktemp("pages")
    runs = Paths.under(directory)
    records.write(directory, "20261122-100000")
    records.write(directory, "20261123-100000", seed=1, preset="smoke")
    reasons = ("recall of cat is 0.58, the gate asks for 0.60",)
    refused = made.report(pushed_to="", reasons=reasons)
    long_names = dataclasses.replace(
        made.RUN, facts={"commit": "c" * 200, "data": "/a" * 120}
    )
    texts = {
        "pushed": render(made.REPORT, made.RUN),
        "sample": render(made.report(sample=True), made.RUN),
        "refused": render(refused, long_names),
        "kubeflow": render(made.REPORT),
        "comparison": page.render(compare(*store.read(runs).records)),
    }
    for name, text in texts.items():
        (directory / f"{name}.html").write_text(text)
    return {name: directory / f"{name}.html" for name in texts}


NAMES = ["pushed", "sample", "refused", "kubeflow", "comparison"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [browser.PHONE, browser.DESKTOP])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_by_itself_and_fits_its_window(
    chromium, pages, name, size, dark
):
    found = browser.look(chromium, pages[name], size, dark=dark)
    found.require_flawless()


def test_every_section_is_there(chromium, pages):
    def titles(name):
        return browser.look(chromium, pages[name], browser.DESKTOP).titles[1:]

    assert titles("kubeflow") == TITLES
    assert sorted(titles("pushed")) == sorted(TITLES + LOCAL)


def test_the_class_column_stays_while_a_table_scrolls(chromium, pages):
    browser.look(chromium, pages["pushed"], browser.PHONE)
    before, after = chromium.execute_script(
        """
        const table = document.querySelector('[aria-labelledby="classes"]');
        const left = () => table.querySelector('tbody th')
          .getBoundingClientRect().left;
        const before = left();
        table.scrollLeft = 10000;
        if (!table.scrollLeft) throw 'it does not scroll';
        return [before, left()];
        """
    )
    assert before == after


def test_what_is_wrong_with_a_page_is_found(chromium, tmp_path):
    page = tmp_path / "bad.html"
    page.write_text(
        "<h2>x</h2><img src='gone.png'><a href='#nowhere'>y</a>"
        "<p style='width: 2000px; color: #ccc'>wide</p>"
        "<script>console.error('oh')</script>"
    )
    found = browser.look(chromium, page, browser.PHONE)
    assert any("oh" in complaint for complaint in found.complaints)
    assert [url.rpartition("/")[2] for url in found.requests] == ["gone.png"]
    assert len(found.unnamed) == 1
    assert found.dead_links == ["#nowhere"]
    assert any(element.startswith("p.") for element in found.too_wide)
    assert found.contrast < 2
