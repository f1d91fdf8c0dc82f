"""Are the cluster's time and its tables' time right for each other (R24)?

```
 write:   Postgres row ── DynamoDB put ── Postgres commit
 restore:        T (cluster) ≤ D (tables) ≤ T + tolerance
```
What is committed in Postgres at T was put into DynamoDB before, so that it is there at D. The other
way round a row would have no item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from checks.finding import Finding

CHECK = "tables"
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class TableWindow:
    """What a table says of its point-in-time recovery; bounds in UTC, None where it said none."""

    table: str
    enabled: bool
    earliest: datetime | None = None
    latest: datetime | None = None


def first_moment(target: datetime) -> datetime:
    """The first whole second behind the cluster's time, for tables are restored to seconds.

    Behind, and not at it: two services have two clocks, and what was put just before T by the one
    may be just after it by the other.
    """
    return target.astimezone(UTC).replace(microsecond=0) + SECOND


def check_recoverable(windows: Sequence[TableWindow]) -> list[Finding]:
    """Each table has point-in-time recovery, and times to go back to."""
    return [
        Finding(
            f"{CHECK}.recovery",
            one.table,
            "point-in-time recovery, with an earliest and a latest restorable time",
            "off" if not one.enabled else "on, without times",
            "Turn it on (UpdateContinuousBackups); what was written before that is not restorable.",
        )
        for one in windows
        if not one.enabled or one.earliest is None or one.latest is None
    ]


def check_reach(windows: Sequence[TableWindow], moment: datetime) -> list[Finding]:
    """The time lies within what each table can be restored to, bounds included."""
    findings = check_recoverable(windows)
    for one in windows:
        if one.earliest is None or one.latest is None or one.earliest <= moment <= one.latest:
            continue
        early = moment < one.earliest
        findings.append(
            Finding(
                f"{CHECK}.window",
                one.table,
                f"a time from {_iso(one.earliest)} to {_iso(one.latest)}",
                _iso(moment),
                f"Choose {_iso(one.earliest)} or later: the table knows nothing older."
                if early
                else f"Choose {_iso(one.latest)} or earlier, or wait: it follows the clock by "
                "about five minutes.",
            )
        )
    return findings


def check_distance(target: datetime, moment: datetime, tolerance: timedelta) -> list[Finding]:
    """R24: the cluster's target is never after the tables' time, nor too far before it."""
    lag = moment - target
    if lag < timedelta(0):
        return [
            Finding(
                f"{CHECK}.order",
                "restore times",
                f"the cluster at {_iso(moment)} or before, as its tables are",
                _iso(target),
                "Restore the tables to the cluster's time or later: else rows have no items.",
            )
        ]
    if lag > tolerance:
        return [
            Finding(
                f"{CHECK}.distance",
                "restore times",
                f"the cluster at most {tolerance.total_seconds():g} s before its tables",
                f"{lag.total_seconds():g} s before",
                "Bring the two times together, or raise [dynamodb] tolerance if so much may go.",
            )
        ]
    return []


def check_restored(
    table: str, source_arn: str, moment: datetime, summary: Mapping[str, Any] | None
) -> list[Finding]:
    """What AWS says of a restored table: of that source, and as of that time.

    summary  RestoreSummary of DescribeTable; None where the table has none
    """
    asked = {"of": source_arn, "at": _iso(moment)}
    found = None
    if summary is not None:
        at = summary.get("RestoreDateTime")
        found = {
            "of": summary.get("SourceTableArn"),
            "at": None if at is None else _iso(at),
        }
    if found == asked:
        return []
    return [
        Finding(
            f"{CHECK}.moment",
            table,
            asked,
            found,
            "Restore it again: what was compared with it says nothing of that time.",
        )
    ]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
