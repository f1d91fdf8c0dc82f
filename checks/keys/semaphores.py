"""Semaphores of later versions against what runs: each counts the executions of one queue."""

from __future__ import annotations

from collections.abc import Mapping

from checks.finding import Finding
from checks.judgement import Gap, Judgement

CHECK = "keys.semaphores"


def check_semaphores(values: Mapping[str, int | None], running: int | None) -> Judgement:
    """Once ingest was drained, a semaphore that still counts keeps its queue from ever starting.

    values   semaphore (a queue, as the table names it) → its value; None for one that is no number
    running  executions that run; None where nobody could tell
    """
    unreadable = [
        Gap(CHECK, one, "its value is no number; look at it")
        for one in sorted(values)
        if values[one] is None
    ]
    if not values:
        why = "the table holds no semaphore, so nothing was compared; name the one that does"
        return Judgement(gaps=(Gap(CHECK, "all semaphores", why),))
    counts = {name: value for name, value in values.items() if value is not None}
    facts = {"semaphores": len(values), "semaphores: counted": sum(counts.values())}
    if running is None:
        why = "nobody could tell how many executions run; halt ingest with settings that do"
        return Judgement(gaps=(*unreadable, Gap(CHECK, "running executions", why)), facts=facts)
    wrong = {name: value for name, value in counts.items() if value < 0}
    if not running:
        wrong = {name: value for name, value in counts.items() if value != 0}
    findings = [
        Finding(
            CHECK,
            name,
            "0, for no execution runs" if not running else "0 or more",
            value,
            "Set it to what runs before ingest is resumed: else its queue starts too few or none.",
        )
        for name, value in sorted(wrong.items())
    ]
    if running and sum(counts.values()) > running:
        findings.append(
            Finding(
                CHECK,
                "all semaphores",
                f"{running:,} or fewer, for so many executions run",
                sum(counts.values()),
                "Wait until they have ended, and set what still counts to 0.",
            )
        )
    return Judgement(tuple(findings), tuple(unreadable), facts=facts)
