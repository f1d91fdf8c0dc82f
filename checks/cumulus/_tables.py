"""A table of Cumulus by its name: in ``public``, or in the one schema that has it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from checks.database import SYSTEM_SCHEMAS, RowCursor


@dataclass(frozen=True, slots=True)
class Found:
    """A table as the catalog has it.

    kind       ``pg_class.relkind``: r or p
    rendered   as SQL would write it, for a subject
    """

    oid: int
    kind: str
    identifier: sql.Identifier
    rendered: str


def find(cursor: RowCursor, table: str) -> Found | None:
    """None where there is none, or several and none of them in ``public``."""
    cursor.execute(
        """
        select c.oid, c.relkind::text, n.nspname, c.relname, format('%%I.%%I', n.nspname, c.relname)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relname = %s and c.relkind in ('r', 'p') and c.relpersistence <> 't'
          and n.nspname !~ %s
        order by n.nspname <> 'public', 3
        """,
        [table, SYSTEM_SCHEMAS],
    )
    rows = cursor.fetchall()
    if not rows or (len(rows) > 1 and rows[0][2] != "public"):
        return None
    oid, kind, schema, name, rendered = rows[0]
    return Found(oid, kind, sql.Identifier(schema, name), rendered)


def leaves(cursor: RowCursor, oid: int) -> list[tuple[int, str]]:
    """The partitions that hold a table's rows, by oid and name; the table itself where it is not
    divided.
    """
    cursor.execute(
        """
        select c.oid, format('%%I.%%I', n.nspname, c.relname)
        from pg_partition_tree(%s::oid::regclass) t
        join pg_class c on c.oid = t.relid join pg_namespace n on n.oid = c.relnamespace
        where t.isleaf order by 2
        """,
        [oid],
    )
    return [(int(leaf), str(name)) for leaf, name in cursor.fetchall()]
