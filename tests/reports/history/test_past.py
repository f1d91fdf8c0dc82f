"""What the history keeps of a drill, and what may be called a success of its cluster."""

from __future__ import annotations

from typing import Any

import pytest

from reports.history.past import PastDrill
from reports.history.read import past_of
from tests.reports import sample
from tests.reports.history.nights import at, night, past, record


def test_everything_a_trend_and_a_comparison_need_is_kept() -> None:
    events = night(
        1,
        rows={"public.granules": 50_000, "public.rules": 7},
        measured={"data loss": 0.8},
        versions={"pytest": "9.2.0"},
        settings={"limits": {"expire_after": "8h", "prices": {}}, "expect": [1], "source": None},
    )
    identified = next(one for one in sample.subject() if one["event"] == "source_identified")
    assert past([*events[:3], identified, *events[3:]]) == PastDrill(
        run="night-1",
        drill="pitr",
        cluster="core-prod",
        mode="drill",
        began=at(1),
        word="PROVEN",
        verdict="PROVEN core",
        counts=True,
        measured={"data loss": 0.8},
        outcomes={"Describe the source": "passed", "every table kept its rows": "passed"},
        rows={"core: public.granules": 50_000, "core: public.rules": 7},
        versions={
            "pytest": "9.2.0",
            "the engine": "15.14 /usr/lib/postgresql/15/bin",
            "the harness": "3ebce1d",
            "the platform": "Linux x86_64",
            "the source": "aurora-postgresql 15.14",
        },
        settings={"limits.expire_after": "8h", "expect": "[1]"},
        backup_age=3600.0,
        exit_status=0,
    )


DOES_NOT_COUNT: dict[str, dict[str, Any]] = {
    "a rehearsal": {"mode": "rehearsal"},
    "the rehearsal cloud": {"cloud": "rehearsal"},
    "a negative control": {"negative_control": 7},
    "an alarm that rang": {"word": "ALARM RANG"},
    "a failure": {"word": "FAILED"},
    "not proven, and yet exit 0": {"word": "NOT PROVEN", "verdict": {"exit_status": 0}},
    "selected": {"word": "PARTIAL", "verdict": {"partial": {"ran": 3, "of": 9}}},
    "proven, but not in full": {"verdict": {"partial": {"ran": 8, "of": 9}}},
    "nothing to prove": {"word": "NOTHING TO PROVE", "verdict": {"exit_status": 5}},
    "proven, and yet exit 1": {"verdict": {"exit_status": 1}},
    "a plan alone": {"drill": "plan", "family": "plan"},
    "readiness, which restores nothing": {"drill": "readiness", "family": "methods"},
}


@pytest.mark.parametrize("changes", DOES_NOT_COUNT.values(), ids=list(DOES_NOT_COUNT))
def test_this_is_no_success_of_its_cluster(changes: dict[str, Any]) -> None:
    assert past(night(1, **changes)).counts is False


COUNTS: dict[str, dict[str, Any]] = {
    "a drill": {},
    "a recovery": {"mode": "recovery"},
    "somebody else's restore": {"mode": "verification", "drill": "verify"},
    "in full, and told so": {"verdict": {"partial": {"ran": 9, "of": 9}}},
    "an older journal": {"format": 1, "family": None, "verdict": {"word": None}},
}


@pytest.mark.parametrize("changes", COUNTS.values(), ids=list(COUNTS))
def test_this_is_a_success_of_its_cluster(changes: dict[str, Any]) -> None:
    assert past(night(1, **changes)).counts is True


def test_a_run_with_a_sabotaged_copy_never_counts() -> None:
    events = night(1)
    assert past([*events[:4], sample.sabotaged(), *events[4:]]).counts is False


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("PROVEN rehearsal of core", "PROVEN"),
        ("PROVEN (database) · NOT PROVEN (plan): core", "NOT PROVEN"),
        ("NOTHING TO PROVE about core", "NOTHING TO PROVE"),
        ("FAILED core: 1 failed, 0 not reached", "FAILED"),
        ("INTERRUPTED at step 3", "INTERRUPTED"),
    ],
)
def test_an_older_verdict_is_known_by_its_line(line: str, word: str) -> None:
    told = past(night(1, verdict={"verdict": line, "word": None}))
    assert (told.word, told.verdict) == (word, line)


def test_a_killed_run_is_interrupted_where_it_was() -> None:
    killed = past(night(1)[:3])
    assert (killed.word, killed.verdict, killed.counts, killed.reached) == (
        "INTERRUPTED",
        "interrupted at step 1: Describe the source",
        False,
        True,
    )


def test_a_run_that_was_killed_at_once_is_known_by_what_it_was_asked_for() -> None:
    killed = past(night(1)[:1])
    assert (killed.drill, killed.word, killed.reached) == ("pitr", "INTERRUPTED", False)


def test_each_drill_of_a_run_is_kept_for_itself() -> None:
    other = [{**one, "drill": "snapshot"} for one in night(1, "FAILED")[1:-1]]
    events = night(1)
    both = past_of(record([*events[:-1], *other, events[-1]]))
    assert [(one.drill, one.word) for one in both] == [("pitr", "PROVEN"), ("snapshot", "FAILED")]


def test_a_verdict_on_the_run_is_that_of_each_of_its_drills() -> None:
    other = {**sample.procedure(), "drill": "snapshot"}
    events = [*night(1)[:-2], other, sample.verdict("INTERRUPTED at the start", 2, drill=None)]
    assert [one.word for one in past_of(record(events))] == ["INTERRUPTED"] * 2


def test_a_run_without_a_cluster_has_a_name_all_the_same() -> None:
    assert past(night(1, cluster=None)).cluster == "(no name)"
    assert past(night(1, cluster=None, mode="rehearsal")).cluster == "rehearsal"


def test_a_journal_without_its_first_event_holds_no_run() -> None:
    assert [] == past_of(record(night(1)[1:]))
    assert [] == past_of(record([]))
