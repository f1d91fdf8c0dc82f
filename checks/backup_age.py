"""Is the newest backup young enough, the oldest old enough, and can their ages be believed?"""

from __future__ import annotations

from datetime import datetime, timedelta

from checks.finding import Finding

AGE = "backup.age"
CLOCK = "backup.clock"
RETENTION = "backup.retention"
TOLERANCE = timedelta(minutes=5)
"""How far two clocks may differ before an age means nothing."""


def check_age(
    name: str, ended_at: datetime | None, now: datetime, max_age: timedelta | None
) -> list[Finding]:
    """R62. `ended_at` by the clock of whoever made the backup, None where nobody wrote it down.

    A backup that ends in the future was made by another clock: then its age is not known, and
    neither is which commits a recovery target by time lies between.
    """
    if ended_at is None:
        if max_age is None:
            return []
        return [
            Finding(
                AGE,
                f"backup {name}",
                f"at most {max_age} old",
                "nothing says when it ended",
                "Keep the WAL archive's .backup files, or the backup's manifest.",
            )
        ]
    if ended_at - now > TOLERANCE:
        return [
            Finding(
                CLOCK,
                f"backup {name}",
                f"ended before {now:%Y-%m-%d %H:%M:%SZ}, this machine's time",
                f"ended at {ended_at:%Y-%m-%d %H:%M:%SZ}",
                "Set the clock of the database's machine, or of this one.",
            )
        ]
    age = now - ended_at
    if max_age is None or age <= max_age:
        return []
    return [
        Finding(
            AGE,
            f"backup {name}",
            f"at most {max_age} old",
            f"{timedelta(seconds=int(age.total_seconds()))} old",
            "See why no newer backup was made: what is lost since cannot be restored from it.",
        )
    ]


def check_reach_back(
    name: str, ended_at: datetime | None, now: datetime, retention: timedelta | None
) -> list[Finding]:
    """R1, of one's own backups: the oldest that can be restored reaches back far enough."""
    if retention is None or (ended_at is not None and now - ended_at >= retention):
        return []
    return [
        Finding(
            RETENTION,
            f"backup {name}, the oldest",
            f"at least {retention} old",
            "nothing says when it ended"
            if ended_at is None
            else f"{timedelta(seconds=int((now - ended_at).total_seconds()))} old",
            "Keep backups longer: what happened before it cannot be restored any more.",
        )
    ]
