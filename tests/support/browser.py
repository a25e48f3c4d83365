"""A headless Chromium that looks at a page: what a reader would run into.

Pages are read from files, with the system's Chromium and its driver; nothing is
downloaded. Without either the tests that need it are skipped, and say so.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PHONE, DESKTOP = (375, 812), (1280, 900)
_WANTED = ("chromium", "chromedriver")


@dataclasses.dataclass(frozen=True)
class Findings:
    """A page at one size.

    Attributes:
      titles: the sections' headings, in order.
      complaints: what the browser's console says.
      requests: everything that was asked for but the page itself.
      unnamed: pictures and drawings without an alternative in words.
      too_wide: elements that stick out of the window to the right.
      dead_links: places in the page that its links do not find.
      contrast: the ratio of the least legible text to its background.
    """

    titles: list[str]
    complaints: list[str]
    requests: list[str]
    unnamed: list[str]
    too_wide: list[str]
    dead_links: list[str]
    contrast: float

    def require_flawless(self) -> None:
        """Asserts that nothing is wrong with the page."""
        assert self.complaints == []
        assert self.requests == []
        assert self.unnamed == []
        assert self.too_wide == []
        assert self.dead_links == []
        assert self.contrast > 4.5  # WCAG 2.2, level AA.


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A `selenium` driver; the test is skipped where there is no browser."""
    found = [shutil.which(name) for name in _WANTED]
    if None in found:
        missing = " and ".join(
            name for name, path in zip(_WANTED, found, strict=True) if not path
        )
        pytest.skip(f"NO BROWSER: {missing} not installed; no report is opened")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = found[0] or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    logs = {"browser": "ALL", "performance": "ALL"}
    options.set_capability("goog:loggingPrefs", logs)
    service = webdriver.ChromeService(found[1])
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


def look(
    driver: Any, page: Path, size: tuple[int, int], *, dark: bool = False
) -> Findings:
    """Opens a page in a window of `size`, width and height in CSS pixels."""
    width, height = size
    scheme = {
        "name": "prefers-color-scheme",
        "value": "dark" if dark else "light",
    }
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {
            "width": width,
            "height": height,
            "deviceScaleFactor": 1,
            "mobile": width < 500,
        },
    )
    for log in ("browser", "performance"):
        driver.get_log(log)  # Of the page before.
    url = page.absolute().as_uri()
    driver.get(url)
    seen = driver.execute_script(_LOOK)
    return Findings(
        complaints=[entry["message"] for entry in driver.get_log("browser")],
        requests=[u for u in _requested(driver) if u != url],
        **seen,
    )


def _requested(driver: Any) -> Iterator[str]:
    """What the browser asked for, but what a page holds itself."""
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if not url.startswith("data:"):
                yield url


_LOOK = """
const all = selector => [...document.querySelectorAll(selector)];
const name = e => e.tagName.toLowerCase() + '.' + (e.className.baseVal ??
  e.className) + ': ' + e.textContent.trim().slice(0, 30);
const scrolls = e => e && (getComputedStyle(e).overflowX === 'auto' ||
  scrolls(e.parentElement));
const light = rgb => {
  const [r, g, b] = rgb.map(v => (v /= 255) <= 0.03928 ? v / 12.92
    : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const canvas = document.createElement('canvas').getContext('2d', {
  willReadFrequently: true});
const rgba = colour => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const background = e => {
  const [r, g, b, a] = rgba(getComputedStyle(e).backgroundColor);
  if (a === 255 || !e.parentElement) return a ? [r, g, b] : [255, 255, 255];
  return background(e.parentElement);
};
const contrast = e => {
  const [a, b] = [rgba(getComputedStyle(e).color).slice(0, 3), background(e)]
    .map(light).sort();
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};
const texts = all('body *').filter(e => !e.closest('svg') &&
  [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
return {
  titles: all('h2').map(e => e.textContent.trim()),
  unnamed: all('img:not([alt]), img[alt=""], svg:not([aria-label])').map(name),
  too_wide: all('body *').filter(e => !scrolls(e.parentElement) &&
    e.getBoundingClientRect().right > innerWidth + 0.5).map(name),
  dead_links: all('a[href^="#"]').map(e => e.getAttribute('href'))
    .filter(href => !document.getElementById(href.slice(1))),
  contrast: Math.min(...texts.map(contrast)),
};
"""
