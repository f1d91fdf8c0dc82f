"""The two pages of many runs in Chromium: silent, alone, accessible, and not wider than a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reports.fleet import page as fleet_page
from reports.fleet.standing import fleet_of
from reports.history import page as history_page
from reports.history.read import read_folders
from reports.history.trend import history_of
from reports.journal import NAME
from tests.reports.history.nights import at, kept, night

pytestmark = pytest.mark.browser
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 360, "height": 740}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
LONG = "x" * 200


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both pages, with something red, something green, and names as bad as they come."""
    folder = tmp_path_factory.mktemp("pages")
    evidence = folder / "evidence"
    for number in range(8):
        kept(evidence, night(number))
        kept(evidence, night(number, run=f"b{number}", cluster="billing"))
    kept(evidence, night(9, "FAILED", cluster="billing", rows={"public.granules": 1}))
    kept(evidence, night(9, run="n", cluster=LONG, drill="<script>alert(1)</script>"))
    (evidence / "lost").mkdir()
    (evidence / "lost" / NAME).write_bytes(b"\x00\n")
    found = read_folders([evidence])
    expected = {name: Path(name) for name in ("billing", "core-prod", "search")}
    fleet = fleet_of(expected, found, timedelta(days=3), at(10))
    (folder / "fleet.html").write_bytes(fleet_page.render(fleet))
    (folder / "history.html").write_bytes(history_page.render(history_of(found, at(10))))
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium: the system's own where there is one, else playwright's."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", ["fleet", "history"])
def test_the_page_is_silent_and_asks_for_nothing(
    name: str, screen: str, pages: Path, browser: Any
) -> None:
    told: list[str] = []
    tab = browser.new_context(**SCREENS[screen]).new_page()
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.on("request", lambda request: told.append(request.url))
    tab.goto((pages / f"{name}.html").as_uri())
    assert told == [(pages / f"{name}.html").as_uri()]
    wide, screen_wide = tab.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= screen_wide
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["fleet", "history"])
def test_axe_has_nothing_to_say(name: str, scheme: str, pages: Path, browser: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    # axe is a script, which the page's own policy would not let in.
    tab = browser.new_context(bypass_csp=True, color_scheme=scheme).new_page()
    tab.goto((pages / f"{name}.html").as_uri())
    violations = axe.Axe().run(tab).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []
    tab.context.close()


@pytest.mark.parametrize("name", ["fleet", "history"])
def test_all_of_it_is_printed(name: str, pages: Path, browser: Any) -> None:
    """Black on white also for who reads in the dark, and no table that had to be scrolled."""
    tab = browser.new_context(
        color_scheme="dark", viewport={"width": 720, "height": 1000}
    ).new_page()
    tab.emulate_media(media="print")
    tab.goto((pages / f"{name}.html").as_uri())
    colours = tab.evaluate(
        "(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))"
    )
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    widths = "[...document.querySelectorAll('table, figure, p, ul')].map(one => one.scrollWidth)"
    assert max(tab.evaluate(widths)) <= 720
    tab.context.close()
