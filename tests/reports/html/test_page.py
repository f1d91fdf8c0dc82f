"""The page as a whole: self-contained, well-formed, safe whatever a name holds, small enough."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from typing import Any

import pytest

from reports.html.text import plain
from reports.renderings import RENDERINGS
from tests.reports import sample
from tests.reports.html.document import Node
from tests.reports.html.runs import RUNS, document, failed, green, page, several, with_tables

ALL = pytest.mark.parametrize("name", RUNS)
NASTY = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</style><img src=x onerror=alert(3)>",
    "\"quoted\" and 'quoted' & &amp; {{ 7 * 7 }} {% raw %}",
    "two\nlines\tand\ra return",
    "bell \x07, escape \x1b[31m, nul \x00, delete \x7f",
    "turned \u202egnirts\u202c, isolated \u2066x\u2069, marked \u200f, joined a\u200db",
    "-->]]>",
    "nothing\u2028seen\u2029here\ufeff",
    "n" * 200,
]
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


def headings(page: Node) -> list[tuple[int, str]]:
    return [
        (int(node.tag[1]), node.text) for node in page.walk() if re.fullmatch("h[1-6]", node.tag)
    ]


@ALL
def test_every_run_has_a_page_that_is_well_formed(name: str) -> None:
    read = document(RUNS[name]())
    assert 1 == len(read.all("main"))
    assert "en" == read.one("html").attributes["lang"]
    assert read.one("title").text


@ALL
def test_headings_go_down_one_level_at_a_time(name: str) -> None:
    levels = [level for level, _ in headings(document(RUNS[name]()))]
    assert 1 == levels[0]
    assert 1 == levels.count(1)
    assert [] == [(a, b) for a, b in itertools.pairwise(levels) if b > a + 1]


@ALL
def test_every_link_leads_to_a_place_of_the_page(name: str) -> None:
    read = document(RUNS[name]())
    ids = [node.attributes["id"] for node in read.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    links = [node.attributes["href"] for node in read.walk() if "href" in node.attributes]
    assert [] == [link for link in links if link.removeprefix("#") not in ids]
    named = [
        one for node in read.walk() for one in node.attributes.get("aria-labelledby", "").split()
    ]
    assert [] == [one for one in named if one not in ids]


@ALL
def test_nothing_is_asked_of_anybody(name: str) -> None:
    """No address, no inline style or handler, which the policy would forbid anyway."""
    for node in document(RUNS[name]()).walk():
        assert node.tag not in {"link", "img", "iframe", "object", "embed", "form", "base"}
        assert not {"src", "srcset", "style", "action", "data"} & set(node.attributes)
        assert not [name for name in node.attributes if name.startswith("on")]


def test_the_policy_allows_this_style_and_this_script_only() -> None:
    read = document(green())
    policy = read.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    said = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for tag in ("style", "script"):
        digest = hashlib.sha256(read.one(tag).raw.encode()).digest()
        assert f"'sha256-{base64.b64encode(digest).decode()}'" == said.pop(f"{tag}-src")
    none = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    assert none == said


@ALL
def test_tables_say_what_they_hold(name: str) -> None:
    for table in document(RUNS[name]()).all("table"):
        assert table.one("caption").text
        assert [] == [cell.text for cell in table.all("th") if "scope" not in cell.attributes]
        rows = table.one("tbody").all("tr")
        assert [1] * len(rows) == [len(row.all("th", scope="row")) for row in rows]


@ALL
def test_signs_and_pictures_are_kept_from_screen_readers(name: str) -> None:
    for node in document(RUNS[name]()).walk():
        if node.tag == "svg" or ("sign" in node.classes and node.tag == "span"):
            assert "true" == node.attributes.get("aria-hidden")


FIXED = {
    *("event", "at", "run", "drill", "mode", "outcome", "kind", "word", "content", "family"),
    *("taken_at", "until", "expires"),
}


def nasty(name: str) -> list[dict[str, Any]]:
    """A run in which everything that can be named bears this name."""

    def named(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            fixed = {"name": value["name"]} if value.get("event") == "moment" else {}
            return {known: named(member, known) for known, member in value.items()} | fixed
        if isinstance(value, list):
            return [named(member, key) for member in value]
        free = isinstance(value, str) and key not in FIXED
        return name if free and not re.fullmatch(r"\d{4}-\d\d-\d\d.*", value) else value

    *told, end = failed()
    return [named(one) for one in (*told, sample.sabotaged(), *sample.green()[3:5], end)]


@pytest.mark.parametrize("name", NASTY)
def test_names_are_shown_and_never_obeyed(name: str) -> None:
    text = page(nasty(name))
    read = document(nasty(name))
    assert 1 == len(read.all("script"))
    assert 1 == len(read.all("style"))
    assert [] == read.all("img")
    assert [] == UNSEEN.findall(text)
    isolated = {node.raw for node in read.all("bdi")}
    assert plain(name) in isolated


def test_a_name_keeps_its_direction_to_itself() -> None:
    """Names stand in elements of their own, so that a right-to-left one moves no neighbour."""
    tables = [{"table": "ציוד.مقياس", "expected": 1, "actual": 1, "content": "equal"}]
    told = sample.event("tables_compared", 20, drill="pitr", database="core", tables=tables)
    read = document([*green()[:-1], told, green()[-1]])
    assert ["ציוד.مقياس"] == [node.text for node in read.all("bdi") if "ציוד" in node.text]


def test_5000_tables_fit_into_5_megabytes() -> None:
    events = with_tables(5000)
    for one in events:
        for table in one.get("tables", ()):
            table["table"] = f"{table['table']}_{'x' * 60}"
    text = page(events)
    assert 5_000_000 > len(text.encode())
    assert 5000 == len(document(events).one("table", cls="rows").one("tbody").all("tr"))


def test_thousands_of_findings_and_pages_of_text_fit_too() -> None:
    finding = {**sample.FINDING, "expected": "select 1\n" * 5000, "actual": "x" * 50_000}
    events = failed()
    events[-4]["findings"] = [{**finding, "subject": f"view_{index}"} for index in range(6000)]
    events[-4]["outcome"] = "failed"
    assert 5_000_000 > len(page(events).encode())
    assert "and 5,800 more of this family, in the journal" in document(events).text


@ALL
def test_the_numbers_are_those_of_the_journal(name: str) -> None:
    """Times and counts of tables carry the very number that the journal has."""
    events = RUNS[name]()
    numbers = {
        float(one) for one in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", json.dumps(events))
    }
    read = document(events)
    for row in (row for table in read.all("table", cls="rows") for row in table.all("tr")):
        shown = [float(data.attributes["value"]) for data in row.all("data")]
        assert set() == set(shown) - numbers
    held = [one for figures in read.all("ul", cls="figures") for one in figures.all("li")[:4]]
    for figure in held:
        for data in figure.one("span", cls="value").all("data"):
            assert float(data.attributes["value"]) in numbers


def test_a_time_to_writable_is_said_and_found_in_the_journal() -> None:
    (measured,) = [one for one in green() if one.get("name") == "time to writable"]
    figure = document(green()).one("ul", cls="figures").all("li")[0]
    assert "time to writable" == figure.one("span", cls="label").text
    assert "8.5 s" == figure.one("span", cls="value").text
    assert str(measured["seconds"]) == figure.all("data")[0].attributes["value"]


def test_several_drills_have_a_section_each_and_a_way_there() -> None:
    read = document(several())
    assert 2 == len(read.all("article"))
    links = [node.attributes["href"] for node in read.one("nav", cls="drills").all("a")]
    assert ["#d1", "#d2", "#run"] == links
    assert ["✗ FAILED two drills", "✓ PROVEN pitr · rehearsal of core"] == [
        node.text for node in read.all("h2")[:2]
    ]
    assert ["FAILED", "PROVEN", "FAILED"] == [
        node.attributes["data-word"] for node in read.all("div", cls="verdict")
    ]


def test_a_torn_journal_is_said_to_be_torn() -> None:
    assert "Its last line was torn" in page(green()[:4], truncated=True)
    assert "Its last line was torn" not in page(green())


def test_it_is_written_beside_the_journal() -> None:
    assert "report.html" == RENDERINGS["html"].file
