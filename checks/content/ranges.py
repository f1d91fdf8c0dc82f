"""How the rows of a table are divided, so that a difference can be said to lie somewhere.

```
KeyRanges   | below b0 | b0 to before b1 | … | from bn on |     one integer or uuid column
Buckets     | hash ends in 000 | in 001 | … |                   any other key, or the whole row
```
Boundaries are chosen on the expected side, from what the table holds there, and used on both. They
need not be even, only the same: whatever they are, each row lies in exactly one range. Integers and
uuids sort alike everywhere; text does not (collations), which is why other keys are hashed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import LiteralString

import psycopg
from psycopg import sql

from checks.content.observation import Buckets, Division, KeyRanges
from checks.content.rows import Column, Relation, row_bytes, row_hash, statement
from checks.database import RowCursor, is_damage

ROWS_A_RANGE = 10_000
MOST_RANGES = 1_000
PAGES_A_RANGE = 4
"""Pages looked at, for one key each, to place a boundary where keys are not evenly spread."""

BYTES_A_ROW = 100
"""Where the server has no estimate of a table's rows: 1.28 GB for 10 million narrow rows."""


def estimated_rows(relation: Relation) -> int:
    """The rows of a table as far as the catalog knows."""
    if relation.rows is not None:
        return relation.rows
    return relation.bytes // BYTES_A_ROW


def whole(relation: Relation) -> Division:
    """One range with everything in it."""
    return _divide_by_hash(relation, 1) if _leading(relation) is None else _by_key(relation, ())


def choose_division(cursor: RowCursor, relation: Relation) -> Division:
    """Divide a table by what it holds: about `ROWS_A_RANGE` rows a range, `MOST_RANGES` at most.

    Reads the ends of an index, or a few pages a range. Raises psycopg.Error where the table may not
    be read, or not now.
    """
    number = min(MOST_RANGES, math.ceil(estimated_rows(relation) / ROWS_A_RANGE))
    leading = _leading(relation)
    if number <= 1:
        return whole(relation)
    if leading is None:
        return _divide_by_hash(relation, number)
    if len(relation.key) == 1 and leading.base != "uuid":
        even = _even_bounds(cursor, relation, leading, number)
        if even is not None:
            return _by_key(relation, even)
    keys = _sample(cursor, relation, leading, number)
    if len(set(keys)) < len(keys) / 2:
        return _divide_by_hash(relation, number)  # few values, many rows of each
    return _by_key(relation, _quantiles(keys, number))


def ranges_of(division: Division) -> int:
    """How many ranges a division makes."""
    return len(division.bounds) + 1 if isinstance(division, KeyRanges) else division.number


def range_of(
    division: Division,
    columns: Sequence[Column],
    key: Sequence[str],
    server_version: int,
    source: str = "t",
) -> sql.Composable:
    """An expression of type integer, from 0: the range in which a row of the table `source` lies.

    `columns` are those of the table as they are hashed, `key` the names of its key.
    """
    if ranges_of(division) == 1:
        return sql.SQL("0")
    if isinstance(division, KeyRanges):
        # A key that is null, where no constraint keeps it from being so, lies in the first range.
        return sql.SQL("coalesce(pg_catalog.width_bucket({}, {}), 0)").format(
            _key(division, source), _array(division)
        )
    hashed = [c for c in columns if division.by == "row hash" or c.name in key]
    return bucket_of(row_hash(row_bytes(hashed, source), 0, server_version), division)


def bucket_of(hash_: sql.Composable, division: Buckets) -> sql.Composable:
    """An expression of type integer: the bucket of a row with this hash (of seed 0)."""
    return sql.SQL("({} & {})::pg_catalog.int4").format(hash_, sql.Literal(division.number - 1))


def within(division: KeyRanges, number: int, source: str = "t") -> sql.Composable:
    """A condition that the rows of one range fulfil, and that an index on the key can answer."""
    last = len(division.bounds)
    if not last:
        return sql.SQL("true")
    if number == 0:
        below = _compare(division, source, "<", division.bounds[0])
        column = sql.Identifier(source, division.column)
        return sql.SQL("({} or {} is null)").format(below, column)
    conditions = [_compare(division, source, ">=", division.bounds[number - 1])]
    if number < last:
        conditions.append(_compare(division, source, "<", division.bounds[number]))
    return sql.SQL(" and ").join(conditions)


