"""What must hold of a page of many runs, read without a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

ALLOWED = {
    *("html", "head", "meta", "title", "link", "style", "body", "header", "main", "nav", "section"),
    *("h1", "h2", "h3", "p", "ul", "li", "a", "span", "time", "data", "div", "figure"),
    *("figcaption", "svg", "line", "text", "polyline", "circle", "path"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
_VOID = {"meta", "link"}


class _Page(HTMLParser):
    """Its elements, attributes, and the text that a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not (self.open and self.open[-1] == tag):
            raise AssertionError(f"</{tag}> closes {self.open[-1:]}")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def check_page(html: str) -> str:
    """The text of a page; raises AssertionError unless it is whole, ours and asks for nothing."""
    page = _Page()
    page.feed(html)
    assert page.open == []
    assert {tag for tag, _ in page.elements} <= ALLOWED
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith(("#", "data:,"))
    policy = next(one["content"] for _, one in page.elements if "http-equiv" in one)
    style = re.search("<style>(.*)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    ids = [one["id"] for _, one in page.elements if "id" in one]
    assert len(ids) == len(set(ids))
    assert re.search("[\x00-\x08\x0b-\x1f\x7f]", html) is None
    return " ".join("".join(page.text).split())


def said(text: str) -> str:
    """How a name of the tests is shown: on one line, controls spelt out."""
    plain = " ".join(text.split())
    return re.sub("[\x00-\x1f\x7f]", lambda one: f"\\x{ord(one[0]):02x}", plain)
