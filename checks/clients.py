"""Do clients use the copy: does what they read name it, and does what they write arrive? (R55)"""

from __future__ import annotations

from datetime import datetime

from checks.finding import Finding

CHECK = "clients"


def check_where(expected: str, actual: str) -> list[Finding]:
    """`host:port` of the copy, and what the clients' secret names."""
    if expected == actual:
        return []
    return [
        Finding(
            f"{CHECK}.secret",
            "the application's secret",
            expected,
            actual,
            "Name the copy in the secret that the application reads, and restart it.",
        )
    ]


def check_writes(
    database: str, *, restored: datetime | None, newest: datetime | None
) -> list[Finding]:
    """The newest commit that came back, and the newest there is since ingest was resumed.

    Aware times by the server's own clock; None where there is no commit to be seen.
    """
    if newest is not None and (restored is None or newest > restored):
        return []
    return [
        Finding(
            f"{CHECK}.writes",
            database,
            f"a commit after {restored.isoformat() if restored else 'the restore'}",
            newest,
            "Find out where the clients write, and stop them there.",
        )
    ]