def describe(division: Division, number: int) -> str:
    """One range in words: ``key 10001 to 20000``; boundaries are integers and uuids only."""
    if ranges_of(division) == 1:
        return "all rows"
    if isinstance(division, Buckets):
        return f"bucket {number + 1} of {division.number} by {division.by}"
    bounds, last = division.bounds, len(division.bounds)
    if number == 0:
        return f"key below {bounds[0]}"
    if number == last:
        return f"key from {bounds[-1]} on"
    if division.type == "uuid":
        return f"key {bounds[number - 1]} to before {bounds[number]}"
    return f"key {bounds[number - 1]} to {int(bounds[number]) - 1}"


def _leading(relation: Relation) -> Column | None:
    """The key's first column, where rows can be divided by its values."""
    if not relation.key:
        return None
    first = relation.column(relation.key[0])
    return first if first.may_be_shown else None


def _by_key(relation: Relation, bounds: Sequence[str]) -> KeyRanges:
    leading = _leading(relation)
    assert leading is not None
    assert leading.base is not None
    return KeyRanges(column=leading.name, type=leading.base, bounds=tuple(bounds))


def _divide_by_hash(relation: Relation, number: int) -> Buckets:
    power = 1 << max(0, math.ceil(math.log2(number)))  # so that a bucket is some bits of a hash
    return Buckets(by="key hash" if relation.key else "row hash", number=power)


def _even_bounds(
    cursor: RowCursor, relation: Relation, leading: Column, number: int
) -> list[str] | None:
    """Equal steps from the lowest key to the highest; None where rows do not lie evenly."""
    query = sql.SQL("select min({0}), max({0}) from only {1}").format(
        sql.Identifier(leading.name), relation.identifier
    )
    try:
        with cursor.connection.transaction():
            cursor.execute(statement(query))
            ((lowest, highest),) = cursor.fetchall()
    except psycopg.Error as error:
        if not is_damage(error):
            raise
        return None  # a broken index: whoever checks indexes says so, and the heap is read below
    if lowest is None:
        return []
    span = highest - lowest + 1
    if span > 2 * estimated_rows(relation):
        return None  # gaps, of which nobody knows where
    step = math.ceil(span / number)
    return [str(bound) for bound in range(lowest + step, highest + 1, step)]


def _sample(cursor: RowCursor, relation: Relation, leading: Column, number: int) -> list[str]:
    """One key a page, of pages all over the table, in the order of the keys.

    The first row of a page and not the least key, which would be low where keys are random.
    """
    cursor.execute("select pg_catalog.current_setting('block_size')::pg_catalog.int8")
    ((page,),) = cursor.fetchall()
    share = min(100.0, 100.0 * PAGES_A_RANGE * number * page / max(page, relation.bytes))
    query = sql.SQL(
        """
        select pg_catalog.array_agg(k::pg_catalog.text order by k) from (
            select distinct on (place[0]) k from (
                select t.ctid::pg_catalog.text::pg_catalog.point as place, t.{} as k
                from only {} as t tablesample system ({}) repeatable (0)
            ) as sampled
            order by place[0], place[1]
        ) as one_a_page
        """
    ).format(sql.Identifier(leading.name), relation.identifier, sql.Literal(share))
    cursor.execute(statement(query))
    ((found,),) = cursor.fetchall()
    return [str(key) for key in found or ()]


def _quantiles(keys: Sequence[str], number: int) -> list[str]:
    """Boundaries between `number` parts of sorted keys, as far as they differ."""
    if not keys:
        return []
    found = (keys[len(keys) * part // number] for part in range(1, number))
    return list(dict.fromkeys(found))


def _key(division: KeyRanges, source: str) -> sql.Composable:
    return sql.SQL("{}::{}").format(
        sql.Identifier(source, division.column), sql.Identifier("pg_catalog", division.type)
    )


def _array(division: KeyRanges) -> sql.Composable:
    return sql.SQL("{}::{}[]").format(
        sql.Literal("{" + ",".join(division.bounds) + "}"),
        sql.Identifier("pg_catalog", division.type),
    )


def _compare(
    division: KeyRanges, source: str, operator: LiteralString, bound: str
) -> sql.Composable:
    return sql.SQL("{} {} {}::{}").format(
        sql.Identifier(source, division.column),
        sql.SQL(operator),
        sql.Literal(bound),
        sql.Identifier("pg_catalog", division.type),
    )
