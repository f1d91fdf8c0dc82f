"""Reading the rows that match an operator's condition: how many, and two sums of their hashes.

Rows are read by the heap of their table, as all contents are: an index may be what is broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import psycopg
from psycopg import sql

from checks.baseline.condition import Condition
from checks.baseline.model import FrozenContent
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
from checks.names import is_named
from checks.shared_snapshot import SharedSnapshot, Unread

_OF_THE_SERVER = ("08", "40", "42501", "53", "55", "57", "58", "XX")
"""SQLSTATEs, or their classes, of what a statement met that was right in itself."""


class CannotRead(CheckError):
    """Why a frozen range cannot be read on one side; in one line, never with a value."""


class NoSuchTable(CannotRead):
    """The database has no table of that name."""


class DamagedRows(CannotRead):
    """The server could not read its own data."""


def read_frozen(
    shared: SharedSnapshot, table: str, where: str, t: datetime | None
) -> FrozenContent:
    """Count and hash the rows of a table that match a condition, ``:t`` in it standing for `t`.

    Raises CorrectCondition, CannotRead, NoSuchTable, DamagedRows.
    """
    condition = Condition(where)
    condition_at_t = condition.at(t)

    def reading(cursor: RowCursor) -> FrozenContent | CannotRead:
        try:
            relation = _named(cursor, table)
            _require_stable(cursor, condition)
            columns = _columns(cursor, relation)
            rows, one, two = _sums(cursor, relation, columns, condition_at_t)
        except CannotRead as why:
            return why
        return FrozenContent(
            table=table,
            where=where,
            t=t if condition.names_time else None,
            relation=relation.table,
            columns=tuple((column.name, column.type) for column in columns),
            rows=rows,
            hashes=(one, two),
        )

    told = shared.read(reading)
    if isinstance(told, Unread):
        kind = DamagedRows if told.damage else CannotRead
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
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate.startswith(_OF_THE_SERVER):
            raise
        # Its words may quote a row: "invalid input syntax for type integer".
        raise CannotRead(
            f"{error.sqlstate}: the condition fails on a row ({type(error).__name__}): correct it"
        ) from None
    ((rows, one, two),) = cursor.fetchall()
    return int(rows), str(one), str(two)
