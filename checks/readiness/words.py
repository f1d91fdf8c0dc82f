"""Moments and spans as a reader has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_UNITS = ((172800, 86400, "d"), (7200, 3600, "h"), (120, 60, "min"))


def iso(moment: datetime | None) -> str:
    """A moment in UTC, to the second; a dash for none."""
    return "-" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def span(span: timedelta) -> str:
    """``9.5 d``, ``26 h``, ``90 s``."""
    seconds = span.total_seconds()
    for least, length, unit in _UNITS:
        if seconds >= least:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"
