"""The planner knows the tables (row 19 of the lying restores).

A logical restore brings no statistics (before PostgreSQL 18), nor does a major upgrade: the
copy is complete, and its queries take hours. Small tables are left alone: below its threshold
autovacuum never analyses them either. No count is ever taken from statistics.
"""

from __future__ import annotations

from psycopg import sql

from checks.database import DRILL_SCHEMAS, SYSTEM_SCHEMAS, RowCursor
from checks.finding import Finding
from checks.integrity._judging import listed, not_read, observed, plural
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot

CHECK = "integrity.statistics"

TOLD_ONE_BY_ONE = 10
"""With more tables than this, a copy was not analysed as a whole: one finding says so."""

_REMEDY = "ANALYZE (vacuumdb --analyze-in-stages for a whole copy): the planner guesses until then."

_Table = tuple[str, str, str, bool]


def check_statistics(shared: SharedSnapshot, *, rows: int = 1000) -> Judgement:
    """Tables of at least `rows` rows of which the planner knows nothing.

    The subject is the table, or the database where there are more than `TOLD_ONE_BY_ONE`.
    """
    answer = observed(shared, CHECK, "tables", _without_statistics)
    if isinstance(answer, Judgement):
        return answer

    def large(cursor: RowCursor, table: _Table) -> bool:
        cursor.execute(
            sql.SQL("select count(*) >= {} from (select from only {} limit {}) as head").format(
                sql.Literal(rows), sql.Identifier(table[1], table[2]), sql.Literal(rows)
            )
        )
        return bool(cursor.fetchall()[0][0])

    judgements, names = [], []
    # Whose rows may not be read, of them no statistics are shown either.
    asked = [table for table in answer.result if table[3]]
    hidden = tuple(
        Gap(CHECK, table[0], "the login may not see its statistics: pg_read_all_data, or SELECT")
        for table in answer.result
        if not table[3]
    )
    for table, read in zip(asked, shared.each(asked, large), strict=True):
        if not isinstance(read, Read):
            judgements.append(not_read(CHECK, table[0], read))
        elif read.result:
            names.append(table[0])
    if len(names) > TOLD_ONE_BY_ONE:
        actual = f"{plural(len(names), 'table')} without: {listed(names)}"
        database = f"database {shared.database}"
        findings = [Finding(CHECK, database, "statistics of every table", actual, _REMEDY)]
    else:
        findings = [Finding(CHECK, name, "statistics", None, _REMEDY) for name in names]
    return Judgement.all([*judgements, Judgement(tuple(findings), hidden)])


def _without_statistics(cursor: RowCursor) -> list[_Table]:
    # pg_stats shows those columns only that the login may read, and none under row security.
    cursor.execute(
        """
        select format('%%I.%%I', n.nspname, c.relname), n.nspname, c.relname,
               has_table_privilege(c.oid, 'select') and has_schema_privilege(n.oid, 'usage')
               and not row_security_active(c.oid)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and c.relispopulated and c.relpersistence <> 't'
          and n.nspname !~ %s and n.nspname <> all (%s)
          and exists (select from pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                        and coalesce(a.attstattarget, -1) <> 0)
          and not exists (select from pg_stats s
                          where s.schemaname = n.nspname and s.tablename = c.relname)
        order by c.relpages desc, 1
        """,
        [SYSTEM_SCHEMAS, list(DRILL_SCHEMAS)],
    )
    return cursor.fetchall()
