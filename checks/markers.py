"""Markers: numbered sentinel rows that tell which moment a restored copy really is.

The rehearsal's writer ticks a numbered row into ``restore_drill.marker`` and remembers what the
server acknowledged. Around the recovery target it commits one *good* marker (the last thing that
must come back) and one *bad* marker (the first thing that must not). A restore that stopped early
lacks ticks or the good marker; one that went too far has the bad marker or ticks from after the
pause; one that mixed two states has a gap (rows 3, 4 and 8 of docs/restores-that-lie.md). Marker
numbers are the harness's own: findings may show them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import Connection
from pydantic import AwareDatetime, BaseModel, ConfigDict

from checks.database import Limits, RowCursor, reason, scan_tables_only, snapshot
from checks.finding import Finding

CHECK = "markers"
TABLE = "restore_drill.marker"
"""``number bigint primary key, kind text in ('tick', 'good', 'bad'), written_at timestamptz``.

Numbers are given out one by one over all kinds, so that a good marker lies between two ticks."""

Run = tuple[int, int]
"""First and last of numbers that follow one another without a gap."""


class Ledger(BaseModel):
    """What the writer knows, kept outside the database: the truth that markers are held against.

    first_tick  number of the first marker that was ever written
    last_tick   newest tick the server acknowledged before the writer paused
    good, bad   numbers of the two markers on either side of T; `bad` is None before the disaster
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_tick: int = 1
    last_tick: int
    good: int
    bad: int | None = None


class Markers(BaseModel):
    """What the marker table of one database holds.

    ticks       runs of consecutive tick numbers, ascending
    good, bad   numbers of the good and of the bad markers
    repeated    numbers that occur more than once, in spite of the primary key: a broken index
    newest_commit   commit time of the newest marker row, by the server that wrote it; None without
                    ``track_commit_timestamp``. Of no use after a logical restore, which commits
                    anew
    newest_written  newest `written_at`: the writer's clock, which every kind of restore keeps
    unreadable  why there is nothing to judge, or None
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ticks: tuple[Run, ...] = ()
    good: tuple[int, ...] = ()
    bad: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()
    newest_commit: AwareDatetime | None = None
    newest_written: AwareDatetime | None = None
    unreadable: str | None = None

    @property
    def newest_tick(self) -> int | None:
        return self.ticks[-1][1] if self.ticks else None


def observe_markers(conn: Connection[Any], *, limits: Limits | None = None) -> Markers:
    """Read the marker table in one read-only snapshot.

    A missing table, or one that may not be read, is an observation too (`unreadable`). A lost
    connection raises psycopg.OperationalError.
    """
    with snapshot(conn, limits) as cursor:
        scan_tables_only(cursor)
        try:
            with conn.transaction():
                return _read(cursor)
        except psycopg.Error as error:
            if conn.broken:
                raise
            return Markers(unreadable=reason(error))


def judge_markers(markers: Markers, ledger: Ledger) -> list[Finding]:
    """Hold the markers of a restored copy against the ledger (R23, R41); an empty list proves both.

    The good marker is there, the bad one is not, every acknowledged tick up to the pause is
    there, once, and none is newer than the pause.
    """
    return list(_judge(markers, ledger))


def _judge(markers: Markers, ledger: Ledger) -> Iterator[Finding]:
    if markers.unreadable is not None:
        yield Finding(
            CHECK,
            TABLE,
            "readable",
            markers.unreadable,
            "Restore again: without its markers nothing tells which moment the copy is.",
        )
        return
    if ledger.good not in markers.good:
        yield Finding(
            CHECK,
            f"good marker {ledger.good}",
            "present",
            "absent",
            "Restore to a later point: the copy ends before the last good commit.",
        )
    for number in sorted({*markers.bad, *markers.good} - {ledger.good}):
        kind = "bad" if number in markers.bad else "good"
        yield Finding(
            CHECK,
            f"{kind} marker {number}",
            "absent",
            "present",
            "Restore to an earlier point: the copy holds what was committed after T."
            if kind == "bad"
            else "Check which cluster this is: the ledger knows of no such marker.",
        )
    for first, last in _missing(markers, ledger):
        yield Finding(
            CHECK,
            _told("tick", first, last),
            "present",
            "absent",
            "Restore again from a whole archive: acknowledged commits before T did not come back.",
        )
    for first, last in markers.ticks:
        if last > ledger.last_tick:
            yield Finding(
                CHECK,
                _told("tick", max(first, ledger.last_tick + 1), last),
                "absent",
                "present",
                "Restore to an earlier point: the writer had paused before these were written.",
            )
    for number in markers.repeated:
        yield Finding(
            CHECK,
            f"marker {number}",
            "once",
            "more than once",
            "Reindex and check the copy with amcheck: its primary key does not hold.",
        )


def _missing(markers: Markers, ledger: Ledger) -> Iterator[Run]:
    """The runs of acknowledged numbers that are neither ticks nor the good or the bad marker."""
    known = sorted(
        [*markers.ticks, (ledger.good, ledger.good)]
        + ([] if ledger.bad is None else [(ledger.bad, ledger.bad)])
    )
    wanted = ledger.first_tick
    for first, last in [*known, (ledger.last_tick + 1, ledger.last_tick + 1)]:
        if wanted > ledger.last_tick:
            return
        if wanted < first:
            yield wanted, min(first - 1, ledger.last_tick)
        wanted = max(wanted, last + 1)


def _read(cursor: RowCursor) -> Markers:
    cursor.execute(
        """
        select array_agg(number order by number) filter (where kind = 'good'),
               array_agg(number order by number) filter (where kind = 'bad'),
               max(written_at)
        from restore_drill.marker
        """
    )
    good, bad, newest_written = cursor.fetchall()[0]
    cursor.execute(
        """
        select min(number), max(number) from (
            select number, number - row_number() over (order by number) as run
            from (select distinct number from restore_drill.marker where kind = 'tick') as ticks
        ) as numbered
        group by run order by 1
        """
    )
    ticks = tuple((int(first), int(last)) for first, last in cursor)
    cursor.execute(
        "select number from restore_drill.marker group by number having count(*) > 1 order by 1"
    )
    repeated = tuple(int(number) for (number,) in cursor)
    newest_commit = None
    cursor.execute("select current_setting('track_commit_timestamp')")
    if cursor.fetchall() == [("on",)]:
        cursor.execute("select max(pg_xact_commit_timestamp(xmin)) from restore_drill.marker")
        ((newest_commit,),) = cursor.fetchall()
    return Markers(
        ticks=ticks,
        good=tuple(good or ()),
        bad=tuple(bad or ()),
        repeated=repeated,
        newest_commit=newest_commit,
        newest_written=newest_written,
    )


def _told(what: str, first: int, last: int) -> str:
    return f"{what} {first}" if first == last else f"{what}s {first} to {last}"
