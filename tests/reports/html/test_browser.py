"""The page in a real browser: console, network, accessibility, phone, paper, keyboard, no script.

Run by `tox -e browser`, which fails where there is no browser: a check that did not run is no pass.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reports.html.runs import RUNS, green, page, with_tables
from tests.reports.html.test_page import NASTY, nasty

pytestmark = pytest.mark.browser

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 800}, "is_mobile": True, "has_touch": True},
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
NAMES = ("chromium", "chromium-browser", "google-chrome")


class Opened:
    """A page in the browser, with what it said and asked for."""

    def __init__(self, context: Any, file: Path) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append("a dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.asked.remove(file.as_uri())


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.fail("there is no playwright: run these tests with tox -e browser", pytrace=False)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(
            f"there is no browser on the PATH ({', '.join(NAMES)}): install Debian's chromium",
            pytrace=False,
        )
    # Chromium's sandbox refuses root, which CI's containers are.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=found, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens pages, each in a profile of its own: `opened(text, viewport=…)`."""
    contexts = []

    def open_page(text: str, **look: Any) -> Opened:
        file = tmp_path / f"report-{len(contexts)}.html"
        file.write_text(text)
        contexts.append(browser.new_context(**look))
        return Opened(contexts[-1], file)

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", RUNS)
def test_a_page_is_accessible_and_asks_for_nothing(name: str, look: str, opened: Open) -> None:
    from axe_playwright_python.sync_playwright import Axe

    shown = opened(page(RUNS[name]()), **LOOKS[look])
    wide = shown.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    shown.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    found = Axe().run(shown.page, options={"runOnly": RULES}).response["violations"]
    assert [] == [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]]
    assert ([], []) == (shown.said, shown.asked)


def test_the_checks_notice_what_they_are_there_for(opened: Open) -> None:
    """The alarm rings: an image from elsewhere, a script of somebody's, text one cannot read."""
    from axe_playwright_python.sync_playwright import Axe

    bad = '<img src="http://127.0.0.1:9/x.png"><script>document.title = "stolen"</script>'
    shown = opened(page(green()).replace("</main>", f"{bad}</main>"))
    found = Axe().run(shown.page, options={"runOnly": RULES}).response["violations"]
    assert ["image-alt", "landmark-one-main"] != [one["id"] for one in found]
    assert "image-alt" in [one["id"] for one in found]
    assert 2 == len([line for line in shown.said if "Content Security Policy" in line])
    assert "stolen" != shown.page.title()


@pytest.mark.parametrize("name", NASTY)
def test_names_do_nothing_and_break_no_line(name: str, opened: Open) -> None:
    shown = opened(page(nasty(name)), **LOOKS["phone"])
    assert 0 >= shown.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert ([], []) == (shown.said, shown.asked)


def wait_for(element: Any, text: str) -> None:
    """Until it says so; the page's policy forbids playwright's own waiting for an expression."""
    from playwright.sync_api import expect

    expect(element).to_have_text(text)


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def rows(page: Any) -> list[str]:
    """The names of the tables that are shown, in their order."""
    return list(
        page.evaluate(
            "[...document.querySelectorAll('table.rows tbody tr')].filter((row) => !row.hidden)"
            ".map((row) => row.querySelector('th').textContent)"
        )
    )


def test_5000_tables_are_searched_filtered_and_sorted_by_keyboard(opened: Open) -> None:
    shown = opened(page(with_tables(5000)), **LOOKS["light"]).page
    status = shown.get_by_role("status")
    assert "5,000 shown" == status.text_content()
    shown.get_by_label("Search").focus()
    shown.keyboard.type("ARCHIVE_3.")
    wait_for(status, "714 of 5,000 shown")
    assert {"archive_3."} == {name[:10] for name in rows(shown)}

    shown.keyboard.press("Escape")
    assert "5,000 of 5,000 shown" == status.text_content()
    shown.keyboard.press("Tab")
    shown.keyboard.press("Space")
    assert "3 of 5,000 shown" == status.text_content()
    differing = [f"measurements_of_{number:05}" for number in (4997, 4998, 4999)]
    assert differing == sorted(name.partition(".")[2] for name in rows(shown))
    shown.keyboard.press("Space")

    while focused(shown) != "Actual":
        shown.keyboard.press("Tab")
    shown.keyboard.press("Enter")
    head = shown.get_by_role("columnheader", name="Actual")
    assert "ascending" == head.get_attribute("aria-sort")
    assert "archive_0.measurements_of_00000" == rows(shown)[0]
    shown.keyboard.press("Enter")
    assert "descending" == head.get_attribute("aria-sort")
    assert "archive_1.measurements_of_04999" == rows(shown)[0]
    assert 5000 == len(rows(shown))


def test_the_first_tab_leads_past_everything_to_the_verdict(opened: Open) -> None:
    shown = opened(page(green()), **LOOKS["light"]).page
    shown.keyboard.press("Tab")
    assert "Skip to the verdict" == focused(shown)
    assert shown.get_by_text("Skip to the verdict").bounding_box()["x"] >= 0
    shown.keyboard.press("Enter")
    assert "main" == shown.evaluate("document.activeElement.id")


def test_paper_is_white_and_shows_all(opened: Open) -> None:
    """What was searched for, and what is folded, does not keep the rest from paper."""
    shown = opened(page(with_tables(60)), color_scheme="dark").page
    shown.get_by_label("Search").fill("no such table")
    wait_for(shown.get_by_role("status"), "0 of 60 shown")
    assert [] == rows(shown)
    folded = shown.locator("details:not([open])").count()
    assert folded > 0
    shown.emulate_media(media="print", color_scheme="dark")
    unseen = shown.evaluate(
        "[...document.querySelectorAll('tr, details *, .tall *')]"
        ".filter((one) => !one.checkVisibility({contentVisibilityAuto: true})).length"
    )
    assert 0 == unseen
    scrolled = shown.evaluate(
        "[...document.querySelectorAll('.tall')]"
        ".filter((one) => one.scrollHeight > one.clientHeight + 1).length"
    )
    assert 0 == scrolled
    white = "getComputedStyle(document.body).backgroundColor"
    assert "rgb(255, 255, 255)" == shown.evaluate(white)


def test_dark_is_dark(opened: Open) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    dark, light = (opened(page(green()), **LOOKS[look]).page for look in ("dark", "light"))
    assert "rgb(18, 21, 24)" == dark.evaluate(background)
    assert "rgb(246, 247, 248)" == light.evaluate(background)


def test_without_script_the_page_is_whole(opened: Open) -> None:
    shown = opened(page(with_tables(60)), java_script_enabled=False).page
    assert not shown.get_by_label("Search").is_visible()
    assert 60 == shown.locator("table.rows tbody tr:visible").count()
    folded = shown.locator("article details").first
    assert not folded.locator("li, dd").first.is_visible()
    folded.locator("summary").click()
    assert folded.locator("li, dd").first.is_visible()


def test_a_folder_of_evidence_opens_as_a_file(opened: Open, tmp_path: Path) -> None:
    """No server is needed: this is how an artifact of CI is opened."""
    shown = opened(page(green()))
    assert shown.page.url.startswith("file:")
    assert "PROVEN" in shown.page.get_by_role("heading", level=2).first.text_content()
