"""How old is the snapshot that was restored? What was written since goes with its source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from checks.finding import Finding
from checks.readiness.words import span

CHECK = "snapshot.age"


def check_age(
    name: str, taken: datetime, now: datetime, allowed: Mapping[str, timedelta]
) -> list[Finding]:
    """The snapshot is no older than each setting allows.

    taken, now  aware
    allowed     the setting's name: the most that it allows
    """
    age = now - taken
    return [
        Finding(
            CHECK,
            name,
            f"taken within {span(most)} ({setting})",
            f"{span(age)} old",
            "Take snapshots more often, see why no newer one was taken, or allow for that loss.",
        )
        for setting, most in allowed.items()
        if age > most
    ]
