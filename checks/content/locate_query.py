"""The statements that read some parts of a table again, by the index of the key or by the heap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg import sql

from checks.content import locate_keys as keys
from checks.content.locate_difference import tid
from checks.content.observation import Division, KeyRanges, TableContent
from checks.content.ranges import range_of
from checks.content.rows import (
    SEEDS,
    Column,
    Relation,
    hash_of,
    hashable,
    row_bytes,
    row_hash,
    statement,
)

PARTING_SEED = 2
"""Of the hash that parts rows whose keys cannot: independent of the two of the fingerprint, one of
which may have divided the table in the first place."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table: one range of its division, or a part of one.

    low, high   least and greatest value of the column that divides; None in a division by hash
    mask, rest  the rows whose parting hash has these lowest bits; a mask of 0 means all
    open        whether one end is that of the type, so that nobody knows where keys begin or end
    """

    range: int
    low: int | None = None
    high: int | None = None
    mask: int = 0
    rest: int = 0
    open: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What is read of a table.

    columns  those that are hashed, in their order
    key      those that tell rows apart; where there are none, all of them do
    """

    relation: Relation
    columns: tuple[Column, ...]
    key: tuple[Column, ...]
    division: Division
    version: int

    @classmethod
    def of(cls, relation: Relation, content: TableContent, version: int) -> Table:
        """What is to be read of a relation so that it compares with what was read of it before.

        `version` is the server's. Raises KeyError where a column is not there any more.
        """
        named = {(column.name, column.type): column for column in relation.columns}
        columns = tuple(named[column] for column in content.columns)
        by_name = {column.name: column for column in columns}
        key = tuple(by_name[name] for name in content.key)
        return cls(relation, columns, key, content.division, version)

    def parts(self) -> list[Part]:
        """One part for each range of the division."""
        if not isinstance(self.division, KeyRanges):
            return [Part(number) for number in range(self.division.number)]
        lowest, highest, of = _ENDS[self.division.type]
        bounds = [of(bound) for bound in self.division.bounds]
        ends = zip([lowest, *bounds], [*(bound - 1 for bound in bounds), highest], strict=True)
        return [
            Part(number, low, high, open=number in (0, len(bounds)))
            for number, (low, high) in enumerate(ends)
        ]

    def sums(self, parts: Sequence[Part], *, by_index: bool) -> bytes:
        """Part (from 1), rows, and the sums of both hashes as text."""
        return self._reading(
            parts,
            "select part, count(*), sum(first)::pg_catalog.text, sum(second)::pg_catalog.text",
            " group by part",
            by_index=by_index,
            identified=False,
        )

    def rows(self, parts: Sequence[Part], *, by_index: bool, limit: int | None = None) -> bytes:
        """How many, and the row as `locate_difference` has it."""
        end = "" if limit is None else f" limit {limit:d}"
        if self.key:
            return self._reading(parts, EACH, end, by_index=by_index)
        return self._reading(
            parts, EACH_KIND, " group by first, second, identity" + end, by_index=by_index
        )

    def details(self, places: Iterable[bytes]) -> bytes:
        """ctid, what tells it apart, key as it may be told, and a hash of each column, of the rows
        at some ctids.
        """
        return statement(
            sql.SQL(
                "select pg_catalog.tidsend(t.ctid), {identity}, array[{key}]::pg_catalog.text[],"
                " array[{columns}]::pg_catalog.int8[]"
                " from only {table} as t where t.ctid = any ({places}::pg_catalog.tid[])"
            ).format(
                identity=self._identity() if self.key else self._identity_of(self.columns),
                key=sql.SQL(", ").join(map(keys.shown, self.key)),
                columns=sql.SQL(", ").join(self._hash(c) for c in self.columns),
                table=self.relation.identifier,
                places=sql.Literal([tid(place) for place in places]),
            )
        )

    def _reading(
        self,
        parts: Sequence[Part],
        select: str,
        end: str,
        *,
        by_index: bool,
        identified: bool = True,
    ) -> bytes:
        # The hashes of a row are computed from its bytes once they are there: without the fences
        # (offset 0) the bytes would be made anew for each hash.
        query = sql.SQL(
            "{select} from ("
            "select part, place, identity, {first} as first, {second} as second"
            " from ({rows} offset 0) as bytes offset 0) as hashes{end}"
        ).format(
            select=sql.SQL(select),
            first=hash_of(sql.SQL("bytes"), SEEDS[0], self.version),
            second=hash_of(sql.SQL("bytes"), SEEDS[1], self.version),
            rows=self._rows(parts, self._identity() if identified else _NOTHING, by_index),
            end=sql.SQL(end),
        )
        return statement(query)

    def _rows(
        self, parts: Sequence[Part], identity: sql.Composable, by_index: bool
    ) -> sql.Composed:
        """(part, place, identity, bytes) of each row: its slot first, then the part of it."""
        slot, read, slots = self._by_index(parts) if by_index else self._by_heap(parts)
        masks = sorted({part.mask for part in parts})
        # Columns on both sides of each equality, for a hash join by all of them: then a thousand
        # parts of one slot cost no more than one.
        return sql.SQL(
            "select p.part, t.place, t.identity, t.bytes from ("
            "select t.*, m.mask, t.parting & m.mask as rest from ("
            "select {slot} as slot, {parting} as parting, t.ctid as place, {identity} as identity,"
            " {bytes} as bytes from {read} offset 0) as t"
            " cross join unnest({masks}) as m (mask) offset 0) as t"
            " join rows from (unnest({slots}), unnest({mask}), unnest({rest}))"
            " with ordinality as p (slot, mask, rest, part)"
            " on p.slot = t.slot and p.mask = t.mask and p.rest = t.rest"
        ).format(
            slot=slot,
            parting=self._parting() if masks != [0] else sql.SQL("0::pg_catalog.int8"),
            identity=identity,
            bytes=hashable(row_bytes(self.columns), self.version),
            read=read,
            masks=_integers(masks),
            slots=_integers(slots, "int4"),
            mask=_integers(part.mask for part in parts),
            rest=_integers(part.rest for part in parts),
        )

    def _by_index(self, parts: Sequence[Part]) -> tuple[sql.Composable, sql.Composable, list[int]]:
        """A row's slot, where rows come from, and the slot of each part: a look-up a slot."""
        intervals, slots = _intervals(parts)
        read = sql.SQL(
            "rows from (unnest({lows}), unnest({highs})) with ordinality as i (low, high, slot)"
            " join only {table} as t on {column} >= i.low and {column} <= i.high"
        ).format(
            lows=self._values(low for low, _ in intervals),
            highs=self._values(high for _, high in intervals),
            table=self.relation.identifier,
            column=self._column(),
        )
        return sql.SQL("i.slot::pg_catalog.int4"), read, slots

    def _by_heap(self, parts: Sequence[Part]) -> tuple[sql.Composable, sql.Composable, list[int]]:
        """The same, in one scan for all of them."""
        if isinstance(self.division, KeyRanges):
            intervals, slots = _intervals(parts)
            # A domain has no width_bucket: cast to its base, as `range_of` does.
            slot: sql.Composable = sql.SQL("pg_catalog.width_bucket({}::{}, {})").format(
                self._column(),
                sql.Identifier("pg_catalog", self.division.type),
                self._values(low for low, _ in intervals),
            )
            # Below the first interval a row's slot is 0, of which the array has none: NULL.
            condition = sql.SQL("{} <= ({})[{}]").format(
                self._column(), self._values(high for _, high in intervals), slot
            )
        else:
            slots = [part.range for part in parts]
            names = [column.name for column in self.key]
            slot = range_of(self.division, self.columns, names, self.version)
            condition = sql.SQL("{} = any ({})").format(slot, _integers(sorted(set(slots)), "int4"))
        read = sql.SQL("only {} as t where {}").format(self.relation.identifier, condition)
        return slot, read, slots

    def _column(self) -> sql.Composable:
        """The column that divides, as it stands: an index answers no cast."""
        assert isinstance(self.division, KeyRanges)
        return sql.Identifier("t", self.division.column)

    def _identity(self) -> sql.Composable:
        if keys.may_be_told(self.key):
            return keys.text(self.key)
        return self._identity_of(self.key) if self.key else _NOTHING

    def _identity_of(self, columns: Sequence[Column]) -> sql.Composable:
        """Two hashes of these columns."""
        return sql.SQL(" || ").join(
            sql.SQL("pg_catalog.int8send({})").format(
                row_hash(row_bytes(columns), seed, self.version)
            )
            for seed in SEEDS
        )

    def _parting(self) -> sql.Composable:
        return row_hash(row_bytes(self.key or self.columns), PARTING_SEED, self.version)

    def _hash(self, column: Column) -> sql.Composable:
        return row_hash(row_bytes([column]), SEEDS[0], self.version)

    def _values(self, values: Iterable[int | None]) -> sql.Composable:
        """An array of values of the column that divides."""
        assert isinstance(self.division, KeyRanges)
        of_uuid = self.division.type == "uuid"
        texts = [str(UUID(int=v or 0)) if of_uuid else str(v) for v in values]
        return sql.SQL("{}::{}[]").format(
            sql.Literal("{" + ",".join(texts) + "}"),
            sql.Identifier("pg_catalog", self.division.type),
        )


