"""The operator's own heartbeat table: a row or a column that is written every so often.

The newest beat in a copy tells which moment it is, without a baseline and without a marker of ours
(DESIGN 4): it is not from after T, and the beat before T is there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from psycopg import sql

from checks.baseline.sides import finding, gap
from checks.content.rows import Relation, read_relations, statement
from checks.database import RowCursor, scan_tables_only
from checks.judgement import Judgement
from checks.names import is_named, split_name
from checks.shared_snapshot import SharedSnapshot, Unread

CHECK = "heartbeat"

TOLERANCE = timedelta(seconds=5)
"""A beat is dated when it is written and counts when it is committed; and its clock may be another
than the server's."""

EARLY = "Restore to a later point, or from a whole archive: beats from before T did not come back."
LATE = (
    "Restore to an earlier point: the copy holds what was written after T; if the clock of whoever "
    "writes the beats is ahead of the server's, set that right first."
)


def judge_heartbeat(
    copy: SharedSnapshot,
    table: str,
    column: str,
    t: datetime | None,
    every: timedelta,
    *,
    tolerance: timedelta = TOLERANCE,
) -> Judgement:
    """Whether the newest beat in the copy is from before T, and not older than T − `every` (R41).

    table      as ``must_have_tables`` writes it
    column     of a type with date and time; without a zone it is taken for UTC
    t          the recovery target's time, aware; None where it is not known, which is a gap
    tolerance  how much older the newest beat may be besides; none may be newer
    """
    subject = f"{table}.{column}"
    if t is None:
        why = "the recovery target's time is not known: restore to a time, or judge by other truths"
        return gap(CHECK, subject, why)
    told = copy.read(lambda cursor: _newest(cursor, table, column))
    if isinstance(told, Unread):
        if told.damage:
            remedy = "Restore again from another backup: the copy's own data is damaged."
            return finding(CHECK, subject, "readable", told.why, remedy)
        return gap(CHECK, subject, f"cannot be read: {told.why}")
    newest = told.result
    if isinstance(newest, str):
        return gap(CHECK, subject, newest)
    oldest = t - every - tolerance
    expected = f"the newest beat from {_said(oldest)} to {_said(t)}"
    if newest is None:
        return finding(CHECK, subject, expected, None, EARLY)
    if newest > t:
        return finding(CHECK, subject, expected, _said(newest), LATE)
    if newest < oldest:
        return finding(CHECK, subject, expected, _said(newest), EARLY)
    return Judgement(facts={f"newest beat of {subject}": _said(newest)})


def newest_beat(cursor: RowCursor, table: str, column: str) -> datetime | None:
    """The newest beat that a database holds; None where it holds none that can be told."""
    newest = _newest(cursor, table, column)
    return newest if isinstance(newest, datetime) else None


def _newest(cursor: RowCursor, table: str, column: str) -> datetime | str | None:
    """The newest beat; None where there is none; in words why it cannot be told."""
    found = [
        relation
        for relation in read_relations(cursor)
        if is_named(table, (relation.schema, relation.name)) and relation.kind != "foreign"
    ]
    if len(found) != 1:
        names = ", ".join(relation.table for relation in found)
        return (
            f"{len(found)} tables have this name: write which, of {names}"
            if found
            else "there is no such table in the copy: correct its name, or find where it went"
        )
    return _newest_of(cursor, found[0], column)


def _newest_of(cursor: RowCursor, relation: Relation, column: str) -> datetime | str | None:
    names = split_name(column)
    name = names[0] if len(names) == 1 else column
    cursor.execute(
        "select attname::text, atttypid::regtype::text from pg_attribute"
        " where attrelid = %s and attnum > 0 and not attisdropped and attname in (%s, %s)",
        [relation.oid, name, name.lower()],
    )
    types = {str(column): str(kind) for column, kind in cursor}
    if not types:
        return "there is no such column: correct its name"
    name = name if name in types else name.lower()
    if not types[name].startswith("timestamp "):
        return f"its type is {types[name]}: name a column of type timestamp with time zone"
    scan_tables_only(cursor)
    cursor.execute(
        statement(
            sql.SQL(
                # As a number, because a time may lie beyond what Python's calendar knows.
                "select extract(epoch from max({0}::timestamptz))::float8 from {1}"
                " where isfinite({0})"
            ).format(sql.Identifier(name), relation.identifier)
        )
    )
    ((seconds,),) = cursor.fetchall()
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        return "its newest beat lies beyond the calendar: correct what writes it"


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
