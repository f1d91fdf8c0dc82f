"""The schema is where the code expects it, and nobody is half-way through changing it (R40)."""

from __future__ import annotations

from psycopg import sql

from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged_on, listed
from checks.judgement import Judgement
from checks.names import split_name

CHECK = "integrity.migrations"


def check_migrations(
    cursor: RowCursor,
    table: str,
    name_column: str,
    lock: str | None = None,
    lock_column: str = "is_locked",
    newest: str | None = None,
) -> Judgement:
    """``integrity.migrations.newest`` and ``integrity.migrations.lock``.

    table, lock   of the migrations done, and of the lock: ``public.knex_migrations``, or a bare
                  name that stands in one schema only
    name_column   of `table`: what a migration is called
    lock_column   of `lock`: a boolean, or a number that is 0 when the lock is free
    newest        the name that the code expects last, in the order of the names; None: any. Names
                  of migrations are names of files, not values of rows, and are shown
    """
    judgement = judged_on(
        cursor,
        f"{CHECK}.newest",
        table,
        lambda cursor: _newest(cursor, table, name_column, newest),
    )
    if lock is None:
        return judgement
    return judgement + judged_on(
        cursor, f"{CHECK}.lock", lock, lambda cursor: _lock(cursor, lock, lock_column)
    )


def _newest(cursor: RowCursor, table: str, column: str, newest: str | None) -> Judgement:
    check = f"{CHECK}.newest"
    found = _find(cursor, check, table, column)
    if isinstance(found, Judgement):
        return found
    cursor.execute(
        sql.SQL('select max({column}::text collate "C") from {table}').format(
            column=sql.Identifier(column), table=found
        )
    )
    ((actual,),) = cursor.fetchall()
    if actual is not None and newest in (None, actual):
        return Judgement(facts={check: actual})
    remedy = (
        "Run the migrations that the code has, or deploy the code that fits: the copy's schema is"
        " of another version."
    )
    return Judgement((Finding(check, table, newest or "a migration", actual, remedy),))


def _lock(cursor: RowCursor, lock: str, column: str) -> Judgement:
    check = f"{CHECK}.lock"
    found = _find(cursor, check, lock, column)
    if isinstance(found, Judgement):
        return found
    cursor.execute(
        sql.SQL(
            "select count(*) filter (where lower({column}::text) not in ('0', 'f', 'false', '')),"
            " count(*) from {table}"
        ).format(column=sql.Identifier(column), table=found)
    )
    ((held, rows),) = cursor.fetchall()
    if not held:
        return Judgement(facts={check: "free" if rows else "free, without a row"})
    remedy = (
        "Find out which migration was running at that moment and whether it is whole, then free the"
        " lock: a migration was half done."
    )
    return Judgement((Finding(check, lock, "free", "held", remedy),))


def _find(cursor: RowCursor, check: str, table: str, column: str) -> sql.Identifier | Judgement:
    """The table by its full name; a finding where it, or its column, is not there."""
    parts = split_name(table)
    cursor.execute(
        """
        select n.nspname, c.relname, format('%%I.%%I', n.nspname, c.relname),
               exists (select from pg_attribute a
                       where a.attrelid = c.oid and a.attname = %(column)s and a.attnum > 0)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm') and c.relname = %(name)s
          and (%(schema)s::text is null or n.nspname = %(schema)s)
          and c.relpersistence <> 't'
        order by 1
        """,
        {
            "column": column,
            "name": parts[-1] if parts else table,
            "schema": parts[-2] if len(parts) > 1 else None,
        },
    )
    rows = cursor.fetchall()
    if not rows:
        remedy = "Compare with the source: the table was lost, or the settings name it wrongly."
        return Judgement((Finding(check, table, "table present", None, remedy),))
    if len(rows) > 1:
        remedy = "Name its schema in the settings."
        tables = listed([rendered for *_, rendered, _ in rows])
        return Judgement((Finding(check, table, "one table of that name", tables, remedy),))
    ((schema, name, _, has_column),) = rows
    if not has_column:
        remedy = "Compare with the source: the column was lost, or the settings name it wrongly."
        return Judgement((Finding(check, table, f"a column {column}", None, remedy),))
    return sql.Identifier(schema, name)