_NOTHING = sql.SQL("''::pg_catalog.bytea")

_ENDS: dict[str, tuple[int, int, Callable[[str], int]]] = {
    "int2": (-(2**15), 2**15 - 1, int),
    "int4": (-(2**31), 2**31 - 1, int),
    "int8": (-(2**63), 2**63 - 1, int),
    "uuid": (0, 2**128 - 1, lambda text: UUID(text).int),
}
"""Types by which rows are divided: least and greatest value, and how one is read."""

_PACKED: LiteralString = (
    "pg_catalog.int8send(first) || pg_catalog.int8send(second) || {place} || identity"
)
EACH: LiteralString = "select 1::pg_catalog.int8, " + _PACKED.replace(
    "{place}", "pg_catalog.tidsend(place)"
)
# However often a row stands, it is sent once. min(tid) is of 14 and later.
EACH_KIND: LiteralString = "select count(*), " + _PACKED.replace(
    "{place}", "pg_catalog.tidsend(min(place::pg_catalog.text)::pg_catalog.tid)"
)


def _intervals(parts: Sequence[Part]) -> tuple[list[tuple[int | None, int | None]], list[int]]:
    """The different intervals of keys, in their order, and which of them (from 1) each part has."""
    intervals = sorted({(part.low, part.high) for part in parts})
    number = {interval: place for place, interval in enumerate(intervals, start=1)}
    return intervals, [number[part.low, part.high] for part in parts]


def _integers(values: Iterable[int], type_: str = "int8") -> sql.Composable:
    return sql.SQL("{}::{}[]").format(
        sql.Literal("{" + ",".join(map(str, values)) + "}"), sql.Identifier("pg_catalog", type_)
    )
