"""What two observations of a database's rows say when they are laid side by side.

`counts` tells tables that are missing, extra, of another kind or of another number of rows;
`content` those whose rows are as many and not the same. What was refused or left out on either side
is a gap, never silence; what a server could not read of its own data is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from checks.content import remedies
from checks.content.large_objects import compare_large_objects
from checks.content.observation import ContentObservation, LeftOut, RangeContent, TableContent
from checks.content.ranges import describe
from checks.content.results import Sizes, results
from checks.database import DAMAGE
from checks.finding import Finding, Scalar
from checks.judgement import Gap, Judgement

COUNTS = "counts"
CONTENT = "content"
COLUMNS = "content.columns"
UNREADABLE = "content.unreadable"

TOLD_RANGES = 5
"""Differing ranges that a finding describes one by one; of the rest it tells the number."""


class Locator(Protocol):
    """Finds the rows that differ within the ranges that differ, on two live sides."""

    def locate(
        self, table: str, expected: TableContent, actual: TableContent, ranges: Sequence[int]
    ) -> list[Finding]:
        """Findings that say more than which ranges; none where no more could be told."""
        ...


def compare_content(
    expected: ContentObservation, actual: ContentObservation, locate: Locator | None = None
) -> Judgement:
    """Every table whose rows are not what the expected side holds (R35, R36).

    `actual` must have been observed ``like=expected``: by the same boundaries.
    """
    judgements = [
        Judgement(
            (*_damage(table, expected, actual), *_differences(table, expected, actual, locate)),
            tuple(_gaps(table, expected, actual)),
        )
        for table in sorted(expected.relations | actual.relations)
    ]
    judged = Judgement.all(judgements)
    told = Judgement(facts=_facts(actual), tables=results(judged, _sizes(judged, expected, actual)))
    return Judgement.all([judged, compare_large_objects(expected, actual), told])


def _sizes(
    judged: Judgement, expected: ContentObservation, actual: ContentObservation
) -> Iterator[Sizes]:
    """Tables with rows of their own on either side, and whatever a finding is about."""
    wrong = {one.subject for one in judged.findings}
    for table in sorted(expected.relations | actual.relations):
        if table in wrong or "a table" in (_state(table, expected), _state(table, actual)):
            before = expected.tables.get(table)
            rows = None if before is None else before.rows
            yield Sizes(table, rows, actual.tables.get(table))


def _differences(
    table: str, expected: ContentObservation, actual: ContentObservation, locate: Locator | None
) -> Iterator[Finding]:
    before, after = _state(table, expected), _state(table, actual)
    if before != after and {before, after} != {None, _FOREIGN}:  # whose rows are elsewhere
        yield Finding(
            COUNTS,
            table,
            _told(table, expected),
            _told(table, actual),
            remedies.of_states(table, expected, actual),
        )
    elif table in expected.tables and table in actual.tables:
        yield from _compare(table, expected.tables[table], actual.tables[table], locate)


def _compare(
    table: str, expected: TableContent, actual: TableContent, locate: Locator | None
) -> Iterator[Finding]:
    if expected.kind != actual.kind:
        yield Finding(
            COUNTS, table, _described(expected), _described(actual), remedies.ANOTHER_KIND
        )
    pairs = _pairs(expected, actual)
    before, after = sum(p.expected.rows for p in pairs), sum(p.actual.rows for p in pairs)
    if before != after:
        whole = expected.rows is not None and actual.rows is not None
        yield Finding(
            COUNTS,
            table,
            before if whole else f"{before:,} in {_ranges(len(pairs))}",
            after if whole else f"{after:,} in {_ranges(len(pairs))}",
            remedies.of_counts(before, after, unlogged=actual.unlogged),
        )
    if expected.columns != actual.columns:
        yield _other_columns(table, expected, actual)
        return
    differing = [pair for pair in pairs if pair.differs]
    # What another count already tells is not told twice: then only ranges of as many rows are left.
    told = [p for p in differing if before == after or p.expected.rows == p.actual.rows]
    if told:
        yield Finding(
            CONTENT,
            table,
            f"the same {_rows(before)}" if before == after else "the same rows",
            "other rows: the fingerprint differs"
            if len(expected.ranges) == 1
            else f"other rows in {len(told):,} of {_ranges(len(pairs))}: {_where(expected, told)}",
            remedies.RESTORE_AGAIN,
        )
    if differing and locate is not None:
        yield from locate.locate(table, expected, actual, [pair.number for pair in differing])


@dataclass(frozen=True, slots=True)
class _Pair:
    """One range on both sides."""

    number: int
    expected: RangeContent
    actual: RangeContent

    @property
    def differs(self) -> bool:
        """By what was read: ranges that were only counted differ by their counts."""
        if self.expected.rows != self.actual.rows:
            return True
        hashed = self.expected.hashes is not None and self.actual.hashes is not None
        return hashed and self.expected.hashes != self.actual.hashes


def _pairs(expected: TableContent, actual: TableContent) -> list[_Pair]:
    """The ranges that both sides read; a table that was divided in two ways is one range."""
    if expected.division == actual.division:
        both = enumerate(zip(expected.ranges, actual.ranges, strict=True))
        return [_Pair(n, a, b) for n, (a, b) in both if a is not None and b is not None]
    if expected.rows is None or actual.rows is None:
        return []
    counted = (RangeContent(rows=side.rows or 0, hashes=None) for side in (expected, actual))
    return [_Pair(0, *counted)]


def _other_columns(table: str, expected: TableContent, actual: TableContent) -> Finding:
    def only(one: TableContent, other: TableContent) -> str | None:
        columns = [pair for pair in one.columns if pair not in other.columns]
        return ", ".join(f"{name} {type_}" for name, type_ in columns) or None

    return Finding(
        COLUMNS, table, only(expected, actual), only(actual, expected), remedies.COMPARE_SCHEMA
    )


def _where(expected: TableContent, differing: Sequence[_Pair]) -> str:
    described = [
        f"{describe(expected.division, pair.number)}: {_rows_of(pair)}"
        for pair in differing[:TOLD_RANGES]
    ]
    if (more := len(differing) - TOLD_RANGES) > 0:
        described.append(f"and {_ranges(more)} more")
    return "; ".join(described)


def _rows_of(pair: _Pair) -> str:
    if pair.expected.rows == pair.actual.rows:
        return f"{_rows(pair.actual.rows)}, fingerprint differs"
    return f"{_rows(pair.actual.rows)} instead of {pair.expected.rows:,}"


def _damage(
    table: str, expected: ContentObservation, actual: ContentObservation
) -> Iterator[Finding]:
    for side, remedy in ((expected, remedies.DAMAGED_SOURCE), (actual, remedies.DAMAGED)):
        why = side.unreadable.get(table, "")
        if why.startswith(DAMAGE):
            where = "in the copy" if side is actual else "on the expected side"
            yield Finding(UNREADABLE, table, "readable", f"{where}: {why}", remedy)


def _gaps(table: str, expected: ContentObservation, actual: ContentObservation) -> Iterator[Gap]:
    """What of a table that both sides have was not compared, once."""
    if _state(table, expected) != _state(table, actual):
        return
    for side, where in ((expected, "on the expected side"), (actual, "in the copy")):
        why, left = side.unreadable.get(table), side.left_out.get(table)
        if why is not None and why.startswith(DAMAGE):
            return
        if why is not None or left is not None:
            said = _left_out(left) if left is not None else remedies.gap(why or "")
            # Neither its rows nor their number are known: both proofs must say so.
            yield Gap(COUNTS, table, f"{where}: not counted in full: {said}")
            yield Gap(CONTENT, table, f"{where}: {said}")
            return
    before, after = expected.tables.get(table), actual.tables.get(table)
    if before is None or after is None or before.columns != after.columns:
        return
    for content, where in ((before, "on the expected side"), (after, "in the copy")):
        if any(one is not None and one.hashes is None for one in content.ranges):
            yield Gap(
                CONTENT,
                table,
                f"{where}: rows were only counted; choose content = full or ranges:P%",
            )
            return


def _left_out(left: LeftOut) -> str:
    sizes = [
        f"{number:,} {what}"
        for number, what in ((left.rows, "rows"), (left.bytes, "bytes"))
        if number is not None
    ]
    about = f" (about {', '.join(sizes)})" if sizes else ""
    return f"not proven by budget: {left.reason}{about}"


_FOREIGN = "a foreign table"


def _state(table: str, side: ContentObservation) -> str | None:
    """What stands under this name; None for nothing."""
    if table in side.unpopulated:
        return "not populated"
    if table in side.partitioned:
        return "a partitioned table"
    if table in side.foreign:
        return _FOREIGN
    # Not by `relations`, which gathers all of them anew.
    known = table in side.tables or table in side.unreadable or table in side.left_out
    return "a table" if known else None


def _told(table: str, side: ContentObservation) -> str | None:
    """The same, with the rows of a table."""
    content = side.tables.get(table)
    return _state(table, side) if content is None else _described(content)


def _described(content: TableContent) -> str:
    rows = "rows not all counted" if content.rows is None else _rows(content.rows)
    return f"a {content.kind} of {rows}"


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def _ranges(number: int) -> str:
    return f"{number:,} {'range' if number == 1 else 'ranges'}"


def _facts(actual: ContentObservation) -> dict[str, Scalar]:
    tables = actual.tables.values()
    return {
        "content_mode": actual.mode,
        "content_seed": actual.seed,
        "content_tables": len(actual.tables),
        "content_rows": actual.rows,
        "content_bytes": sum(round(table.bytes * table.share_read) for table in tables),
    }
