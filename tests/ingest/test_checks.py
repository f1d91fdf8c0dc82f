"""Each judgement of ingest, on what is right and on each thing that is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.finding import Finding
from checks.ingest.drained import check_dead_letters, check_drained
from checks.ingest.halted import check_agreement, check_halted, check_write_probe
from checks.ingest.resumed import check_resumed
from checks.ingest.seen import (
    IngestSeen,
    InputMapping,
    Queue,
    Rule,
    Schedule,
    States,
    WriteProbe,
)

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/records"
RULES = (
    Rule("once", "onetime", False),
    Rule("daily", "scheduled", False, "rate(1 day)"),
    Rule("queued", "sqs", False, "https://queue"),
    Rule("told", "sns", False, "arn:topic"),
    Rule("streamed", "kinesis", False, STREAM),
    Rule("streamed_too", "kinesis", False, STREAM),
)
MAPPING = InputMapping("1-2-3", "core-messageConsumer", STREAM, "Disabled")
HALTED = IngestSeen(
    rules=RULES,
    recorded={rule.name: False for rule in RULES},
    schedules=(Schedule("core-daily", "DISABLED", "daily"),),
    mappings=(MAPPING,),
    executions={"core-IngestGranule": 0},
    rows={"executions: running": 0, "granules: queued": 0},
    queues=(Queue("core-startSF", 0, 0, 0),),
    dead={"core-startSF-failed": 3},
    quiet={"select count(*) from jobs": 0.0},
)
BEFORE = States(
    rules={
        "once": True,
        "daily": True,
        "queued": False,
        "told": True,
        "streamed": True,
        "streamed_too": False,
    },
    schedules={"core-daily": True},
    mappings={MAPPING.key: True},
)
RESUMED = IngestSeen(
    rules=tuple(replace(rule, enabled=BEFORE.rules[rule.name]) for rule in RULES),
    recorded=BEFORE.rules,
    schedules=(Schedule("core-daily", "ENABLED", "daily"),),
    mappings=(replace(MAPPING, state="Enabled"),),
)


def switched(seen: IngestSeen, name: str, *, enabled: bool) -> IngestSeen:
    """The look with one rule in another state, as the API tells it."""
    rules = seen.rules or ()
    return replace(
        seen,
        rules=tuple(
            replace(rule, enabled=enabled) if rule.name == name else rule for rule in rules
        ),
    )


def only(findings: tuple[Finding, ...]) -> Finding:
    (finding,) = findings
    return finding


def test_what_is_halted_has_no_finding() -> None:
    for judgement in (
        check_halted(HALTED),
        check_agreement(HALTED),
        check_drained(HALTED),
        check_dead_letters({"core-startSF-failed": 3}, {"core-startSF-failed": 3}),
        check_resumed(BEFORE, RESUMED),
        check_agreement(RESUMED),
        check_write_probe(WriteProbe("once", False)),
    ):
        assert judgement.findings == ()
        assert judgement.gaps == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_an_enabled_rule_of_any_type_is_found(rule: Rule) -> None:
    """R8."""
    finding = only(check_halted(switched(HALTED, rule.name, enabled=True)).findings)
    assert f"rule {rule.name} ({rule.kind})" == finding.subject
    assert finding.remedy.startswith("R8")


@pytest.mark.parametrize(
    ("seen", "check", "subject"),
    [
        (
            replace(HALTED, recorded={**(HALTED.recorded or {}), "queued": True}),
            "ingest.agreement.database",
            "rule queued",
        ),
        (
            replace(HALTED, recorded={**(HALTED.recorded or {}), "unknown": False}),
            "ingest.agreement.database",
            "rule unknown",
        ),
        (
            replace(HALTED, schedules=(Schedule("core-daily", "ENABLED", "daily"),)),
            "ingest.agreement.eventbridge",
            "rule daily (scheduled)",
        ),
        (
            replace(
                HALTED,
                schedules=(
                    *(HALTED.schedules or ()),
                    Schedule("core-deleted", "ENABLED", "deleted"),
                ),
            ),
            "ingest.agreement.eventbridge",
            "EventBridge rule core-deleted",
        ),
        (
            replace(HALTED, mappings=(replace(MAPPING, state="Enabled"),)),
            "ingest.agreement.mapping",
            f"mapping {MAPPING.key}",
        ),
        (
            replace(HALTED, mappings=(replace(MAPPING, state="Disabling"),)),
            "ingest.agreement.mapping",
            f"mapping {MAPPING.key}",
        ),
        (replace(RESUMED, mappings=()), "ingest.agreement.mapping", f"source {STREAM}"),
        (
            replace(RESUMED, mappings=(replace(MAPPING, state="Enabling"),)),
            "ingest.agreement.mapping",
            f"source {STREAM}",
        ),
        (replace(RESUMED, schedules=()), "ingest.agreement.eventbridge", "rule daily (scheduled)"),
    ],
    ids=[
        "the database has it enabled",
        "the API knows no such rule",
        "EventBridge has it enabled",
        "a rule of EventBridge that belongs to nothing",
        "a shared mapping that stayed",
        "a mapping on its way",
        "a mapping that did not come back",
        "a mapping that does not come back",
        "EventBridge has lost it",
    ],
)
def test_each_disagreement_is_one_finding(seen: IngestSeen, check: str, subject: str) -> None:
    """R8."""
    finding = only(check_agreement(seen).findings)
    assert (check, subject) == (finding.check, finding.subject)


def test_housekeeping_of_the_deployment_may_go_on() -> None:
    """R8: it was not made by the archive, and starts no workflow."""
    watcher = Schedule("core-watcher", "ENABLED", "watcher", made=False)
    seen = replace(HALTED, schedules=(*(HALTED.schedules or ()), watcher))
    assert check_agreement(seen).findings == ()


@pytest.mark.parametrize(
    ("changes", "subject", "requirement"),
    [
        ({"executions": {"core-IngestGranule": 1}}, "state machine core-IngestGranule", "R11"),
        ({"rows": {"granules: queued": 7}}, "granules: queued", "R11"),
        ({"queues": (Queue("core-startSF", 1, 0, 0),)}, "queue core-startSF", "R12"),
        ({"queues": (Queue("core-startSF", 0, 1, 0),)}, "queue core-startSF", "R12"),
        ({"queues": (Queue("core-startSF", 0, 0, 1),)}, "queue core-startSF", "R12"),
        ({"quiet": {"select 1": 1.0}}, "[ingest] quiet: select 1", "R11"),
        ({"quiet": {"select 1": None}}, "[ingest] quiet: select 1", "R11"),
    ],
    ids=[
        "an execution",
        "rows",
        "a visible message",
        "one in flight",
        "a delayed one",
        "a query of one's own",
        "a query that gives no number",
    ],
)
def test_whatever_is_under_way_is_found(
    changes: dict[str, Any], subject: str, requirement: str
) -> None:
    """R11, R12."""
    finding = only(check_drained(replace(HALTED, **changes)).findings)
    assert subject == finding.subject
    assert finding.remedy.startswith(requirement)


@pytest.mark.parametrize(
    "second", [{"dead": 4}, {"dead": 2}, {}, {"dead": 3, "another": 1}], ids=str
)
def test_dead_letters_that_change_are_found(second: dict[str, int]) -> None:
    """R12."""
    assert only(check_dead_letters({"dead": 3}, second).findings).remedy.startswith("R12")


@pytest.mark.parametrize(
    ("seen", "subject"),
    [
        (switched(RESUMED, "queued", enabled=True), "rule queued"),
        (switched(RESUMED, "daily", enabled=False), "rule daily"),
        (replace(RESUMED, rules=(RESUMED.rules or ())[1:]), "rule once"),
        (
            replace(RESUMED, rules=(*(RESUMED.rules or ()), Rule("back", "sqs", True))),
            "rule back",
        ),
        (
            replace(RESUMED, schedules=(Schedule("core-daily", "DISABLED", "daily"),)),
            "EventBridge rule core-daily",
        ),
        (replace(RESUMED, mappings=()), f"mapping {MAPPING.key}"),
        (
            replace(RESUMED, mappings=(replace(MAPPING, state="Enabling"),)),
            f"mapping {MAPPING.key}",
        ),
    ],
    ids=[
        "all enabled",
        "one left disabled",
        "one lost",
        "one that had been deleted",
        "EventBridge",
        "a mapping that did not come back",
        "a mapping that is stuck",
    ],
)
def test_each_thing_that_is_not_as_it_was_is_one_finding(seen: IngestSeen, subject: str) -> None:
    """R57."""
    finding = only(check_resumed(BEFORE, seen).findings)
    assert subject == finding.subject
    assert finding.remedy.startswith("R57")


def test_another_result_of_a_query_of_one_s_own_is_found() -> None:
    """R57: jobs that a scheduler of the operator's own knows."""
    before = States(results={"select name from jobs": "a"})
    assert check_resumed(before, IngestSeen(states={"select name from jobs": "a"})).findings == ()
    for now in ({"select name from jobs": "b"}, {}):
        assert (
            only(check_resumed(before, IngestSeen(states=now)).findings).check == "ingest.resumed"
        )


