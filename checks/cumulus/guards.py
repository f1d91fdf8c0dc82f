"""Guard tables: what keeps a key unique over all partitions is complete, and still kept (v22).

A unique index of a partitioned table holds within a partition only, as far as its key lacks the
partition's. Triggers write each key into a guard table, whose primary key is the global promise. A
restore can break it without breaking any constraint: rows loaded with triggers off, a guard table
left out, one side of another moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from psycopg import sql

from checks.cumulus._tables import Found, find, leaves
from checks.cumulus.generations import Generation, Guard
from checks.database import RowCursor, scan_tables_only
from checks.finding import Finding
from checks.integrity._judging import judged, listed
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "cumulus.guards"
_EVENTS = {"insert": 4, "delete": 8}
"""What a guard must notice, by its bit of ``pg_trigger.tgtype``; a key is not updated."""


@dataclass(frozen=True, slots=True)
class _Rows:
    base: int
    guard: int
    unguarded: int
    stale: int
    differing: int


def check_guards(shared: SharedSnapshot, generation: Generation, *, keys: bool = True) -> Judgement:
    """``cumulus.guards.count``, ``.unguarded``, ``.stale``, ``.carried`` and ``.triggers``.

    Both tables of each guard are read whole, by their heaps: ``count(guard) = count(base)``, and
    neither has a key that the other lacks.

    keys  whether keys are compared; else only numbers are, and that is told as a gap
    """
    return Judgement.all(
        judged(shared, CHECK, guard.table, partial(_judge, guard=guard, keys=keys))
        for guard in generation.guards
    )


def _judge(cursor: RowCursor, *, guard: Guard, keys: bool) -> Judgement:
    base, kept = find(cursor, guard.base), find(cursor, guard.table)
    if base is None or kept is None:
        missing = guard.base if base is None else guard.table
        return Judgement(
            (
                Finding(
                    CHECK,
                    missing,
                    "table present",
                    None,
                    "Restore again: a key is no longer unique over all partitions.",
                ),
            )
        )
    scan_tables_only(cursor)
    rows = _count(cursor, guard, base, kept) if keys else _count_rows(cursor, base, kept)
    found = [*_rows(guard, kept, rows), *_triggers(cursor, guard, base)]
    unread = "numbers of rows are compared, and no keys: [proof] content is counts"
    gaps = () if keys else (Gap(CHECK, kept.rendered, unread),)
    facts = {f"{CHECK}: {kept.rendered}": f"{rows.guard:,} keys"}
    return Judgement(tuple(found), gaps, facts=facts)


def _count_rows(cursor: RowCursor, base: Found, kept: Found) -> _Rows:
    cursor.execute(
        sql.SQL("select (select count(*) from {base}), (select count(*) from {kept})").format(
            base=base.identifier, kept=kept.identifier
        )
    )
    ((of_base, of_guard),) = cursor.fetchall()
    return _Rows(int(of_base), int(of_guard), 0, 0, 0)


def _count(cursor: RowCursor, guard: Guard, base: Found, kept: Found) -> _Rows:

    def every(parts: Sequence[str], template: str, between: str) -> sql.Composed:
        return sql.SQL(between).join(
            sql.SQL(template).format(column=sql.Identifier(part)) for part in parts
        )

    cursor.execute(
        sql.SQL(
            """
            select (select count(*) from {base}), (select count(*) from {kept}),
                   count(*) filter (where not in_kept), count(*) filter (where not in_base),
                   count(*) filter (where in_base and in_kept and differs)
            from (
                select b is not null as in_base, g is not null as in_kept, ({differs}) as differs
                from (select {columns}, true as b from {base}) as base
                full join (select {columns}, true as g from {kept}) as kept on {same}
            ) as joined
            """
        ).format(
            base=base.identifier,
            kept=kept.identifier,
            columns=every((*guard.keys, *guard.carried), "{column}", ", "),
            same=every(guard.keys, "base.{column} = kept.{column}", " and "),
            differs=every(guard.carried, "base.{column} is distinct from kept.{column}", " or ")
            if guard.carried
            else sql.SQL("false"),
        )
    )
    ((*numbers,),) = cursor.fetchall()
    return _Rows(*map(int, numbers))


def _rows(guard: Guard, kept: Found, rows: _Rows) -> Iterator[Finding]:
    keys = ", ".join(guard.keys)
    if rows.guard != rows.base:
        yield Finding(
            f"{CHECK}.count",
            kept.rendered,
            f"{rows.base:,} keys, as many as {guard.base} has rows",
            f"{rows.guard:,} keys",
            "Find out which side is of another moment, and restore again; where only the guard"
            f" table is wrong, fill it from {guard.base} before anything writes.",
        )
    if rows.unguarded:
        yield Finding(
            f"{CHECK}.unguarded",
            kept.rendered,
            f"every {keys} of {guard.base}",
            f"{rows.unguarded:,} of {guard.base} missing",
            "Insert them from the table before ingest is resumed: a second row of the same key"
            " would be accepted, and the first cannot be updated.",
        )
    if rows.stale:
        yield Finding(
            f"{CHECK}.stale",
            kept.rendered,
            f"no {keys} that {guard.base} has not",
            f"{rows.stale:,} more",
            f"Delete those that {guard.base} lacks: ingesting them again would be refused as"
            " duplicate.",
        )
    if rows.differing:
        yield Finding(
            f"{CHECK}.carried",
            kept.rendered,
            f"{', '.join(guard.carried)} as in {guard.base}",
            f"{rows.differing:,} rows differ",
            f"Write them again from {guard.base}: uniqueness is kept of values that are not there.",
        )


def _triggers(cursor: RowCursor, guard: Guard, base: Found) -> Iterator[Finding]:
    """On each partition, for it is a partition's own triggers that fire."""
    partitions = leaves(cursor, base.oid)
    cursor.execute(
        """
        select t.tgrelid::bigint, t.tgtype::int
        from pg_trigger t join pg_proc p on p.oid = t.tgfoid
        where t.tgrelid = any(%s)
          and t.tgenabled in ('O', 'A') and (t.tgtype::int & 1) = 1
          and position(%s in p.prosrc) > 0
        """,
        [[oid for oid, _ in partitions], guard.table],
    )
    noticed: dict[int, int] = {}
    for oid, kind in cursor.fetchall():
        noticed[oid] = noticed.get(oid, 0) | kind
    for event, bit in _EVENTS.items():
        without = [name for oid, name in partitions if not noticed.get(oid, 0) & bit]
        if without:
            yield Finding(
                f"{CHECK}.triggers",
                base.rendered,
                f"a trigger on {event} that keeps {guard.table}, enabled on every partition",
                f"none on {listed(without)}",
                "Enable the triggers (ALTER TABLE … ENABLE TRIGGER ALL), or run the migrations by"
                " redeploying data persistence: the guard table goes stale with the next write.",
            )
