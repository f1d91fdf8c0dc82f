"""Runs of one drill of one cluster in a row, and what changed since the last green one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.history.changes import changes_since, last_green
from reports.history.past import Change, PastDrill
from reports.history.read import Evidence, Unread, with_rows
from reports.journal import JournalError

SKEW = timedelta(minutes=5)
"""By which the clock of a machine that drills may be ahead of ours."""
MEASURED = ("time to writable", "time to proven", "time to service", "data loss")
"""What is shown of every run: the three times of DESIGN 12, and how much was lost."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Runs of the same cluster, drill and mode, oldest first; never none.

    newest    the last of them; a negative control, whose copy was made wrong, only where there is
              no other
    green     the last green run before the newest, which is compared with it
    changes   what differs between the two
    success   when the newest run began that counts as a success of the cluster
    future    how many runs are dated later than now; they are listed, and are neither of the above
    """

    runs: Sequence[PastDrill]
    newest: PastDrill
    green: PastDrill | None
    changes: Sequence[Change]
    success: datetime | None
    future: int


@dataclass(frozen=True, slots=True)
class History:
    """All trends by cluster, drill and mode, and what could not be read."""

    trends: Sequence[Trend]
    unread: Sequence[Unread]
    journals: int


def history_of(evidence: Evidence, now: datetime) -> History:
    """Sort runs into trends, as of `now`; only those that are compared are read with their rows."""
    unread = list(evidence.unread)
    groups: dict[tuple[str, str, str], list[PastDrill]] = {}
    for one in evidence.drills:
        groups.setdefault((one.cluster, one.drill, one.mode), []).append(one)
    trends = [_trend(groups[key], evidence, unread, now) for key in sorted(groups)]
    return History(trends, unread, evidence.journals)


def _trend(
    runs: Sequence[PastDrill], evidence: Evidence, unread: list[Unread], now: datetime
) -> Trend:
    past = [one for one in runs if one.began <= now + SKEW] or runs
    newest = ([one for one in past if not one.control] or past)[-1]
    green = last_green(runs, newest)
    changes: Sequence[Change] = ()
    if green is not None:
        before, after = (_whole(one, evidence, unread) for one in (green, newest))
        changes = changes_since(before, after)
    future = sum(one.began > now + SKEW for one in runs)
    success = max(
        (one.began for one in runs if one.counts and one.began <= now + SKEW), default=None
    )
    return Trend(runs, newest, green, changes, success, future)


def _whole(past: PastDrill, evidence: Evidence, unread: list[Unread]) -> PastDrill:
    path = evidence.paths[past.run]
    try:
        return with_rows(past, path)
    except JournalError as error:
        unread.append(Unread(path, str(error), past.cluster, past.began))
        return past
