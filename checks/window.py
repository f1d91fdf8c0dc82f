"""Can the source be restored to that time at all? Judged before the restore is asked for.

AWS refuses a time outside the window too, but only after the source was fenced; a retention that is
too short is noticed by nobody until the day it matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from checks.finding import Finding

CHECK = "window"


@dataclass(frozen=True, slots=True)
class Window:
    """What a source says about its automated backups.

    retention_days    0 or None: no automated backups
    earliest, latest  bounds of what can be restored, as AWS said them; None where it said none
    """

    source: str
    retention_days: int | None
    earliest: datetime | None
    latest: datetime | None


def check_retention(window: Window, policy: timedelta | None) -> list[Finding]:
    """R1: backups exist and are kept as long as the policy asks; no policy asks for one day."""
    wanted = policy if policy is not None else timedelta(days=1)
    kept = timedelta(days=window.retention_days or 0)
    if not kept:
        return [
            Finding(
                check=f"{CHECK}.retention",
                subject=window.source,
                expected=f"automated backups kept for {_days(wanted)}",
                actual="no automated backups",
                remedy="Set a backup retention period: without one nothing can be restored.",
            )
        ]
    if kept < wanted:
        return [
            Finding(
                check=f"{CHECK}.retention",
                subject=window.source,
                expected=f"automated backups kept for {_days(wanted)}",
                actual=_days(kept),
                remedy="Raise the backup retention period, or take and keep manual snapshots (R4).",
            )
        ]
    return []


def check_target(window: Window, target: datetime | Literal["latest"]) -> list[Finding]:
    """R22 and R2: the target is an aware time in UTC within the window, bounds included.

    `latest` needs only that there is a window.
    """
    findings = _check_bounds(window)
    if isinstance(target, datetime):
        findings += _check_utc("the recovery target", target)
    earliest, latest = window.earliest, window.latest
    if findings or target == "latest" or earliest is None or latest is None:
        return findings
    if earliest <= target <= latest:
        return []
    return [
        Finding(
            check=f"{CHECK}.target",
            subject=window.source,
            expected=f"a time from {_iso(earliest)} to {_iso(latest)}",
            actual=_iso(target),
            remedy=(
                f"Choose {_iso(earliest)} or later; what is older is only in snapshots."
                if target < earliest
                else f"Choose {_iso(latest)} or earlier, or wait: on RDS the latest restorable "
                "time follows the clock by about five minutes."
            ),
        )
    ]


def _check_bounds(window: Window) -> list[Finding]:
    if window.earliest is None or window.latest is None:
        return [
            Finding(
                check=f"{CHECK}.bounds",
                subject=window.source,
                expected="an earliest and a latest restorable time",
                actual={"earliest": window.earliest, "latest": window.latest},
                remedy="Turn on automated backups and wait for the first one to finish.",
            )
        ]
    findings = _check_utc("the earliest restorable time", window.earliest)
    findings += _check_utc("the latest restorable time", window.latest)
    if not findings and window.earliest > window.latest:
        return [
            Finding(
                check=f"{CHECK}.bounds",
                subject=window.source,
                expected="an earliest restorable time before the latest",
                actual={"earliest": window.earliest, "latest": window.latest},
                remedy="Describe the source again; if it stays so, ask AWS: the window is empty.",
            )
        ]
    return findings


def _check_utc(subject: str, moment: datetime) -> list[Finding]:
    """Aware, and at offset zero: a time that reads differently in two places was misread before."""
    offset = moment.utcoffset()
    if offset == timedelta(0):
        return []
    return [
        Finding(
            check=f"{CHECK}.utc",
            subject=subject,
            expected="a time in UTC",
            actual=f"{moment.isoformat()} ({'no zone' if offset is None else 'another zone'})",
            remedy="Give the time in UTC, with its zone: 2015-03-07T23:45:00Z."
            if offset is None
            else f"Give it as {_iso(moment)}.",
        )
    ]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _days(span: timedelta) -> str:
    days = span / timedelta(days=1)
    return f"{days:g} day{'' if days == 1 else 's'}"
