"""Status tables: rows that say somebody is at work on them, where nobody can be.

What ran at the recovery target came back as *running*, although its execution has long ended on the
source: nothing will ever finish it. Where ingest had been halted and drained before the target
there is none of that (R11), and a row that says so anyway was never finished.
"""

from __future__ import annotations

from functools import partial

from psycopg import sql

from checks.cumulus._tables import find
from checks.cumulus.generations import Generation
from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged
from checks.judgement import Bound, Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "cumulus.statuses"


def check_statuses(
    shared: SharedSnapshot, generation: Generation, *, halted: bool, answered: bool = False
) -> Judgement:
    """``cumulus.statuses`` of each table that has states of work.

    halted    whether all that writes had been halted and drained at the moment that the copy is of:
              then each such row is a finding, else it is told, to be seen to before ingest resumes
    answered  whether somebody answers for what is told: it is a bound then, and not a mere fact
    """
    return Judgement.all(
        judged(
            shared,
            CHECK,
            table,
            partial(_judge, table=table, states=states, halted=halted, answered=answered),
        )
        for table, states in generation.statuses.items()
    )


def _judge(
    cursor: RowCursor, *, table: str, states: tuple[str, ...], halted: bool, answered: bool
) -> Judgement:
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
    told = f"{rows:,} rows {said}"
    if rows:
        told += ": as they were at the target, nobody is at work on them"
    if rows and answered:
        return Judgement(bounds=(Bound(CHECK, found.rendered, told),))
    return Judgement(facts={f"{CHECK}: {found.rendered}": told})
