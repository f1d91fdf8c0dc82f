"""One table: the statement that scans it once, and what it brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from checks.content.budget import Clock
from checks.content.observation import Buckets, KeyRanges, RangeContent, TableContent
from checks.content.plan import Part
from checks.content.ranges import bucket_of, range_of, ranges_of, whole, within
from checks.content.rows import (
    SEEDS,
    Column,
    Relation,
    hash_of,
    hashable,
    row_bytes,
    send_as_stored,
    statement,
)
from checks.database import RowCursor, pin, scan_tables_only


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The table of the snapshot is no more: what was read is not what was there."""

    why: str = (
        "the table was emptied, rewritten or dropped (TRUNCATE, ALTER TABLE, VACUUM FULL, DROP)"
        " after the snapshot was taken, which a snapshot does not outlive: verify again"
    )


def read_table(
    cursor: RowCursor,
    relation: Relation,
    part: Part,
    *,
    counts_only: bool,
    server_version: int,
    workers: int,
    clock: Clock,
) -> TableContent | Rewritten:
    """Count and fingerprint a table's own rows, range by range.

    Rows are hashed by the columns of `part`, in their order. A table that has not just these is
    only counted: nothing could be compared. Where the time budget ends between two ranges, the rest
    is None. Raises psycopg.Error as the server says it.
    """
    send_as_stored(cursor)
    pin(cursor, _settings(workers), local=True)
    _end_in_time(cursor, clock)
    by_name = {(column.name, column.type): column for column in relation.columns}
    alike = by_name.keys() == set(part.columns)
    if not alike:
        part = Part(tuple(by_name), relation.key, whole(relation))
    scan = _Scan(
        relation,
        part,
        [by_name[pair] for pair in part.columns],
        counts_only or not alike,
        server_version,
    )
    if part.numbers is not None and scan.has_index:
        found = _read_ranges(cursor, scan, part.numbers, clock)
    else:
        scan_tables_only(cursor)
        found = scan.run(cursor, scan.heap())
        numbers = range(ranges_of(part.division)) if part.numbers is None else part.numbers
        found = {n: found.get(n, scan.nothing) for n in numbers}
    if _is_rewritten(cursor, relation):
        return Rewritten()
    return TableContent(
        kind="materialised view" if relation.kind == "materialised view" else "table",
        unlogged=relation.unlogged,
        columns=part.columns,
        key=part.key,
        division=part.division,
        ranges=tuple(found.get(n) for n in range(ranges_of(part.division))),
        bytes=relation.bytes,
    )


