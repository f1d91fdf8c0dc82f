"""What stands below a proof's line on the terminal: enough to act on, and never pages of it."""

from __future__ import annotations

from typing import Any

from reports.terminal.details import LONGEST, Below, details
from tests.reports import sample


def content(**lists: list[dict[str, Any]]) -> dict[str, Any]:
    return {"findings": [], "gaps": [], "bounds": [], "waived": [], **lists}


def test_a_finding_names_what_a_waiver_of_it_must_name() -> None:
    assert list(details(content(findings=[sample.FINDING]))) == [
        "counts: public.granules (counts): expected 50000, actual 49999",
        "  → restore again and compare",
    ]


def test_gaps_bounds_and_waived_findings_are_listed() -> None:
    listed = details(content(gaps=[sample.GAP], bounds=[sample.BOUND], waived=[sample.WAIVED]))
    assert list(listed) == [
        "not seen: schema.roles: roles: pg_authid cannot be read",
        "bounded: content: public.granules: 10 to 12 rows",
        "waived: counts: public.granules (counts): expected 50000, actual 49999",
        "  until 2027-01-31 by dba@example.org: known",
    ]


def test_at_most_twenty_findings_are_shown() -> None:
    lines = list(details(content(findings=[sample.FINDING] * 1234)))
    assert len(lines) == 2 * 20 + 1
    assert lines[-1] == "… and 1,214 more, in the journal"


def test_at_most_ten_of_each_other_kind_are_shown() -> None:
    lists = {"gaps": [sample.GAP] * 22, "bounds": [sample.BOUND] * 10, "waived": []}
    lines = list(details(content(**lists)))
    assert len(lines) == 10 + 1 + 10
    assert lines[10] == "… and 12 more, in the journal"


def test_a_long_definition_is_cut_and_stays_on_one_line() -> None:
    finding = {**sample.FINDING, "expected": "SELECT 1\n" * 500, "actual": None}
    first, _ = details(content(findings=[finding]))
    assert "\n" not in first
    assert first.endswith("…, actual nothing")
    assert len(first) < LONGEST + 100


def test_what_a_subject_is_called_steers_no_terminal() -> None:
    """A table may be called ESC [ 2 J, which would erase the screen."""
    finding = {**sample.FINDING, "subject": 'public."\x1b[2J\u202egranules\n"'}
    first, _ = details(content(findings=[finding]))
    assert first.startswith('counts: public."\\x1b[2J\\u202egranules\\x0a" (counts): ')


def test_a_reason_that_is_said_again_is_not_repeated() -> None:
    below = Below()
    lacking = {"outcome": "not proven", "reason": "no terraform"}
    assert ["no terraform"] == list(below.lines(lacking))
    assert ["as above"] == list(below.lines(lacking))
    assert [] == list(below.lines({"outcome": "passed", "reason": None}))
    assert ["no terraform"] == list(below.lines(lacking))


def test_a_failure_is_told_each_time() -> None:
    below = Below()
    failed = {"outcome": "failed", "reason": "disk full"}
    assert [["disk full"], ["disk full"]] == [list(below.lines(failed)) for _ in range(2)]
