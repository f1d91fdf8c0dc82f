"""What is a good verdict: the same answer in every report."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from reports import evidence, junit, markdown, metrics
from reports.controls import controls
from reports.history.read import past_of
from reports.run_record import RunRecord
from reports.terminal.closing import Closing
from reports.verdicts import is_good
from tests.reports import sample
from tests.reports.test_renderings import record

# The line, its word (None in journals of format 1), the exit status; what the reports make of it.
HELD = [
    ("PROVEN copy of core", "PROVEN", 0),
    ("PROVEN copy of core", None, 0),
    ("ALARM RANG copy of core: seed 7", "ALARM RANG", 0),
]
RED = [
    ("PROVEN copy of core", "PROVEN", 1),
    ("ALARM RANG copy of core", "ALARM RANG", 1),
    ("FAILED copy of core: 1 failed, 0 not reached", "FAILED", 1),
    ("NOT PROVEN (plan): core", "NOT PROVEN", 1),
    ("PROVEN (content) · NOT PROVEN (plan): core", None, 1),
    ("NOTHING TO PROVE about core", "NOTHING TO PROVE", 5),
    ("INTERRUPTED at step 3", "INTERRUPTED", 2),
    ("PARTIAL 3 of 9: 1 failed", "PARTIAL", 1),
]
NEITHER = [
    ("PARTIAL 3 of 9", "PARTIAL", 0),
    ("PARTIAL 3 of 9", None, 0),
    ("PROVEN (content) · NOT PROVEN (plan): core", "NOT PROVEN", 0),
    ("PROVEN (content) · NOT PROVEN (plan): core", None, 0),
    ("SPLENDID", None, 0),
    ("WAITING at step 9 of 19: Wait until the cluster is restored", "WAITING", 75),
]
COLOURS = [
    *((*one, "passed", "bold green") for one in HELD),
    *((*one, "failure", "bold bold red") for one in RED),
    *((*one, "skipped", "bold yellow") for one in NEITHER),
]


def run(line: str, word: str | None, exit_status: int, *others: dict[str, Any]) -> RunRecord:
    """A drill of production that shows everything, with this verdict."""
    proofs = [
        sample.proof(f"{family} holds", family=family)
        for family in ("content", "integrity", "schema", "application", "isolation")
    ]
    verdict = sample.verdict(line, exit_status, word=word)
    events = [
        sample.run_started(mode="drill", cloud="aws"),
        sample.procedure(),
        *(event for number in range(1, 5) for event in sample.step(number)),
        *sample.subject(),
        *proofs,
        verdict,
        *others,
        sample.run_finished(exit_status),
    ]
    return record(events)


@pytest.mark.parametrize(("line", "word", "exit_status", "colour", "style"), COLOURS)
def test_a_verdict_that_proves_nothing_is_green_nowhere(
    line: str, word: str | None, exit_status: int, colour: str, style: str
) -> None:
    told = run(line, word, exit_status)
    *_, case = ElementTree.fromstring(junit.render(told)).iter("testcase")  # noqa: S314
    assert ["system-out" if colour == "passed" else colour] == [one.tag for one in case]
    assert (f"pitr: {line}", style) in list(Closing(told).lines())
    (past,) = past_of(told)
    assert (colour == "passed") is past.is_green
    verdict = told.drills[0].verdict
    assert (colour == "passed") is is_good(verdict)


@pytest.mark.parametrize(("line", "word", "exit_status"), [*HELD, *RED, *NEITHER])
def test_only_a_proven_drill_is_proven_to_an_alarm_and_to_an_auditor(
    line: str, word: str | None, exit_status: int
) -> None:
    told = run(line, word, exit_status)
    proven = line.startswith("PROVEN copy") and exit_status == 0
    (sampled,) = [
        one
        for one in metrics.render(told).decode().splitlines()
        if one.startswith("restore_drill_proven{")
    ]
    assert ("1.0" if proven else "0.0") == sampled.split()[-1]
    needed = next(one for one in controls(told) if one.id == "NIST SP 800-53 CP-4").evidence
    assert (f"shown: verdict: {line}" in needed) is proven


def test_the_drills_that_are_good_are_those_that_proved_something() -> None:
    others = [
        sample.verdict("PARTIAL 3 of 9", 0, drill="physical"),
        sample.verdict("NOT PROVEN (plan): own", 0, word="NOT PROVEN", drill="logical"),
    ]
    told = run("PROVEN copy of core", "PROVEN", 0, *others)
    assert "# 1 of 3 drills are good" == markdown.render(told).decode().splitlines()[0]


@pytest.mark.parametrize("drill", ["pitr", None])
def test_word_line_and_exit_status_are_of_one_verdict(drill: str | None) -> None:
    """Also where an older journal has one verdict for two drills."""
    other = [] if drill else [{**sample.procedure(), "drill": "physical"}]
    verdict = sample.verdict("FAILED both", 1, drill=drill)
    events = [sample.run_started(), sample.procedure(), *other, verdict, sample.run_finished(1)]
    summary = evidence.summary(record(events), [])
    assert {("FAILED", "FAILED both", 1)} == {
        (one.word, one.verdict, one.exit_status) for one in summary.drills
    }


def test_evidence_counts_what_was_found_not_reached_and_broken_on_purpose() -> None:
    findings = [sample.FINDING, {**sample.FINDING, "subject": "public.rules"}]
    events = [
        sample.run_started(),
        sample.procedure(),
        *sample.step(1),
        sample.sabotaged(),
        sample.proof("it holds", "failed", findings=findings),
        sample.verdict("FAILED core", 1),
        sample.run_finished(1),
    ]
    (told,) = evidence.summary(record(events), []).drills
    assert {"passed": 1, "failed": 1, "not reached": 3} == told.outcomes
    assert (2, True) == (told.findings, told.sabotaged)
