"""A page read back: a strict reader of HTML, and what tests ask of the tree it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "input", "br", "link", "img", "hr"})
APART = frozenset({"td", "th", "dt", "dd", "li", "p", "div", "caption", "summary", "h3", "h4"})
DRAWN = frozenset({"rect", "line", "circle"})


@dataclass
class Node:
    """One element; its children are elements and texts in their order."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """This element and all within it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag: str | None = None, **attributes: str) -> list[Node]:
        """Elements within it, by tag and attributes; `cls` is one word of the class."""
        cls = attributes.pop("cls", None)
        return [
            node
            for node in self.walk()
            if tag in (None, node.tag)
            and (cls is None or cls in node.classes)
            and all(node.attributes.get(name) == value for name, value in attributes.items())
        ]

    def one(self, tag: str | None = None, **attributes: str) -> Node:
        """The only such element."""
        (node,) = self.all(tag, **attributes)
        return node

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def raw(self) -> str:
        """All text within it as it stands."""
        return "".join(one if isinstance(one, str) else one.raw for one in self.children)

    @property
    def text(self) -> str:
        """All text within it, with spaces where a reader sees them."""
        return " ".join(self._spaced.split())

    @property
    def _spaced(self) -> str:
        parts = [one if isinstance(one, str) else one._spaced for one in self.children]
        return f" {''.join(parts)} " if self.tag in APART else "".join(parts)


class _Reader(HTMLParser):
    """Every element has to be closed where it must be: browsers mend what we should not need."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len({name for name, _ in attrs}), f"<{tag}> repeats an attribute"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in DRAWN, f"<{tag}/>"
        self._open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parse(page: str) -> Node:
    """Read a page. Raises AssertionError where its tags do not match."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert [reader.root] == reader._open
    return reader.root
