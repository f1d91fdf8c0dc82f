"""GitHub-flavoured Markdown: any text as that very text, never as markup; tables and lists.

What has a meaning in Markdown or HTML is written as an entity, which is never structure
(CommonMark 6.2). What GitHub makes of plain text afterwards (`@name` a mention, `#1` an issue,
`www.` and `https://` links, `:name:` a picture) is broken up by an empty comment, which its
sanitiser takes away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

LONGEST = 300
"""Characters of one text; a view's definition may be pages long. The journal has it whole."""

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)
_ENTITIES = {ord(char): f"&#{ord(char)};" for char in "\\`*[]|~$"} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
}
_LONE_UNDERSCORE = re.compile(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
# What at the beginning of a list's entry would be a list or a heading within it.
_LEADING = re.compile(r"^(?:(?P<mark>[-+#])|(?P<number>\d+)(?P<end>[.)]))")
_BREAK = "<!-- -->"
_LINKS = re.compile(r"@|(?<=:)(?=//)|(?i:\bwww)(?=\.)")
# Within <code> GitHub makes nothing of these.
_REFERENCES = re.compile(r"(?<!&)#(?=\d)|:(?=[\w+-]+:)")


def text(value: object) -> str:
    """A value on one line, cut where it is long, as nothing but text."""
    return _REFERENCES.sub(_broken, _plain(value))


def code(value: object) -> str:
    """The same as a name: in the letters of a machine. None is a dash."""
    return "–" if value is None else f"<code>{_plain(value)}</code>"


def _plain(value: object) -> str:
    plain = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", " ".join(str(value).split()))
    if len(plain) > LONGEST:
        plain = f"{plain[: LONGEST - 1]}…"
    begun = _LEADING.sub(_no_list, plain.translate(_ENTITIES))
    return _LINKS.sub(_broken, _LONE_UNDERSCORE.sub("&#95;", begun))


def _no_list(found: re.Match[str]) -> str:
    return f"{found['number'] or ''}&#{ord(found['mark'] or found['end'])};"


def _broken(found: re.Match[str]) -> str:
    return f"{found[0]}{_BREAK}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, of cells that are Markdown already; an empty line ends it."""
    yield _row(head)
    yield _row(["---"] * len(head))
    for row in rows:
        yield _row(row)
    yield ""


def more(entries: Sequence[object], most: int) -> Iterator[str]:
    """How many of a list are not shown, where there are any."""
    if entries[most:]:
        yield f"… and {len(entries) - most:,} more, in the journal."
        yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
