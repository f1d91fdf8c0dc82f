"""Is everything off that starts work, and do all who know of it say the same? (R8, R9)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checks.finding import Finding
from checks.ingest.seen import (
    DISABLED,
    IngestSeen,
    InputMapping,
    Rule,
    Schedule,
    WriteProbe,
    state_of,
)
from checks.judgement import Gap, Judgement

HALTED = "ingest.halted"
AGREEMENT = "ingest.agreement"


def check_halted(seen: IngestSeen) -> Judgement:
    """R8: every rule of the archive is disabled, of whatever type."""
    findings = tuple(
        Finding(
            HALTED,
            str(rule),
            DISABLED,
            state_of(rule.enabled),
            "R8: disable it by the archive's API; it starts work as soon as it is triggered.",
        )
        for rule in seen.rules or ()
        if rule.enabled
    )
    return Judgement(findings, seen.gaps(HALTED, "rules"))


def check_agreement(seen: IngestSeen) -> Judgement:
    """R8: the archive's database, EventBridge and the event source mappings say of every rule what
    the archive's API says. Of a halted ingest as of one that was resumed.
    """
    rules = seen.rules or ()
    findings = [
        *_with_database(rules, seen.recorded),
        *_with_schedules(rules, seen.schedules),
        *_with_mappings(rules, seen.mappings),
    ]
    return Judgement(
        tuple(findings), seen.gaps(AGREEMENT, "rules", "recorded", "schedules", "mappings")
    )


def check_write_probe(probe: WriteProbe | None) -> Judgement:
    """R9: the archive's API takes no write. None: there was no rule to try it with."""
    check, subject = "ingest.api", "the archive's API"
    if probe is None:
        return Judgement(gaps=(Gap(check, subject, "there is no rule to try a write with"),))
    if probe.admitted is None:
        reason = f"it gave no answer to a write of rule {probe.rule}: see whether it was refused"
        return Judgement(gaps=(Gap(check, subject, reason),))
    if not probe.admitted:
        return Judgement()
    finding = Finding(
        check,
        f"{subject}: rule {probe.rule}",
        "a write is refused",
        "it was taken",
        "R9: its clients can write: fence the database that it is on, by its name.",
    )
    return Judgement((finding,))


def _with_database(rules: Sequence[Rule], recorded: Mapping[str, bool] | None) -> Iterator[Finding]:
    if recorded is None:
        return
    by_api = {rule.name: rule.enabled for rule in rules}
    for name in [*by_api, *(one for one in recorded if one not in by_api)]:
        by_database = recorded.get(name)
        if by_database is not by_api.get(name):
            yield Finding(
                f"{AGREEMENT}.database",
                f"rule {name}",
                _said(by_api.get(name)),
                _said(by_database),
                "R8: the API tells another state than the database has: find out which is meant, "
                "and set it by the API.",
            )


def _with_schedules(
    rules: Sequence[Rule], schedules: Sequence[Schedule] | None
) -> Iterator[Finding]:
    if schedules is None:
        return
    by_rule = {schedule.rule: schedule for schedule in schedules}
    known = {rule.name for rule in rules}
    for rule in rules:
        if rule.kind != "scheduled":
            continue
        schedule = by_rule.get(rule.name)
        runs = schedule is not None and schedule.enabled
        if runs is not rule.enabled:
            yield Finding(
                f"{AGREEMENT}.eventbridge",
                str(rule),
                state_of(rule.enabled),
                None if schedule is None else schedule.state,
                "R8: EventBridge is what starts it: set its rule to the state that is meant.",
            )
    for schedule in schedules:
        if schedule.made and schedule.enabled and schedule.rule not in known:
            yield Finding(
                f"{AGREEMENT}.eventbridge",
                f"EventBridge rule {schedule.name}",
                DISABLED,
                schedule.state,
                "R8: the archive made it, has no such rule, and it starts work all the same: "
                "disable it, and look for what it belonged to.",
            )


def _with_mappings(
    rules: Sequence[Rule], mappings: Sequence[InputMapping] | None
) -> Iterator[Finding]:
    if mappings is None:
        return
    wanted: dict[str, bool] = {}
    mapped = {one.source for one in mappings}
    # A queue need not have one: the archive's own consumer asks the queues of enabled rules.
    needed = {rule.value for rule in rules if rule.kind == "kinesis"} | mapped
    for rule in rules:
        if rule.kind in ("kinesis", "sqs") and rule.value is not None:
            wanted[rule.value] = wanted.get(rule.value, False) or rule.enabled
    for source, enabled in wanted.items():
        of_source = [one for one in mappings if one.source == source]
        if enabled and source in needed and not any(one.state == "Enabled" for one in of_source):
            yield Finding(
                f"{AGREEMENT}.mapping",
                f"source {source}",
                "a mapping that is Enabled",
                [one.state for one in of_source] or None,
                "R8: a rule of it is enabled and nothing comes in: enable its event source "
                "mapping, or make it again where the archive deleted it.",
            )
        for one in of_source if not enabled else ():
            if one.state != "Disabled":
                yield Finding(
                    f"{AGREEMENT}.mapping",
                    f"mapping {one.key}",
                    "Disabled",
                    one.state,
                    "R8: every rule of this source is disabled, and what comes in it is taken and "
                    "lost: disable the event source mapping.",
                )


def _said(enabled: bool | None) -> str | None:
    return None if enabled is None else state_of(enabled)