@dataclass(frozen=True, slots=True)
class _Scan:
    """The statements that read one table."""

    relation: Relation
    part: Part
    columns: Sequence[Column]
    counts_only: bool
    server_version: int

    @property
    def has_index(self) -> bool:
        """Whether an index leads to the key ranges, on this side too."""
        division = self.part.division
        return isinstance(division, KeyRanges) and self.relation.key[:1] == (division.column,)

    @property
    def _row(self) -> sql.Composable:
        return hashable(row_bytes(self.columns), self.server_version)

    @property
    def nothing(self) -> RangeContent:
        """A range without rows."""
        return RangeContent(rows=0, hashes=None if self.counts_only else ("0", "0"))

    def heap(self) -> sql.Composable:
        """All rows of the table, range by range; one record for each that has any."""
        if isinstance(self.part.division, Buckets) and self.part.division.by == "row hash":
            return self._by_row_hash(self.part.division)
        number = range_of(self.part.division, self.columns, self.part.key, self.server_version)
        return self._grouped(number, sql.SQL("true"))

    def range(self, number: int) -> sql.Composable:
        """The rows of one key range, by an index."""
        assert isinstance(self.part.division, KeyRanges)
        return self._grouped(sql.SQL("{}").format(number), within(self.part.division, number))

    def run(self, cursor: RowCursor, query: sql.Composable) -> dict[int, RangeContent]:
        """Number of a range → what is in it."""
        cursor.execute(statement(query))
        return {number: self._range(*found) for number, *found in cursor.fetchall()}

    def _range(self, rows: int, one: Any, other: Any) -> RangeContent:
        if self.counts_only:
            return RangeContent(rows=rows, hashes=None)
        # numeric; NULL is the sum of no rows
        return RangeContent(rows=rows, hashes=(str(int(one or 0)), str(int(other or 0))))

    def _grouped(self, number: sql.Composable, condition: sql.Composable) -> sql.Composable:
        """OFFSET 0 keeps the planner from pulling up the subquery, which would compute the bytes
        once for each seed; and it makes it guess 200 groups instead of one a row.
        """
        row = sql.SQL("null") if self.counts_only else self._row
        return sql.SQL(
            "select n, count(*), {} from (select {} as n, {} as r from only {} as t where {}"
            " offset 0) as t {}"
        ).format(
            self._sums([hash_of(sql.SQL("r"), seed, self.server_version) for seed in SEEDS]),
            number,
            row,
            self.relation.identifier,
            condition,
            sql.SQL("group by n"),
        )

    def _by_row_hash(self, division: Buckets) -> sql.Composable:
        one, other = (hash_of(sql.SQL("r"), seed, self.server_version) for seed in SEEDS)
        return sql.SQL(
            "select {} as n, count(*), {} from (select {} as one, {} as other from"
            " (select {} as r from only {} as t offset 0) as t offset 0) as t group by n"
        ).format(
            bucket_of(sql.SQL("one"), division),
            self._sums([sql.SQL("one"), sql.SQL("other")]),
            one,
            other,
            self._row,
            self.relation.identifier,
        )

    def _sums(self, hashes: Sequence[sql.Composable]) -> sql.Composable:
        if self.counts_only:
            return sql.SQL("null, null")
        return sql.SQL(", ").join(sql.SQL("sum({})").format(hash_) for hash_ in hashes)


def _read_ranges(
    cursor: RowCursor, scan: _Scan, numbers: Sequence[int], clock: Clock
) -> dict[int, RangeContent]:
    pin(cursor, {"enable_seqscan": "off"}, local=True)
    found = {}
    for number in numbers:
        if clock.is_over:
            break
        found[number] = scan.run(cursor, scan.range(number)).get(number, scan.nothing)
    return found


def _settings(workers: int) -> dict[str, str]:
    return {
        "jit": "off",  # compiling takes longer than it saves [ran: 10 million rows]
        # Sorting every row to group a thousand ranges costs twice the scan (content trap 6).
        "enable_sort": "off",
        "enable_hashagg": "on",
        "work_mem": "16MB",  # the ranges' sums must not go to disk, whatever the login's default
        "max_parallel_workers_per_gather": str(workers - 1),
    }


def _end_in_time(cursor: RowCursor, clock: Clock) -> None:
    """Cancel what runs when the time budget ends, if the session's own limit does not do so yet."""
    if (remaining := clock.remaining) is None:
        return
    cursor.execute(
        "select setting::int8 from pg_catalog.pg_settings where name = 'statement_timeout'"
    )
    ((limit,),) = cursor.fetchall()
    left = max(1, round(remaining * 1000))
    pin(cursor, {"statement_timeout": str(min(left, limit or left))}, local=True)


def _is_rewritten(cursor: RowCursor, relation: Relation) -> bool:
    """Whether the table's file is another than in the snapshot.

    TRUNCATE and what rewrites a table are not MVCC-safe: an older snapshot sees it empty from then
    on. The catalog is read as of the snapshot, the function answers as of now; and the lock of our
    scan, which is still held, keeps now from changing.
    """
    cursor.execute(
        "select pg_relation_filenode(oid) is distinct from relfilenode from pg_class"
        " where oid = %s::bigint",
        [relation.oid],
    )
    return cursor.fetchall() != [(False,)]
