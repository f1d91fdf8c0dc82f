"""How names, numbers and times are shown: safely, with their unit, and to be found in the journal.

What comes from a database or a machine may hold anything: markup is escaped, characters that
nobody sees or that turn the text around them are spelt out, and every name is isolated, so that a
right-to-left one cannot pull its neighbours along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from markupsafe import Markup, escape

LONGEST = 4000
"""Characters of one text; a view's definition may be pages long, and the journal has it whole."""
SHORT = 300
MINUTE, HOUR, DAY = 60, 3600, 86400
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_THOUSAND = 1000
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
# Controls, what reorders or joins text, other line ends, lone surrogates and not-characters.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
_IN_A_NAME = re.compile(f"[{_UNSEEN}\t\n\r]")
_IN_A_TEXT = re.compile(f"[{_UNSEEN}\r]")


def name(value: object) -> Markup:
    """A name on one line, isolated from the text around it."""
    return Markup("<bdi>{}</bdi>").format(_spelt(_IN_A_NAME, str(value)))


def prose(value: object) -> Markup:
    """A sentence that may hold names: line ends are kept, what is unseen is spelt out."""
    return Markup('<span class="prose" dir="auto">{}</span>').format(
        _spelt(_IN_A_TEXT, _cut(str(value)))
    )


def side(value: object, counted: bool = False) -> Markup:
    """One side of a finding: nothing, a value, or a text that may be long.

    `counted` says that a number is a count; thousands of another, a port, are not set apart.
    """
    if value is None:
        return Markup('<span class="nothing">nothing</span>')
    if counted and isinstance(value, int) and not isinstance(value, bool):
        return count(value)
    text = str(value)
    shown = _spelt(_IN_A_TEXT, _cut(text))
    if len(text) <= SHORT and text.count("\n") < 6:
        return Markup('<code class="side" dir="auto">{}</code>').format(shown)
    first = " ".join(text.split())[:80]
    return Markup(
        "<details><summary>{} characters: <bdi>{}…</bdi></summary>"
        '<pre class="side" dir="auto" tabindex="0">{}</pre></details>'
    ).format(f"{len(text):,}", _spelt(_IN_A_NAME, first), shown)


def plain(value: object) -> str:
    """A name in an attribute or a title: the same characters, spelt out without markup."""
    return _IN_A_NAME.sub(lambda one: _escape(one[0]), str(value))


def finalize(value: object) -> object:
    """What a template shows without saying how: no text gets by with characters nobody sees."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _IN_A_TEXT.sub(lambda one: _escape(one[0]), value)
    return value


def count(value: int | str | None) -> Markup:
    """A whole number with its thousands apart; the number itself stands in the markup."""
    if value is None:
        return Markup('<span class="nothing">–</span>')
    if isinstance(value, str):
        return name(value)
    return Markup('<data value="{}">{}</data>').format(value, f"{value:,}")


def duration(seconds: float | None) -> Markup:
    """Seconds in the unit in which they are read; the very number stands in the markup."""
    if seconds is None:
        return Markup('<span class="nothing">not measured</span>')
    return Markup('<data value="{}">{}</data>').format(seconds, spoken(seconds))


def spoken(seconds: float) -> str:
    """`40 ms`, `5.2 s`, `12 min 5 s`, `2 h 3 min`, `3 d 4 h`."""
    if seconds < 0:
        return f"−{spoken(-seconds)}"
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms" if round(seconds, 3) else "0 s"
    if seconds < 1:
        return f"{seconds:.2f} s"
    if round(seconds, 1) < MINUTE:
        return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, smaller, size, part in (("d", "h", DAY, HOUR), ("h", "min", HOUR, MINUTE)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole // MINUTE} min" + (f" {whole % MINUTE} s" if whole % MINUTE else "")


def size(value: int | None) -> Markup:
    """Bytes in a unit of a thousand."""
    if value is None:
        return Markup('<span class="nothing">–</span>')
    amount, unit = float(value), 0
    while amount >= _THOUSAND and unit < len(_UNITS) - 1:
        amount, unit = amount / _THOUSAND, unit + 1
    text = f"{value:,} {_UNITS[0]}" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"
    return Markup('<data value="{}">{}</data>').format(value, text)


def moment(value: datetime | None) -> Markup:
    """A time in UTC, with its zone, as exact as it is known to a millisecond."""
    if value is None:
        return Markup('<span class="nothing">not known</span>')
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), stamp(value))


def clock(value: datetime) -> Markup:
    """The time of day alone, where the day stands beside it."""
    shown = stamp(value).partition(" ")[2]
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), shown)


def stamp(value: datetime) -> str:
    """`2026-06-01 11:59:20 UTC`, with milliseconds where there are any."""
    text = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    thousandths = value.microsecond // 1000
    return f"{text}.{thousandths:03} UTC" if thousandths else f"{text} UTC"


def scalar(value: object) -> Markup:
    """One fact as the journal has it."""
    match value:
        case None:
            return Markup('<span class="nothing">none</span>')
        case True | False:
            return Markup("yes") if value else Markup("no")
        case int():
            return count(value)
        case float():
            return Markup('<data value="{}">{}</data>').format(value, f"{value:,}")
        case list() | tuple():
            if not value:
                return Markup('<span class="nothing">none</span>')
            return Markup('<ul class="plain">{}</ul>').format(
                Markup("").join(Markup("<li>{}</li>").format(scalar(one)) for one in value)
            )
        case _:
            return prose(value)


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 table`, `5,000 tables`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text):,} characters, whole in the journal)"


def _spelt(unseen: re.Pattern[str], text: str) -> Markup:
    if unseen.search(text) is None:
        return escape(text)
    parts, at = [], 0
    for found in unseen.finditer(text):
        parts += [
            escape(text[at : found.start()]),
            Markup('<span class="unseen">{}</span>').format(_escape(found[0])),
        ]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _escape(character: str) -> str:
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    return (
        f"\\x{code:02x}"
        if code <= 0xFF
        else f"\\u{code:04x}"
        if code <= 0xFFFF
        else f"\\U{code:08x}"
    )
