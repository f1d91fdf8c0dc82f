"""Large objects that nothing refers to: their rows were lost, or never came (R36).

As ``vacuumlo`` does, a large object counts as referred to when its number stands in any column of
type ``oid``, of a domain over it, or ``lo``. Where no such column exists every one is an orphan.
Some applications keep the number in a column of another type; a waiver says so.
"""

from __future__ import annotations

from psycopg import sql

from checks.database import SYSTEM_SCHEMAS, RowCursor, scan_tables_only
from checks.finding import Finding
from checks.integrity._judging import listed, observed, plural, supply
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot

CHECK = "integrity.large_objects"

SUBJECT = "large objects"

_Column = tuple[str, str, str, list[str]]


def check_large_objects(shared: SharedSnapshot) -> Judgement:
    """``integrity.large_objects``: those that no column refers to; numbers, never contents."""
    answer = observed(shared, CHECK, SUBJECT, lambda cursor: (_numbers(cursor), _columns(cursor)))
    if isinstance(answer, Judgement):
        return answer
    orphans, tables = answer.result
    total = len(orphans)
    if not orphans:
        return Judgement()
    unread = []
    for table, read in zip(tables, shared.each(tables, _referred), strict=True):
        if isinstance(read, Read):
            orphans -= read.result
        else:
            unread.append(f"{table[0]} ({read.why}; {supply(read.sqlstate)})")
    facts = {CHECK: f"{plural(total, 'large object')}"}
    if not orphans:
        return Judgement(facts=facts)
    if unread:
        reason = (
            f"{plural(len(orphans), 'large object')} may be referred to by what was not read:"
            f" {listed(unread)}"
        )
        return Judgement(gaps=(Gap(CHECK, SUBJECT, reason),), facts=facts)
    where = "no column refers to them" if tables else "no column of type oid or lo is there at all"
    return Judgement(
        (
            Finding(
                CHECK,
                SUBJECT,
                "a row for each",
                f"{len(orphans):,} of {total:,} without, {where}:"
                f" {listed([str(number) for number in sorted(orphans)])}",
                "Find the rows that had them; where they were orphans in the source too, vacuumlo"
                " removes them, and a waiver names columns of other types.",
            ),
        ),
        facts=facts,
    )


def _numbers(cursor: RowCursor) -> set[int]:
    cursor.execute("select oid from pg_largeobject_metadata")
    return {int(number) for (number,) in cursor}


def _columns(cursor: RowCursor) -> list[_Column]:
    cursor.execute(
        """
        with recursive holding(oid) as (
            select 'oid'::regtype::oid
            union
            select t.oid from holding h join pg_type t on t.typtype = 'd' and t.typbasetype = h.oid
        )
        select format('%%I.%%I', n.nspname, c.relname), n.nspname, c.relname,
               array_agg(a.attname::text order by a.attnum)
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and c.relispopulated and c.relpersistence <> 't'
          and a.attnum > 0 and not a.attisdropped and n.nspname !~ %s
          and a.atttypid in (select oid from holding)
        group by n.nspname, c.relname, c.relpages
        order by c.relpages desc, 1
        """,
        [SYSTEM_SCHEMAS],
    )
    return cursor.fetchall()


def _referred(cursor: RowCursor, table: _Column) -> set[int]:
    _, schema, name, columns = table
    scan_tables_only(cursor)
    cursor.execute(
        sql.SQL(" union ").join(
            sql.SQL(
                "select m.oid from pg_catalog.pg_largeobject_metadata m"
                " join only {} as t on t.{}::oid = m.oid"
            ).format(sql.Identifier(schema, name), sql.Identifier(column))
            for column in columns
        )
    )
    return {int(number) for (number,) in cursor}
