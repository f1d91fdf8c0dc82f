"""The findings of a search for rows: how many, which keys, which columns; never a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from checks.content import locate_keys as keys
from checks.content.locate_difference import PLACE, Place, Places, tid
from checks.content.locate_query import Table
from checks.content.locate_search import Found, Piece
from checks.content.locate_side import Detail
from checks.content.rows import Column
from checks.finding import Finding

MISSING = "content.missing_rows"
EXTRA = "content.extra_rows"
CHANGED = "content.changed_rows"
REPEATED = "content.repeated_keys"
INDEX = "content.key_index"
NOT_LOCATED = "content.not_located"

TOLD_COLUMNS = 10
"""Columns of one changed row that are told by name."""

Details = Mapping[bytes, Detail]
"""ctid → the row there, looked at closely."""


def not_located(table: str, why: str, *, damage: bool) -> Finding:
    """The rows that differ could not be found; that they do differ has been said before."""
    remedy = (
        "Restore again, or mend the source: that server cannot read its own data."
        if damage
        else "Verify again: the ranges differ all the same, only their rows are not told."
    )
    return Finding(NOT_LOCATED, table, "the keys of the rows that differ", why, remedy)


def of(table: str, read: Table, found: Found, expected: Details, actual: Details) -> list[Finding]:
    """All that a search of one table says."""
    return list(_Telling(table, read, found, expected, actual).findings())


class _Telling:
    def __init__(
        self, table: str, read: Table, found: Found, expected: Details, actual: Details
    ) -> None:
        self.table = table
        self.read = read
        self.found = found
        self.expected = expected
        self.actual = actual
        self.at_least = "at least " if found.unseen else ""

    def findings(self) -> Iterator[Finding]:
        """In the order in which they are told."""
        difference = self.found.difference
        if difference.missing.rows:
            told = self._told(difference.missing, self._missing)
            yield Finding(MISSING, self.table, told, None, _OF_MISSING)
        if difference.extra.rows:
            told = self._told(difference.extra, self._extra)
            yield Finding(EXTRA, self.table, None, told, _OF_EXTRA)
        if difference.changed.rows:
            told = self._told(difference.changed, self._changed)
            yield Finding(CHANGED, self.table, "the same values", told, _OF_CHANGED)
        if difference.repeated:
            yield self._repeated()
        for side in self.found.distrusted:
            yield Finding(
                INDEX, self.table, "the rows of the table", f"other rows, in {side}", _OF_INDEX
            )
        if self.found.unseen:
            yield self._unseen(self.found.unseen)

    def _told(self, places: Places, one: Callable[[Place], str]) -> str:
        rows = f"{self.at_least}{_rows(places.rows)}"
        told = ", ".join(one(place) for place in places.first)
        if not self.read.key:
            # Equal rows stand for one another: how many are not named cannot be said.
            return f"{rows}, at {told}{'' if places.rows <= len(places.first) else ' …'}"
        more = places.rows - len(places.first)
        rest = f" and {more:,} more" if more else ""
        return f"{rows}: {keys.told([_name(c) for c in self.read.key])} {told}{rest}"

    def _missing(self, place: Place) -> str:
        return self._row(place, _at(self.expected, place, place.expected), place.expected, " there")

    def _extra(self, place: Place) -> str:
        return self._row(place, _at(self.actual, place, place.actual), place.actual)

    def _changed(self, place: Place) -> str:
        before = _at(self.expected, place, place.expected)
        after = _at(self.actual, place, place.actual)
        columns = [
            _name(column)
            for column, one, other in zip(
                self.read.columns,
                () if before is None else before.columns,
                () if after is None else after.columns,
                strict=False,
            )
            if one != other
        ]
        told = ", ".join(columns[:TOLD_COLUMNS]) or "columns not told: the table was rewritten"
        if (more := len(columns) - TOLD_COLUMNS) > 0:
            told += f" and {more} more"
        return f"{self._row(place, after, place.actual)} ({told})"

    def _row(self, place: Place, detail: Detail | None, at: bytes | None, side: str = "") -> str:
        """A row by its key; by its ctid too, where the key alone leads nobody to it."""
        where = f"{tid(at or bytes(PLACE))}{side}"
        if not self.read.key:
            return f"ctid {where}"
        if keys.may_be_told(self.read.key):
            return keys.told(place.key.decode("ascii").split(","))
        return f"{keys.told(detail.key) if detail else 'a row that stood'} at ctid {where}"

    def _repeated(self) -> Finding:
        repeated = self.found.difference.repeated
        told = ""
        if keys.may_be_told(self.read.key):
            first = sorted(repeated, key=self.found.difference.order)
            told = ": " + ", ".join(
                f"{keys.told(key.decode('ascii').split(','))} ({repeated[key][1]:,} rows, "
                f"{repeated[key][0]:,} in the source)"
                for key in first[: self.found.difference.cap]
            )
        number = f"{len(repeated):,} {'key' if len(repeated) == 1 else 'keys'} more than once"
        return Finding(REPEATED, self.table, "every key once", number + told, _OF_REPEATED)

    def _unseen(self, pieces: Sequence[Piece]) -> Finding:
        ranges = len({piece.part.range for piece in pieces})
        before, after = (
            sum(known[0] for known in side)
            for side in ([p.expected for p in pieces], [p.actual for p in pieces])
        )
        return Finding(
            NOT_LOCATED,
            self.table,
            "the keys of the rows that differ",
            f"{self.found.difference.rows:,} rows that differ were enough: not looked into were "
            f"{ranges:,} more {'range' if ranges == 1 else 'ranges'} that differ, with {after:,} "
            f"rows where {before:,} are expected",
            _OF_UNSEEN,
        )


def _at(details: Details, place: Place, ctid: bytes | None) -> Detail | None:
    """The row that stood there when it was found; None where it does no more: what rewrites a table
    puts rows elsewhere.
    """
    detail = details.get(ctid or b"")
    return detail if detail is not None and detail.identity == place.key else None


_OF_MISSING = "Restore again, and compare the point reached with T: these rows did not come back."
_OF_EXTRA = "Find where these rows came from: another point, or something that writes to the copy."
_OF_CHANGED = "Restore again, and compare the point reached with T: these rows were changed."
_OF_REPEATED = "Remove the rows that are too many, then REINDEX: the unique index is broken."
_OF_INDEX = "REINDEX the key: its index does not lead to the rows of the table; check it (amcheck)."
_OF_UNSEEN = "Mend what the rows found show, then verify again: the rest is likely of one kind."


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def _name(column: Column) -> str:
    """A column's name as SQL would write it."""
    name = column.name
    if re.fullmatch(r"[a-z_][a-z0-9_$]*", name):
        return name
    return '"' + name.replace('"', '""') + '"'
