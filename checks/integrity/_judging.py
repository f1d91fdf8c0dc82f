"""What becomes of a question that the server would not answer: a gap, or damage found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psycopg

from checks.database import RowCursor, is_damage, reason
from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot, SnapshotLost, Unread

Observed = TypeVar("Observed")

NAMES_SHOWN = 5
"""How many names one finding lists; the number of the others stands beside them."""

_REMEDIES = {
    "42501": "let the login read it (pg_read_all_data, BYPASSRLS with row security), verify again",
    "42P01": "it was dropped while the copy was verified: let nobody change it, verify again",
    "55P03": "somebody holds a lock on it: end that session, verify again",
    "57014": "it takes longer than the limit: give it more time, verify again",
    "53": "the server lacks space, memory or connections: supply them, verify again",
}
"""What the operator does, by SQLSTATE or its class."""

_REFUSALS = ("08", "0A", "25", "40", "42501", "53", "54", "55", "57")
"""SQLSTATEs that say nothing of the data: rights, limits, locks, lost connections."""


def observed(
    shared: SharedSnapshot, check: str, subject: str, observe: Callable[[RowCursor], Observed]
) -> Read[Observed] | Judgement:
    """What `observe` brings from the keeper, in a savepoint of its own; a judgement in its place
    where the server refuses. Never raises psycopg.Error."""
    try:
        with shared.attempt() as cursor:
            return Read(observe(cursor))
    except psycopg.Error as error:
        return not_read(check, subject, Unread(reason(error), error.sqlstate, is_damage(error)))
    except SnapshotLost as lost:
        return Judgement(gaps=(Gap(check, subject, str(lost)),))


def judged(
    shared: SharedSnapshot, check: str, subject: str, judge: Callable[[RowCursor], Judgement]
) -> Judgement:
    """What `judge` says on the keeper, or the gap that the server's refusal is."""
    answer = observed(shared, check, subject, judge)
    return answer if isinstance(answer, Judgement) else answer.result


def judged_on(
    cursor: RowCursor, check: str, subject: str, judge: Callable[[RowCursor], Judgement]
) -> Judgement:
    """The same for a cursor in anybody's transaction, which goes on afterwards."""
    try:
        with cursor.connection.transaction(force_rollback=True):
            return judge(cursor)
    except psycopg.Error as error:
        return not_read(check, subject, Unread(reason(error), error.sqlstate, is_damage(error)))


def not_read(check: str, subject: str, unread: Unread) -> Judgement:
    """A reading that was not done: a finding where the data is damaged, else a gap."""
    if unread.damage:
        return Judgement(
            (
                Finding(
                    check,
                    subject,
                    "readable",
                    unread.why,
                    "Restore again, from another backup if it happens twice: the server cannot"
                    " read what was restored.",
                ),
            )
        )
    return Judgement(gaps=(Gap(check, subject, f"{said(unread)}; {supply(unread.sqlstate)}"),))


def said(unread: Unread) -> str:
    """Why it was not read, without what may quote a row: functions of a condition say what they
    like, and the server itself says which value is no number (22P02)."""
    sqlstate = unread.sqlstate
    if unread.damage or is_refusal(sqlstate) or str(sqlstate).startswith("42"):
        return unread.why
    return f"{sqlstate}: an error for some row, whose words may quote the row"


def supply(sqlstate: str | None) -> str:
    """What the operator does about a refusal."""
    if sqlstate is None:
        return "the connection was lost: verify again"
    other = "mend what the server names, verify again"
    return _REMEDIES.get(sqlstate) or _REMEDIES.get(sqlstate[:2]) or other


def is_refusal(sqlstate: str | None) -> bool:
    """Whether the server did not come to the data at all, as opposed to failing on it."""
    return sqlstate is None or sqlstate.startswith(_REFUSALS)


def listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 row``, ``2 rows``, ``12,000 indexes``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
