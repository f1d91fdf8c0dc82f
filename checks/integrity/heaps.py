"""Tables read tuple by tuple for what no query shows: amcheck's ``verify_heapam`` (R38).

It reads every page of every table, materialised view and TOAST table, and looks at transaction ids
out of range, line pointers, tuple lengths, and at each TOASTed value whether all of it is there.
It takes AccessShareLock. Part of amcheck since PostgreSQL 14; before that it is a gap.
"""

from __future__ import annotations

from psycopg import sql

from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import not_read, observed, plural
from checks.integrity._relations import RELATIONS
from checks.integrity.amcheck import Amcheck, find_amcheck
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import SharedSnapshot, Unread

CHECK = "integrity.heaps"


def check_heaps(shared: SharedSnapshot) -> Judgement:
    """Every heap of the database, the server's own among them, largest first (R38)."""
    answer = observed(shared, CHECK, "tables", lambda c: (find_amcheck(c), _heaps(c)))
    if isinstance(answer, Judgement):
        return answer
    amcheck, heaps = answer.result
    missing = _missing(amcheck)
    if amcheck is None or missing is not None:
        return Judgement(gaps=(Gap(CHECK, "tables", str(missing)),))
    question = sql.SQL(
        "select count(*) over (), blkno, offnum, attnum, msg"
        " from {}(relation => %s::regclass, check_toast => true) limit 1"
    ).format(sql.Identifier(amcheck.schema, "verify_heapam"))

    def verify(cursor: RowCursor, heap: tuple[str, str]) -> list[tuple[int, int, int, str]]:
        cursor.execute(question, [heap[1]])
        return [(number, block, item, msg) for number, block, item, _, msg in cursor]

    judgements = [
        not_read(CHECK, name, answer)
        if isinstance(answer, Unread)
        else Judgement(tuple(_finding(name, *problem) for problem in answer.result))
        for (name, _), answer in zip(heaps, shared.each(heaps, verify), strict=True)
    ]
    facts = Judgement(facts={CHECK: f"{plural(len(heaps), 'heap')} read by verify_heapam"})
    return Judgement.all([*judgements, facts])


def _missing(amcheck: Amcheck | None) -> str | None:
    if amcheck is None:
        return (
            "amcheck is not installed: CREATE EXTENSION amcheck in the copy, as a superuser (RDS:"
            " rds_superuser), verify again"
        )
    if "verify_heapam" not in amcheck.arguments:
        return (
            "the installed amcheck has no verify_heapam: it came with PostgreSQL 14; there, ALTER"
            " EXTENSION amcheck UPDATE in the copy"
        )
    if not amcheck.allowed["verify_heapam"]:
        return (
            "the login may not call verify_heapam: GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA"
            f" {sql.Identifier(amcheck.schema).as_string()} to it in the copy, verify again"
        )
    return None


def _heaps(cursor: RowCursor) -> list[tuple[str, str]]:
    cursor.execute(
        f"""
        with {RELATIONS}
        select r.name, r.sql_name
        from named r join pg_am a on a.oid = r.relam
        where r.relkind in ('r', 'm', 't') and a.amname = 'heap'
          and not (r.relpersistence = 'u' and pg_is_in_recovery())
        order by r.relpages desc, r.name
        """  # noqa: S608 # a constant of ours
    )
    return cursor.fetchall()


def _finding(name: str, number: int, block: int, item: int, message: str) -> Finding:
    return Finding(
        CHECK,
        name,
        "sound",
        f"{plural(number, 'problem')}, the first in block {block}, item {item}: {message}",
        "Restore again, from another backup if it happens twice: the table's pages are corrupt.",
    )
