"""The two statements that one declaration of a kind becomes: its fingerprint, and its rows.

The fingerprint is a sum of hashes over the objects, so that nothing need be sorted: two independent
64-bit hashes of each object's row *as text*. A hash of the record itself would not do: it is
linear, and two values swapped between two objects would cancel (facts, content trap 1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from psycopg import sql

from checks.database import SYSTEM_SCHEMAS, RowCursor, pin
from checks.schema.kind import Kind, Property

CONTEXT = """
with spaces as (
    select oid, nspname, quote_ident(nspname) as name from pg_namespace
    where nspname !~ {system} and nspname <> all ({left_out}::name[])
),
relations as (
    select c.oid, s.name || '.' || quote_ident(c.relname) as name, c.relkind
    from pg_class c join spaces s on s.oid = c.relnamespace
),
members as (
    select d.classid, d.objid, quote_ident(e.extname) as extension
    from pg_depend d join pg_extension e on e.oid = d.refobjid
    where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
)
"""

FINGERPRINT = """
select count(*), coalesce(sum(hashtextextended(object.row, 1)), 0),
       coalesce(sum(hashtextextended(object.row, 2)), 0)
from (
"""

PLANNER: Mapping[str, str] = {
    # Compiling costs more than it saves, and no source should lend us more than a session's core.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # Catalogs are joined whole; a hash table that spills is a temporary file on the source.
    "work_mem": "64MB",
    # Some kinds join more catalogs than these, and then the order written down would be kept.
    "join_collapse_limit": "12",
    "from_collapse_limit": "12",
}
"""Settings that change how the server reads catalogs, and nothing of what it reads."""


def prepare(cursor: RowCursor) -> None:
    """Set the planner for catalogs, for the transaction."""
    pin(cursor, PLANNER, local=True)


def expressions(kind: Kind, version: int) -> dict[str, str]:
    """Property → the expression that renders it on a server of this version; empty where the server
    does not know the kind."""
    if version < kind.since:
        return {}
    rendered = {}
    for name, declared in kind.properties.items():
        known = declared if isinstance(declared, Property) else Property(declared)
        expression = known.sql if version >= known.since else known.before
        if expression is not None:
            rendered[name] = expression
    return rendered


def rendering(kind: Kind, version: int) -> str:
    """A digest of how this harness renders the kind: only fingerprints under one are comparable.

    The server's major version is part of it, because its functions write definitions as they like.
    """
    parts = [kind.object, kind.source, CONTEXT, FINGERPRINT, str(version // 10000)]
    parts += [text for pair in expressions(kind, version).items() for text in pair]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def rows(kind: Kind, version: int, left_out: Collection[str]) -> sql.Composed:
    """One row an object: its name, then its properties in the order of `expressions`."""
    columns = [kind.object, *expressions(kind, version).values()]
    return _context(left_out) + _raw("select " + ",\n".join(columns) + "\n" + kind.source)


def fingerprint(kind: Kind, version: int, left_out: Collection[str]) -> sql.Composed:
    """One row: how many objects there are, and two sums of their hashes."""
    columns = [kind.object, *expressions(kind, version).values()]
    select = "select row(" + ",\n".join(columns) + ')::text collate "C" as row\n' + kind.source
    # "offset 0" keeps the subquery in one piece: merged, each row would be rendered twice.
    return _context(left_out) + _raw(FINGERPRINT + select + "\noffset 0) object")


def _context(left_out: Collection[str]) -> sql.Composed:
    return sql.SQL(CONTEXT).format(
        system=sql.Literal(SYSTEM_SCHEMAS), left_out=sql.Literal(list(left_out))
    )


def _raw(text: str) -> sql.Composed:
    """As it stands: a declaration is code, and a brace or a ``%`` in it means itself."""
    return sql.Composed([sql.SQL(text)])
