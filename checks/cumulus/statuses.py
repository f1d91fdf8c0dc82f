"""Status tables: rows that say somebody is at work on them, where nobody can be.

What ran at the recovery target came back as *running*, although its execution has long ended on the
source: nothing will ever finish it. Where ingest had been halted and drained before the target
there is none of that (R11), and a row that says so anyway was never finished.
"""

from __future__ import annotations

from psycopg import sql

from checks.cumulus._tables import find
from checks.cumulus.generations import Generation
from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "cumulus.statuses"


def check_statuses(shared: SharedSnapshot, generation: Generation, *, halted: bool) -> Judgement:
    """``cumulus.statuses`` of each table that has states of work.

    halted  whether all that writes had been halted and drained at the moment that the copy is of:
            then each such row is a finding, else it is told, to be seen to before ingest resumes
    """
    return Judgement.all(
        judged(
            shared,
            CHECK,
            table,
            lambda cursor, table=table, states=states: _judge(cursor, table, states, halted),  # type: ignore[misc]
        )
        for table, states in generation.statuses.items()
    )


def _judge(cursor: RowCursor, table: str, states: tuple[str, ...], halted: bool) -> Judgement:
    found = find(cursor, table)
    if found is None:
        return Judgement()  # cumulus.shape says so
    cursor.execute(
        sql.SQL("select count(*) from {table} where status::text = any(%s)").format(
            table=found.identifier
        ),
        [list(states)],
    )
    ((rows,),) = cursor.fetchall()
    said = " or ".join(states)
    if rows and halted:
        remedy = (
            "Find out what became of them (Step Functions, the dead-letter archive) and write"
            " their end: ingest had been drained, so nobody is at work on them."
        )
        return Judgement(
            (Finding(CHECK, found.rendered, f"no row {said}", f"{rows:,} rows", remedy),)
        )
    told = f"{rows:,} rows {said}" + (
        ": as they were at the target, nobody is at work on them" * bool(rows)
    )
    return Judgement(facts={f"{CHECK}: {found.rendered}": told})
