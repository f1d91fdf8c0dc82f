"""How numbers, tables and ranges are said in findings and bounds."""

from __future__ import annotations

from collections.abc import Sequence

from checks.content.observation import LeftOut, RangeContent, TableContent

SHOWN = 5
"""How many ranges a finding names; more are only counted."""


def plural(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def size(table: TableContent | None) -> str | None:
    """A table as one side of a finding: nothing where there is none."""
    if table is None:
        return None
    return "an unknown number of rows" if table.rows is None else plural(table.rows, "row")


def instead(expected: RangeContent, actual: RangeContent) -> str:
    """What is in a range, where something else should be."""
    if expected.rows != actual.rows:
        return f"{plural(actual.rows, 'row')} instead of {expected.rows:,}"
    return f"{plural(expected.rows, 'row')} with other values"


def some(told: Sequence[str]) -> str:
    """The first of them, and how many more."""
    more = len(told) - SHOWN
    return "; ".join(told[:SHOWN]) + (f"; and {plural(more, 'range')} more" if more > 0 else "")


def budget(left: LeftOut) -> str:
    """What was left out, in rows and bytes (DESIGN 4)."""
    sizes = [plural(left.rows, "row")] if left.rows is not None else []
    sizes += [plural(left.bytes, "byte")] if left.bytes is not None else []
    return left.reason + (f" ({', '.join(sizes)})" if sizes else "")
