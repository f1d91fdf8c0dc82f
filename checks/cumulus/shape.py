"""The schema is of the generation that the application is of.

An application finds the database of another version by failing, hours after it was deployed: v22
takes a fresh database with partitions, and no earlier one takes that.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.cumulus._tables import find
from checks.cumulus.generations import Generation, Partitioning
from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "cumulus.shape"
_STRATEGIES = {"r": "range", "h": "hash", "l": "list"}
_REMEDY = (
    "Deploy the version of Cumulus that fits this database, or restore the database of the version"
    " that is deployed; correct [cumulus] version where it names the wrong one."
)


def check_shape(shared: SharedSnapshot, generation: Generation) -> Judgement:
    """``cumulus.shape``: tables, how they are divided, and the types of their keys."""
    return judged(
        shared, CHECK, "schema", lambda cursor: Judgement(tuple(_findings(cursor, generation)))
    )


def _findings(cursor: RowCursor, generation: Generation) -> Iterator[Finding]:
    divided = {one.table: one for one in generation.partitions}
    for name in generation.tables:
        table = find(cursor, name)
        if table is None:
            yield Finding(CHECK, name, f"table present, as in {generation}", None, _REMEDY)
            continue
        wanted, found = _said(divided.get(name)), _divided(cursor, table.oid)
        if wanted != found:
            yield Finding(
                f"{CHECK}.partitioning", table.rendered, wanted, found, f"{_REMEDY} {_why(found)}"
            )
        for column in generation.wide.get(name, ()):
            kind = _type(cursor, table.oid, column)
            if kind != "bigint":
                yield Finding(
                    f"{CHECK}.type", f"{table.rendered}.{column}", "bigint", kind, _REMEDY
                )


def _said(wanted: Partitioning | None) -> str:
    return "one table" if wanted is None else f"divided by {wanted.strategy} of {wanted.column}"


def _why(found: str) -> str:
    if found == "one table":
        return "An older database is not migrated to partitions: v22 is deployed into a new one."
    return "No version before v22 knows partitions."


def _divided(cursor: RowCursor, oid: int) -> str:
    cursor.execute(
        """
        select p.partstrat::text, (
            select string_agg(a.attname, ', ' order by k.place)
            from unnest(p.partattrs::int2[]) with ordinality as k(number, place)
            join pg_attribute a on a.attrelid = p.partrelid and a.attnum = k.number
        )
        from pg_partitioned_table p where p.partrelid = %s
        """,
        [oid],
    )
    rows = cursor.fetchall()
    if not rows:
        return "one table"
    ((strategy, columns),) = rows
    return f"divided by {_STRATEGIES[strategy]} of {columns or 'an expression'}"


def _type(cursor: RowCursor, oid: int, column: str) -> str | None:
    cursor.execute(
        "select format_type(atttypid, null) from pg_attribute"
        " where attrelid = %s and attname = %s and not attisdropped",
        [oid, column],
    )
    rows = cursor.fetchall()
    return str(rows[0][0]) if rows else None
