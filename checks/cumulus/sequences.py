"""The sequence of executions ends where its own type ends, not where the column's does (v21).

The update that widened ``executions.cumulus_id`` to bigint left its sequence an integer: inserts
fail at 2,147,483,647 while the column looks as if there were no end. A table that counts hundreds
of millions of executions comes to it.
"""

from __future__ import annotations

from psycopg import sql

from checks.cumulus._tables import find
from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "cumulus.sequence"
SHARE = 0.1
"""Of all values, what must be left."""


def check_execution_sequence(shared: SharedSnapshot) -> Judgement:
    """``cumulus.sequence.headroom``: what is left of the sequence of executions, in its own type;
    whether that is narrower than the column's is told.
    """
    return judged(shared, CHECK, "executions.cumulus_id", _judge)


def _judge(cursor: RowCursor) -> Judgement:
    table = find(cursor, "executions")
    if table is None:
        return Judgement()  # cumulus.shape says so
    cursor.execute(
        """
        select n.nspname, s.relname, format('%%I.%%I', n.nspname, s.relname), q.seqmax,
               format_type(q.seqtypid, null), format_type(a.atttypid, null)
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid
             and d.refobjsubid = a.attnum and d.classid = 'pg_class'::regclass
             and d.deptype in ('a', 'i')
        join pg_class s on s.oid = d.objid and s.relkind = 'S'
        join pg_namespace n on n.oid = s.relnamespace join pg_sequence q on q.seqrelid = s.oid
        where a.attrelid = %s and a.attname = 'cumulus_id'
        """,
        [table.oid],
    )
    rows = cursor.fetchall()
    if not rows:
        remedy = "Compare with the source: nothing gives an execution its key, and inserts fail."
        subject = f"{table.rendered}.cumulus_id"
        return Judgement((Finding(CHECK, subject, "a sequence", None, remedy),))
    schema, name, rendered, limit, kind, column = rows[0]
    cursor.execute(
        sql.SQL("select last_value from {}").format(sql.Identifier(schema, name)),
    )
    ((last,),) = cursor.fetchall()
    left = max(0, int(limit) - int(last))
    said = f"{kind}, {left:,} of {limit:,} left"
    if kind != column:
        said += f"; the column is {column}"
    facts = {f"{CHECK}: {rendered}": said}
    if left > SHARE * limit:
        return Judgement(facts=facts)
    finding = Finding(
        f"{CHECK}.headroom",
        rendered,
        f"more than {SHARE:.0%} of its {limit:,} values left",
        f"{left:,} left, as it is of type {kind}"
        + (f" under a {column} column" * (kind != column)),
        f"ALTER SEQUENCE {rendered} AS bigint (and the column, where it is integer), on the source"
        " too, before inserts fail.",
    )
    return Judgement((finding,), facts=facts)