@pytest.mark.parametrize("part", ["rules", "recorded", "schedules", "mappings"])
def test_what_could_not_be_looked_at_is_not_proven(part: str) -> None:
    """R8: nobody says that it is off."""
    unseen = {part: "AccessDenied: not allowed"}
    (gap,) = check_agreement(replace(HALTED, unseen=unseen, **{part: None})).gaps
    assert (part, "AccessDenied: not allowed") == (gap.subject, gap.reason)


@pytest.mark.parametrize("part", ["executions", "rows", "queues", "quiet"])
def test_what_could_not_be_counted_is_not_drained(part: str) -> None:
    """R11, R12: nobody says that it is zero."""
    unseen = {part: "QueryCanceled (SQLSTATE 57014)"}
    (gap,) = check_drained(replace(HALTED, unseen=unseen, **{part: None})).gaps
    assert part == gap.subject


def test_a_write_that_is_taken_is_found() -> None:
    """R9."""
    assert only(check_write_probe(WriteProbe("once", True)).findings).remedy.startswith("R9")


@pytest.mark.parametrize("probe", [None, WriteProbe("once", None)], ids=["no rule", "no answer"])
def test_a_write_that_nobody_refused_proves_nothing(probe: WriteProbe | None) -> None:
    """R9."""
    judgement = check_write_probe(probe)
    assert judgement.findings == ()
    assert len(judgement.gaps) == 1


def test_states_are_read_as_they_were_written() -> None:
    """R57: also where a name holds what ends an entry."""
    odd = States({'a "b" }] [c': True, "ü": False}, {"core-daily": False}, {MAPPING.key: True})
    assert odd == States.of(odd.text())
    assert "\n" not in odd.text()
