"""The extension amcheck: whether it is installed, what of it may be called, and how to install it.

It is of contrib. Reading sessions create nothing, so where it is not installed the structure of
indexes is *not proven*. The source is never touched for it; in a copy that a drill made itself the
drill may call `install_amcheck` first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from checks.database import RowCursor

SCHEMA = "restore_drill"
"""Where `install_amcheck` puts the extension: a schema that schema parity leaves out."""

_ARGUMENTS = {
    "bt_index_check": ("heapallindexed", "checkunique"),
    "bt_index_parent_check": ("heapallindexed", "rootdescend", "checkunique"),
    "gin_index_check": (),
}


@dataclass(frozen=True, slots=True)
class Amcheck:
    """The installed extension: schema, and per function how many arguments it takes, and whether
    this session may call it."""

    schema: str
    arguments: Mapping[str, int]
    allowed: Mapping[str, bool]

    def call(self, function: str) -> sql.Composed:
        """``schema.function(%s::regclass, heapallindexed => true, …)``, as far as it goes."""
        number = self.arguments[function] - 1
        given = _ARGUMENTS[function]
        # checkunique came in 17, as the last argument of all.
        options = [given[at] for at in range(min(number, len(given)))]
        arguments = [sql.SQL("%s::regclass")]
        arguments += [sql.SQL(f"{option} => true") for option in options]
        return sql.SQL("{}({})").format(
            sql.Identifier(self.schema, function), sql.SQL(", ").join(arguments)
        )


def install_amcheck(connection: Connection[Any]) -> bool:
    """Create the extension in a copy that the caller made and may write to; whether it was new.

    Never for a source, and never in a read-only verification. Its functions then belong to the
    connection's user, who must read with the same login or grant EXECUTE. Raises psycopg.Error
    where the server has no amcheck or the user may not create it (superuser; on RDS rds_superuser).
    """
    with connection.transaction():
        cursor = connection.cursor()
        cursor.execute("select from pg_catalog.pg_extension where extname = 'amcheck'")
        if cursor.fetchone() is not None:
            return False
        cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
        cursor.execute(sql.SQL("create extension amcheck schema {}").format(sql.Identifier(SCHEMA)))
    return True


def find_amcheck(cursor: RowCursor) -> Amcheck | None:
    """The extension as it is installed, None where it is not."""
    cursor.execute(
        """
        select n.nspname, p.proname, max(p.pronargs)::int,
               bool_and(has_function_privilege(p.oid, 'execute')
                        and has_schema_privilege(n.oid, 'usage'))
        from pg_extension e
        join pg_depend d on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid
            and d.deptype = 'e' and d.classid = 'pg_proc'::regclass
        join pg_proc p on p.oid = d.objid
        join pg_namespace n on n.oid = p.pronamespace
        where e.extname = 'amcheck'
        group by n.nspname, p.proname
        """
    )
    rows = cursor.fetchall()
    if not rows:
        return None
    return Amcheck(
        str(rows[0][0]),
        {name: arguments for _, name, arguments, _ in rows},
        {name: allowed for _, name, _, allowed in rows},
    )
