"""Is what was under way done, and was it all written? (R11, R12)

"Executions complete" is not "writes complete": the end of an execution goes through EventBridge and
a queue to the function that writes it, and what that cannot write becomes a dead letter.
"""

from __future__ import annotations

from collections.abc import Mapping

from checks.finding import Finding
from checks.ingest.seen import IngestSeen
from checks.judgement import Judgement

DRAINED = "ingest.drained"
DEAD = "ingest.dead_letters"


def check_drained(seen: IngestSeen) -> Judgement:
    """R11, R12: no execution runs, no row says that something is under way, no queue holds
    anything, visible, in flight or delayed; and the operator's own queries give 0.
    """
    findings: list[Finding] = []
    for machine, running in (seen.executions or {}).items():
        if running:
            findings.append(
                _found(
                    "executions",
                    f"state machine {machine}",
                    f"{running} running",
                    "R11: wait for them, or stop them and note which: what they write comes later.",
                )
            )
    for what, rows in (seen.rows or {}).items():
        if rows:
            findings.append(
                _found(
                    "rows",
                    what,
                    f"{rows} rows",
                    "R11: wait for what writes them; rows that nothing works at any more were "
                    "left behind, and are to be set to failed.",
                )
            )
    for queue in seen.queues or ():
        if queue.depth:
            findings.append(
                _found(
                    "queues",
                    f"queue {queue.name}",
                    str(queue),
                    "R12: wait for who reads it; a queue that nobody reads does not drain.",
                )
            )
    for query, number in (seen.quiet or {}).items():
        if number != 0:
            findings.append(
                _found(
                    "quiet",
                    f"[ingest] quiet: {query}",
                    "no number" if number is None else f"{number:g}",
                    "R11: it has to give 0 once nothing is under way.",
                )
            )
    return Judgement(tuple(findings), seen.gaps(DRAINED, "executions", "rows", "queues", "quiet"))


def check_dead_letters(first: Mapping[str, int], second: Mapping[str, int]) -> Judgement:
    """R12: dead letters of two looks, one after the other, are as many. How many there are is told:
    each is something that was not written.
    """
    findings = tuple(
        Finding(
            DEAD,
            f"dead-letter queue {name}",
            first.get(name),
            second.get(name),
            "R12: something is still failing to be written: find out what, and wait until it ends.",
        )
        for name in dict.fromkeys([*first, *second])
        if first.get(name) != second.get(name)
    )
    facts = {f"dead letters in {name}": count for name, count in second.items()}
    return Judgement(findings, facts=dict(facts))


def _found(part: str, subject: str, actual: object, remedy: str) -> Finding:
    return Finding(f"{DRAINED}.{part}", subject, 0, actual, remedy)
