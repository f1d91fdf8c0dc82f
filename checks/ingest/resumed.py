"""Is ingest as it was before it was halted: not all enabled, not some? (R57)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.finding import Finding
from checks.ingest.seen import IngestSeen, States, state_of
from checks.judgement import Judgement

CHECK = "ingest.resumed"


def check_resumed(before: States, after: IngestSeen) -> Judgement:
    """R57: what was enabled before the halt is enabled again, what was disabled is disabled still,
    and nothing else is enabled. Rules, EventBridge's own, and event source mappings.
    """
    rules = {one.name: one.enabled for one in after.rules or ()}
    schedules = {one.name: one.enabled for one in after.schedules or ()}
    # One that is on its way may never arrive: Enabled, or it is not.
    mappings = {one.key: one.state == "Enabled" for one in after.mappings or ()}
    findings: list[Finding] = []
    if after.rules is not None:
        findings += _differing("rule", before.rules, rules, "set it by the archive's API")
    if after.schedules is not None:
        findings += _differing(
            "EventBridge rule", before.schedules, schedules, "set it in EventBridge"
        )
    if after.mappings is not None:
        findings += _differing(
            "mapping",
            before.mappings,
            mappings,
            "set it in Lambda; one that the archive deleted with its rule does not come back "
            "by enabling that: make it again, from the time of the halt on",
        )
    for query, result in before.results.items():
        now = (after.states or {}).get(query)
        if now != result:
            findings.append(
                Finding(
                    CHECK,
                    f"[ingest] states: {query}",
                    "the result from before the halt",
                    None if now is None else "another one",
                    "R57: compare by hand what it gives with what was meant to be enabled.",
                )
            )
    gaps = after.gaps(CHECK, "rules", "schedules", "mappings", "states")
    return Judgement(tuple(findings), gaps)


def _differing(
    what: str, before: Mapping[str, bool], after: Mapping[str, bool], how: str
) -> Iterator[Finding]:
    for name in [*before, *(one for one in after if one not in before)]:
        was, is_now = before.get(name), after.get(name)
        if was is is_now or (was is None and not is_now):
            continue  # one that came with the restored data and is off does no harm
        yield Finding(
            CHECK,
            f"{what} {name}",
            None if was is None else state_of(was),
            None if is_now is None else state_of(is_now),
            f"R57: not as it was before the halt: {how}.",
        )
