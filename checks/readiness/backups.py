"""How far back do backups reach, how young is the newest, and what would be lost now?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from checks.finding import Finding
from checks.judgement import Bound, Judgement
from checks.readiness.words import iso, span
from checks.window import Window, check_retention

RETENTION = "readiness.retention"
SNAPSHOTS = "readiness.snapshots"
AGE = "readiness.age"
LAG = "readiness.lag"

AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class SeenBackup:
    """One backup that restores its own moment: a snapshot, a base backup.

    made    who made it: automated, manual, awsbackup; full, incremental
    taken   aware; None where nobody wrote it down
    status  `AVAILABLE`, or why it cannot be restored
    key     ARN of the KMS key that encrypts it
    """

    name: str
    made: str
    taken: datetime | None
    status: str
    key: str | None = None

    @property
    def usable(self) -> bool:
        """Whether it can be restored, and of which moment it is, is known."""
        return self.status == AVAILABLE and self.taken is not None

    @property
    def outlives(self) -> bool:
        """Whether it stays when the source, and with it the automated backups, is deleted."""
        return self.made != "automated"


def judge_reach_back(
    window: Window, snapshots: Sequence[SeenBackup], policy: timedelta | None, now: datetime
) -> Judgement:
    """R1, R4: backups are kept as long as the policy asks.

    Where automated backups are not, a snapshot that nothing expires must be as old as that; what
    lies between such snapshots is lost, so that the claim is bounded by them.
    """
    findings = [replace(one, check=RETENTION) for one in check_retention(window, policy)]
    if not findings or policy is None:
        return Judgement(tuple(findings))
    since = now - policy
    kept = [one for one in snapshots if one.usable and one.outlives and one.taken is not None]
    old = [one for one in kept if one.taken is not None and one.taken <= since]
    if old:
        days = window.retention_days or 0
        return Judgement(
            bounds=(
                Bound(
                    RETENTION,
                    window.source,
                    f"automated backups reach back {days} days; before that only the moments of "
                    f"{len(kept)} kept snapshots come back, the oldest of {iso(old[0].taken)}",
                ),
            )
        )
    lacking = Finding(
        SNAPSHOTS,
        window.source,
        f"a snapshot that is kept, taken before {iso(since)}",
        f"{len(kept)} kept snapshots, none as old" if kept else "no snapshot that is kept",
        "Take manual snapshots and keep them, where automated backups are not kept long enough.",
    )
    return Judgement((*findings, lacking))


def check_newest(
    backups: Sequence[SeenBackup], max_age: timedelta, now: datetime, of: str
) -> list[Finding]:
    """R62 for snapshots: one that can be restored was taken lately."""
    newest = max((one.taken for one in backups if one.usable and one.taken), default=None)
    if newest is not None and now - newest <= max_age:
        return []
    unusable = sorted({one.status for one in backups if not one.usable})
    beside = f"; others are {', '.join(unusable)}" if unusable else ""
    actual = "no snapshot" if newest is None else f"the newest is {span(now - newest)} old"
    return [
        Finding(
            AGE,
            of,
            f"a snapshot of the last {span(max_age)}",
            f"{actual}{beside}",
            "See why no newer one was taken: a job that ended, a quota of manual snapshots.",
        )
    ]


def check_lag(
    latest: datetime | None, objective: timedelta, now: datetime, of: str
) -> list[Finding]:
    """What would be lost if the source were lost now is within the objective."""
    if latest is not None and now - latest <= objective:
        return []
    return [
        Finding(
            LAG,
            of,
            f"restorable to the last {span(objective)}",
            "no latest restorable time" if latest is None else f"to {span(now - latest)} ago",
            "See the source's events: on RDS the latest restorable time follows the clock by about "
            "five minutes while it is available.",
        )
    ]
