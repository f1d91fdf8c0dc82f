"""How times and names are said, in a terminal as on a page."""

from __future__ import annotations

from datetime import datetime

MINUTE, HOUR, DAY = 60, 3600, 86400


def duration(seconds: float | None) -> str:
    """`8.5 s`, `4 min 10 s`, `26 h 5 min`, `3 d 4 h`; `not measured` for None."""
    if seconds is None:
        return "not measured"
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    if left < 60:
        return f"{sign}{left:.1f} s"
    whole = round(left)
    if whole >= 2 * DAY:  # below that, hours are what limits are set in
        unit, size, smaller, part = "d", DAY, "h", HOUR
    elif whole >= HOUR:
        unit, size, smaller, part = "h", HOUR, "min", MINUTE
    else:
        unit, size, smaller, part = "min", MINUTE, "s", 1
    rest = whole % size // part
    return f"{sign}{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")


def when(moment: datetime | None) -> str:
    """`2026-06-01 02:00Z`; `never` for None."""
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}Z"


def ago(moment: datetime, now: datetime) -> str:
    """`9 h 5 min ago`; `in 3 d` for what has not come yet."""
    seconds = (now - moment).total_seconds()
    return f"{duration(seconds)} ago" if seconds >= 0 else f"in {duration(-seconds)}"


def shown(text: str) -> str:
    """A name on one line, in which nothing but text is left: a terminal obeys control characters,
    and a page may not hold them.
    """
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode()
        for one in " ".join(text.split())
    )


def count(number: int, what: str) -> str:
    """`1 run`, `2,000 runs`."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
