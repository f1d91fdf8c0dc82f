"""Controls: supported only where every fact they need is in the journal and held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from reports.controls import Control, Speaks, controls
from reports.history.past import PastDrill
from reports.journal import Events
from reports.run_record import RunRecord
from tests.reports import sample

Plain = dict[str, Any]
IDS = [
    "NIST SP 800-53 CP-4",
    "NIST SP 800-53 CP-9(1)",
    "NIST SP 800-53 CP-9(2)",
    "NIST SP 800-53 CP-10",
    "ISO/IEC 27001:2022 A.8.13",
    "SOC 2 A1.3",
    "DORA article 12",
]
ABOUT_BACKUPS = {IDS[1], IDS[2], IDS[4]}
FAMILIES = ("content", "integrity", "schema", "application", "isolation", "objectives")
PROVEN = sample.verdict("PROVEN drill of core", 0, partial=None)


def proofs(**outcomes: str) -> list[Plain]:
    """A passed proof of each family, but for the outcomes given by family."""
    return [
        sample.proof(f"{family} holds", outcomes.get(family, "passed"), family=family)
        for family in FAMILIES
    ]


def measured(name: str, seconds: float | None, objective: float | None) -> Plain:
    content = {"seconds": seconds, "objective_seconds": objective, "note": None}
    return sample.event("measured", 21, drill="pitr", name=name, **content)


PAST = PastDrill(
    run="20260501-120000-ab12",
    drill="pitr",
    cluster="core-prod",
    mode="drill",
    began=datetime(2026, 5, 1, 12, tzinfo=UTC),
    word="PROVEN",
    verdict="PROVEN drill of core",
    counts=True,
    measured={},
    outcomes={},
    rows={},
    versions={},
)
"""A drill of the night before that counts."""
TIMES = [measured("time to writable", 8.5, 7200), measured("data loss", 2.0, 300)]


def drill(
    *,
    started: Plain | None = None,
    steps: Iterable[Plain] | None = None,
    subject: Iterable[Plain] | None = None,
    proven: Iterable[Plain] | None = None,
    times: Iterable[Plain] = TIMES,
    end: Iterable[Plain] = (PROVEN, sample.run_finished()),
) -> list[Plain]:
    """A drill of production that shows everything, but for what is given."""
    every = [one for number in range(1, 5) for one in sample.step(number)]
    return [
        sample.run_started(mode="drill", cloud="aws") if started is None else started,
        sample.procedure(),
        *(every if steps is None else steps),
        *(sample.subject() if subject is None else subject),
        *(proofs() if proven is None else proven),
        *times,
        *end,
    ]


def told(events: Iterable[Plain], earlier: tuple[PastDrill, ...] = ()) -> dict[str, Control]:
    run = RunRecord(Events(sample.typed_all(events), truncated=False), earlier)
    return {control.id: control for control in controls(run)}


def outcomes(events: Iterable[Plain]) -> dict[str, str]:
    return {control.id: control.outcome for control in told(events).values()}


def test_every_control_is_listed_in_the_same_order_whatever_happened() -> None:
    assert list(told(drill())) == IDS
    assert list(told([])) == IDS


def test_a_drill_that_shows_everything_supports_every_control() -> None:
    assert outcomes(drill()) == dict.fromkeys(IDS, "supported")


def test_the_evidence_says_what_was_shown_and_what_no_run_can_show() -> None:
    assert list(told(drill())["NIST SP 800-53 CP-10"].evidence) == [
        "shown: restore: 1 of 1 steps that make the copy passed",
        "shown: procedure: 4 of 4 declared steps passed",
        "shown: recovery target: asked 2026-06-01T11:59:21+00:00, "
        "reached 2026-06-01T11:59:20+00:00",
        "shown: content (content): 1 of 1 proofs hold",
        "shown: use (application): 1 of 1 proofs hold",
        "shown: time to writable: 8.5 s (objective 7200 s)",
        "shown: data loss: 2.0 s (objective 300 s)",
        "earlier: no success of this cluster in the same evidence folder",
        "no run can show: recovery of anything but this database",
    ]


def test_a_rehearsal_supports_the_procedure_and_no_backup_of_production() -> None:
    run = drill(started=sample.run_started())
    assert outcomes(run) == {
        control: "not proven" if control in ABOUT_BACKUPS else "procedure only" for control in IDS
    }
    for control in told(run).values():
        assert control.evidence[0] == (
            "a rehearsal: its source and backup were made by the run; none of production's was read"
        )


def test_a_negative_control_supports_nothing() -> None:
    for run in (
        drill(started=sample.run_started(mode="drill", negative_control=7)),
        drill(subject=[*sample.subject(), sample.sabotaged()]),
    ):
        assert outcomes(run) == dict.fromkeys(IDS, "not proven")


@pytest.mark.parametrize(
    ("family", "concerned"),
    [
        ("content", set(IDS)),
        ("integrity", {IDS[1], IDS[4], IDS[5], IDS[6]}),
        ("schema", {IDS[1], IDS[4], IDS[5], IDS[6]}),
        ("application", {IDS[2], IDS[3]}),
        ("isolation", {IDS[6]}),
        ("objectives", {IDS[3], IDS[5], IDS[6]}),
    ],
)
def test_a_control_fails_with_a_proof_that_it_needs_and_with_no_other(
    family: str, concerned: set[str]
) -> None:
    """With a verdict that is none of a failure, so that only the proof can be the reason."""
    run = drill(proven=proofs(**{family: "failed"}))
    assert {control for control, outcome in outcomes(run).items() if outcome == "failed"} == (
        concerned
    )


@pytest.mark.parametrize("outcome", ["not proven", "not reached", "withheld", "not applicable"])
@pytest.mark.parametrize("family", ["content", "application", "isolation"])
def test_a_control_is_not_supported_without_a_proof_that_it_needs(
    family: str, outcome: str
) -> None:
    run = outcomes(drill(proven=proofs(**{family: outcome})))
    concerned = {"content": set(IDS), "application": {IDS[2], IDS[3]}, "isolation": {IDS[6]}}
    assert {control for control, told in run.items() if told == "partial"} == concerned[family]


def test_a_waived_finding_is_a_part_and_said() -> None:
    waived = [
        *proofs(content="waived")[1:],
        sample.proof("rows", "waived", reason="known", waived=[sample.WAIVED]),
    ]
    control = told(drill(proven=waived))["NIST SP 800-53 CP-9(1)"]
    assert control.outcome == "partial"
    assert (
        "shown in part: content (content): 1 of 1 proofs hold; "
        "of them with waived findings: rows" in control.evidence
    )


def test_a_bounded_proof_holds_and_is_told_as_one() -> None:
    control = told(drill(proven=proofs(content="bounded")))["NIST SP 800-53 CP-9(1)"]
    assert control.outcome == "supported"
    assert any("1 of them between two truths" in line for line in control.evidence)


def test_a_withheld_step_leaves_the_procedure_in_part() -> None:
    withheld = sample.step(4, "withheld", reason="a drill does not touch the live state")
    steps = [one for number in (1, 2, 3) for one in sample.step(number)]
    run = told(drill(steps=[*steps, *withheld]))
    assert {one.id for one in run.values() if one.outcome == "partial"} == {
        *(IDS[0], IDS[3], IDS[5], IDS[6])
    }
    assert (
        "shown in part: procedure: 3 of 4 declared steps passed; "
        "step 4 (Adopt the restored cluster): withheld" in run["SOC 2 A1.3"].evidence
    )


def test_a_restore_that_failed_fails_every_control() -> None:
    steps = [*sample.step(1), *sample.step(2), *sample.step(3, "failed", reason="no space")]
    end = [sample.verdict("FAILED drill of core: 1 failed, 2 not reached", 1)]
    run = outcomes(drill(steps=steps, proven=[], times=[], end=end))
    assert run == dict.fromkeys(IDS, "failed")


def test_a_verification_is_no_restore() -> None:
    run = told(drill(started=sample.run_started(mode="verification", cloud="none")))
    assert {one.outcome for one in run.values()} == {"partial"}
    expected = "not shown: restore: this run made none; it looked at what others restored"
    assert all(expected in one.evidence for one in run.values())


def test_a_backup_that_is_not_named_supports_no_control_about_backups() -> None:
    without = [one for one in sample.subject() if one["event"] != "backup_identified"]
    run = outcomes(drill(subject=without))
    assert {control for control, outcome in run.items() if outcome == "partial"} == ABOUT_BACKUPS


def test_a_time_without_an_objective_is_held_against_none() -> None:
    times = [measured("time to writable", 8.5, None), measured("data loss", 1.0, None)]
    control = told(drill(times=times))["SOC 2 A1.3"]
    assert control.outcome == "partial"
    assert (
        "shown in part: time to writable: 8.5 s; no objective is set to hold it against"
        in control.evidence
    )


def test_a_time_over_its_objective_fails_the_controls_that_ask_for_it() -> None:
    """Whatever the proof of objectives said."""
    run = outcomes(drill(times=[measured("time to writable", 8.5, 8), TIMES[1]]))
    failed = {control for control, outcome in run.items() if outcome == "failed"}
    assert failed == {IDS[3], IDS[5], IDS[6]}


def test_a_partial_run_is_partial_however_much_it_proved() -> None:
    end = [sample.verdict("PARTIAL 5 of 66", 0, partial={"ran": 5, "of": 66})]
    assert set(outcomes(drill(end=end)).values()) == {"partial"}


def test_no_prefix_of_a_run_supports_a_control_before_its_verdict() -> None:
    events = drill()
    end = next(index for index, one in enumerate(events) if one["event"] == "verdict")
    for count in range(end + 1):
        assert "supported" not in outcomes(events[:count]).values()
    assert set(outcomes([]).values()) == {"not proven"}


def test_every_drill_of_a_run_must_show_it() -> None:
    second = [{**one, "drill": "snapshot"} for one in drill() if one.get("drill")]
    assert set(outcomes([*drill(), *second]).values()) == {"supported"}
    less = [one for one in second if one.get("family") != "content"]
    run = told([*drill(), *less])
    assert {one.outcome for one in run.values()} == {"partial"}
    assert (
        "not shown: snapshot: content: no proof of it was made"
        in run["NIST SP 800-53 CP-9(1)"].evidence
    )


def test_the_docs_tell_every_control_and_every_outcome() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text()
    for control in IDS:
        assert f"| {control} |" in page
    for outcome in get_args(Speaks):
        assert f"| `{outcome}` |" in page


def test_earlier_successes_are_told_for_controls_that_ask_for_regularity() -> None:
    others = (replace(PAST, run="1", cluster="other"), replace(PAST, run="2", counts=False))
    control = told(drill(), earlier=(PAST, *others))["ISO/IEC 27001:2022 A.8.13"]
    assert "earlier: 1 success of core-prod, the last one on 2026-05-01" in control.evidence


def test_a_run_of_two_drills_is_one_success() -> None:
    control = told(drill(), earlier=(PAST, replace(PAST, drill="snapshot")))[IDS[4]]
    assert "earlier: 1 success of core-prod, the last one on 2026-05-01" in control.evidence


def test_a_drill_that_failed_supports_nothing_whatever_else_held() -> None:
    line = "FAILED copy of core: 1 failed, 0 not reached"
    wrong = [*proofs(), sample.proof("of the right cluster", "failed", family="identity")]
    run = told(drill(proven=wrong, end=[sample.verdict(line, 1), sample.run_finished(1)]))
    assert {"partial", "failed"} == {one.outcome for one in run.values()}
    assert "partial" == run[IDS[4]].outcome
    assert f"in spite of it: {line}" in run[IDS[4]].evidence
