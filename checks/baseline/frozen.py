"""Frozen ranges: rows that an operator knows never change any more, and that must come back equal.

```toml
[[content.frozen]]
table = "granules"
where = "created_at < :t - interval '1 day'"
```

They prove equality of a part of a table on a source that never stops writing (DESIGN 4): rows that
match are counted and hashed in the copy and in the source, which lives on, or in a baseline. The
condition is the operator's SQL: it is evaluated in a read-only session, under the search path that
the database gives this login, and within the statement limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from checks.baseline import words
from checks.baseline.condition import Condition, CorrectCondition
from checks.baseline.model import FrozenContent, FrozenUnread
from checks.baseline.sides import finding, gap
from checks.content.rows import (
    SEEDS,
    Column,
    Relation,
    read_relations,
    row_bytes,
    row_hash,
    send_as_stored,
    statement,
)
from checks.database import CheckError, RowCursor, reason, scan_tables_only
from checks.judgement import Judgement
from checks.names import is_named
from checks.shared_snapshot import SharedSnapshot, Unread

CHECK = "frozen"

CHANGED = (
    "Restore again and compare the point reached with T; if the source itself changes or removes "
    "such rows, the condition names rows that are not frozen: narrow it."
)


class CannotRead(CheckError):
    """Why a frozen range cannot be read on one side; in one line, never with a value."""


class NoSuchTable(CannotRead):
    """The database has no table of that name."""


class _Damaged(CannotRead):
    """The server could not read its own data."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """One ``[[content.frozen]]``: `table` as ``must_have_tables`` writes it, `where` as SQL."""

    table: str
    where: str


def judge_frozen(
    source: SharedSnapshot | FrozenContent | FrozenUnread,
    copy: SharedSnapshot,
    frozen: Frozen,
    t: datetime | None,
) -> Judgement:
    """Hold the rows that match a condition in the copy against the source's (R36, R68).

    source  the source as it is now, or what a baseline recorded (`recorded_frozen`)
    t       the recovery target's time; None where it is not known
    """
    subject = frozen.table
    sides = []
    for side, place in ((source, "source"), (copy, "copy")):
        try:
            sides.append(_side(side, frozen, t))
        except _Damaged as damaged:
            remedy = f"Restore again from another backup: the {place}'s own data is damaged."
            return finding(CHECK, subject, "readable", f"{place}: {damaged}", remedy)
        except (CorrectCondition, CannotRead) as why:
            return gap(CHECK, subject, f"{why} (where {' '.join(frozen.where.split())}; {place})")
    truth, ours = sides
    subject = truth.relation
    if truth.columns != ours.columns:
        return gap(
            CHECK,
            subject,
            "its columns differ between the two sides, so its rows cannot be compared: see schema",
        )
    if not truth.rows and not ours.rows:
        return gap(
            CHECK,
            subject,
            "no row matches on either side, so it proves nothing: correct the condition "
            f"(where {' '.join(frozen.where.split())})",
        )
    if truth.rows != ours.rows:
        return finding(
            CHECK,
            subject,
            f"{words.plural(truth.rows, 'frozen row')}",
            f"{words.plural(ours.rows, 'frozen row')}",
            CHANGED,
        )
    if truth.hashes != ours.hashes:
        rows = words.plural(truth.rows, "frozen row")
        return finding(CHECK, subject, rows, f"{rows} with other values", CHANGED)
    return Judgement(facts={f"frozen rows of {subject}": truth.rows})


def record_frozen(
    shared: SharedSnapshot, ranges: Sequence[Frozen], t: datetime | None
) -> tuple[FrozenContent | FrozenUnread, ...]:
    """The frozen ranges of a database for its baseline; those of other databases are left out.

    Without `t` a condition that names it cannot be recorded: only a live source tells then.
    """
    recorded: list[FrozenContent | FrozenUnread] = []
    for one in ranges:
        try:
            recorded.append(_read(shared, one, t))
        except NoSuchTable:
            continue
        except (CorrectCondition, CannotRead) as why:
            recorded.append(FrozenUnread(table=one.table, where=one.where, why=str(why)))
    return tuple(recorded)


def recorded_frozen(
    recorded: Sequence[FrozenContent | FrozenUnread], frozen: Frozen
) -> FrozenContent | FrozenUnread | None:
    """What a baseline holds of a frozen range; None where it was recorded without it."""
    for one in recorded:
        if (one.table, one.where) == (frozen.table, frozen.where):
            return one
    return None


def _side(
    side: SharedSnapshot | FrozenContent | FrozenUnread, frozen: Frozen, t: datetime | None
) -> FrozenContent:
    if isinstance(side, SharedSnapshot):
        return _read(side, frozen, t)
    if isinstance(side, FrozenUnread):
        raise CannotRead(f"not in the baseline: {side.why}")
    if side.t != t and side.t is not None:
        raise CannotRead("was recorded for another time: record the baseline for this T")
    return side


def _read(shared: SharedSnapshot, frozen: Frozen, t: datetime | None) -> FrozenContent:
    condition = Condition(frozen.where)
    where = condition.at(t)

    def reading(cursor: RowCursor) -> FrozenContent | CannotRead:
        try:
            relation = _named(cursor, frozen.table)
            _require_stable(cursor, condition)
            columns = _columns(cursor, relation)
            rows, one, two = _sums(cursor, relation, columns, where)
        except CannotRead as why:
            return why
        return FrozenContent(
            table=frozen.table,
            where=frozen.where,
            t=t if condition.names_time else None,
            relation=relation.table,
            columns=tuple((column.name, column.type) for column in columns),
            rows=rows,
            hashes=(one, two),
        )

    told = shared.read(reading)
    if isinstance(told, Unread):
        kind = _Damaged if told.damage else CannotRead
        raise kind(f"cannot be read: {told.why}")
    if isinstance(told.result, CannotRead):
        raise told.result
    return told.result


def _named(cursor: RowCursor, wanted: str) -> Relation:
    """The one table that an operator means, by its name alone or with its schema."""
    found = [
        relation
        for relation in read_relations(cursor)
        if relation.kind in ("table", "partitioned", "materialised view")
        and is_named(wanted, (relation.schema, relation.name))
    ]
    if not found:
        raise NoSuchTable("there is no such table: correct its name")
    if len(found) > 1:
        names = ", ".join(relation.table for relation in found)
        raise CannotRead(f"{len(found)} tables have this name: write which, of {names}")
    return found[0]


def _columns(cursor: RowCursor, relation: Relation) -> list[Column]:
    """Its columns by name, so that partitions and sides with another order hash alike.

    A partitioned table has those of its partitions. Foreign ones are refused: reading them would
    reach out of the copy.
    """
    cursor.execute(
        """
        with recursive tree (oid) as (
            select %s::oid
            union all
            select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid
        )
        select c.oid::bigint, c.relkind::text from tree join pg_class c using (oid)
        """,
        [relation.oid],
    )
    kinds = {int(oid): kind for oid, kind in cursor}
    if "f" in kinds.values():
        raise CannotRead(
            "some of its rows are in foreign tables, which are not read: name its own partitions"
        )
    if relation.kind == "partitioned":
        leaves = (one for one in read_relations(cursor) if kinds.get(one.oid) == "r")
        relation = next(leaves, relation)
    return sorted(relation.columns, key=lambda column: column.name)


def _require_stable(cursor: RowCursor, condition: Condition) -> None:
    """No function in it may be volatile: it could answer otherwise in the other database."""
    cursor.execute(
        "select proname from pg_proc where proname = any(%s)"
        " group by proname having bool_and(provolatile = 'v') order by proname",
        [sorted(condition.functions)],
    )
    if volatile := [str(name) for (name,) in cursor]:
        raise CannotRead(
            f"it calls {', '.join(volatile)}, which is volatile: declare it stable or immutable if "
            "it is, or do without"
        )


def _sums(
    cursor: RowCursor, relation: Relation, columns: Sequence[Column], where: str
) -> tuple[int, str, str]:
    """(rows, sum of the first hash, sum of the second) of the rows that match."""
    scan_tables_only(cursor)
    send_as_stored(cursor)
    version = cursor.connection.info.server_version
    row = sql.Identifier("hashed", "row")
    query = statement(
        sql.SQL(
            "select pg_catalog.count(*), coalesce(pg_catalog.sum({}), 0)::pg_catalog.text,"
            " coalesce(pg_catalog.sum({}), 0)::pg_catalog.text"
            # Without an alias, so that the condition may qualify columns by the table's name; on
            # lines of its own, so that a comment at its end ends; not merged with the query above,
            # which would make each row's bytes twice.
            " from (select {} as row from {} where (\n{}\n) offset 0) as hashed"
        ).format(
            *(row_hash(row, seed, version) for seed in SEEDS),
            row_bytes(columns, relation.name),
            relation.identifier,
            sql.SQL(where),  # the operator's own
        )
    )
    # What the operator writes means what it means in a session of this login.
    cursor.execute("set local search_path to default")
    try:
        # Prepared, which a second statement behind the first would make fail.
        cursor.execute(b"explain " + query, prepare=True)
    except psycopg.errors.InsufficientPrivilege:
        raise
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as error:
        raise CannotRead(f"{reason(error)}: correct the condition") from None
    try:
        cursor.execute(query, prepare=True)
    except psycopg.errors.InsufficientPrivilege:
        raise
    except (psycopg.ProgrammingError, psycopg.DataError) as error:
        # Its words may quote a row: "invalid input syntax for type integer".
        raise CannotRead(
            f"{error.sqlstate}: the condition fails on a row ({type(error).__name__}): correct it"
        ) from None
    ((rows, one, two),) = cursor.fetchall()
    return int(rows), str(one), str(two)
