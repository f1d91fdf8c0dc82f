"""Where two sides of a table differ: the keys of missing, extra and changed rows, never a value.

What the comparison of fingerprints leaves is some ranges that differ. They are searched on both
live sides (`locate_search`), and up to `cap` rows of each kind are told by their keys, as DESIGN 4
allows: integers and uuids as they are, others as keyed hashes, with the ctid by which an operator
finds the row. Of changed rows the columns are told too.

Whatever goes wrong on the way takes nothing back: the ranges differ, and that has been said. It is
told that the rows could not be found, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from checks.content import locate_findings as findings
from checks.content import locate_keys as keys
from checks.content.locate_difference import Difference, Known
from checks.content.locate_query import Table
from checks.content.locate_search import Found, Piece, search
from checks.content.locate_side import CannotLocate, Side
from checks.content.observation import RangeContent, TableContent
from checks.content.rows import Relation, read_relations
from checks.finding import Finding
from checks.shared_snapshot import SharedSnapshot, Unread

CAP = 20
"""Rows of one kind that are told by their keys; of the others it is told how many there are."""


class LiveLocator:
    """A `checks.content.compare.Locator` with both sides at hand.

    expected, actual  the snapshots in which the two sides were observed
    secret            of the run, for keys that may not be shown; from 16 random bytes on. It goes
                      to both servers
    cap               as CAP
    """

    def __init__(
        self,
        expected: SharedSnapshot,
        actual: SharedSnapshot,
        *,
        secret: bytes,
        cap: int = CAP,
    ) -> None:
        self._snapshots = (expected, actual)
        self._names = ("the source", "the restored copy")
        self._relations: list[dict[str, Relation] | None] = [None, None]
        self._secret = secret
        self._cap = cap

    def locate(
        self, table: str, expected: TableContent, actual: TableContent, ranges: Sequence[int]
    ) -> list[Finding]:
        """Missing, extra and changed rows of these ranges of a table. Never raises psycopg.Error.

        Where the rows could not be found, the one finding says why.
        """
        try:
            before, after = (self._side(number, table, expected) for number in (0, 1))
            pieces = _pieces(before.table, expected, actual, ranges)
            order = partial(keys.order, before.table.key)
            found = search(before, after, pieces, Difference(order, self._cap))
            details = [
                side.details(places, self._secret)
                for side, places in zip((before, after), _told_places(found), strict=True)
            ]
        except CannotLocate as why:
            return [findings.not_located(table, str(why), damage=why.damage)]
        return findings.of(table, before.table, found, *details)

    def _side(self, number: int, table: str, content: TableContent) -> Side:
        name, snapshot = self._names[number], self._snapshots[number]
        relation = self._relations_of(number).get(table)
        if relation is None:
            raise CannotLocate(f"{name} has no such table any more")
        try:
            read = Table.of(relation, content, snapshot.server_version)
        except KeyError:
            raise CannotLocate(f"the columns of {name} are no longer those compared") from None
        return Side(name, snapshot, read)

    def _relations_of(self, number: int) -> dict[str, Relation]:
        """Read once, and only where something differs."""
        known = self._relations[number]
        if known is None:
            read = self._snapshots[number].read(read_relations)
            if isinstance(read, Unread):
                why = f"{self._names[number]} could not be read again: {read.why}"
                raise CannotLocate(why, damage=read.damage)
            known = {relation.table: relation for relation in read.result}
            self._relations[number] = known
        return known


def _pieces(
    table: Table, expected: TableContent, actual: TableContent, ranges: Sequence[int]
) -> list[Piece]:
    """The ranges with what was read of them; both sides were divided alike."""
    parts = table.parts()
    pieces = []
    for number in ranges:
        before, after = expected.ranges[number], actual.ranges[number]
        if before is None or after is None:
            continue
        hashed = before.hashes is not None and after.hashes is not None
        pieces.append(Piece(parts[number], _known(before), _known(after), hashed))
    return pieces


def _known(content: RangeContent) -> Known:
    first, second = content.hashes or ("0", "0")
    return content.rows, int(first), int(second)


def _told_places(found: Found) -> tuple[list[bytes], list[bytes]]:
    """The ctids of the rows to be told, of each side."""
    difference = found.difference
    places = [
        place
        for some in (difference.missing, difference.extra, difference.changed)
        for place in some.first
    ]
    return (
        [place.expected for place in places if place.expected is not None],
        [place.actual for place in places if place.actual is not None],
    )
