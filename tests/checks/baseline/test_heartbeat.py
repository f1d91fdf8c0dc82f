"""The operator's heartbeat tells which moment a copy is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.baseline.heartbeat import EARLY, LATE, judge_heartbeat
from checks.judgement import Judgement
from tests.checks.baseline.databases import Databases
from tests.checks.conftest import READER

BEAT = datetime(2024, 5, 1, 12, tzinfo=UTC)
EVERY = timedelta(minutes=1)


def judged(
    databases: Databases,
    name: str,
    t: datetime | None,
    *,
    table: str = "heartbeat",
    column: str = "beat",
    user: str | None = None,
) -> Judgement:
    with databases.snapshot(name, user) as copy:
        return judge_heartbeat(copy, table, column, t, EVERY)


@pytest.mark.parametrize("after", [timedelta(), timedelta(seconds=59), timedelta(seconds=65)])
def test_a_beat_just_before_t_is_silent(
    databases: Databases, source: str, after: timedelta
) -> None:
    """R41."""
    told = judged(databases, source, BEAT + after)
    assert Judgement(facts={"newest beat of heartbeat.beat": "2024-05-01 12:00:00Z"}) == told


def test_a_lost_beat_is_found(databases: Databases, source: str) -> None:
    """R41: the copy ends too early."""
    (found,) = judged(databases, source, BEAT + timedelta(seconds=66)).findings
    assert ("heartbeat", "heartbeat.beat", "2024-05-01 12:00:00Z", EARLY) == (
        found.check,
        found.subject,
        found.actual,
        found.remedy,
    )
    expected = "the newest beat from 2024-05-01 12:00:01Z to 2024-05-01 12:01:06Z"
    assert expected == found.expected


def test_a_beat_after_t_is_found(databases: Databases, source: str) -> None:
    """R41: the copy goes on too far."""
    (found,) = judged(databases, source, BEAT - timedelta(microseconds=1)).findings
    assert LATE == found.remedy


def test_no_beat_at_all_is_found(databases: Databases, source: str) -> None:
    databases.run(source, "truncate heartbeat; insert into heartbeat values ('infinity')")
    (found,) = judged(databases, source, BEAT).findings
    assert (None, EARLY) == (found.actual, found.remedy)


def test_without_t_it_is_a_gap(databases: Databases, source: str) -> None:
    (gap,) = judged(databases, source, None).gaps
    assert "time is not known" in gap.reason


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("pulse", "beat", "there is no such table in the copy"),
        ("heartbeat", "at", "there is no such column"),
        ("granules", "status", "its type is text: name a column of type timestamp with time zone"),
    ],
)
def test_what_cannot_be_read_as_a_beat_is_a_gap(
    databases: Databases, source: str, table: str, column: str, words: str
) -> None:
    told = judged(databases, source, BEAT, table=table, column=column)
    assert () == told.findings
    assert words in told.gaps[0].reason


def test_a_login_without_rights_gets_a_gap(databases: Databases, source: str) -> None:
    (gap,) = judged(databases, source, BEAT, user=READER).gaps
    assert gap.reason.startswith("cannot be read: 42501: permission denied for table heartbeat")


def test_names_and_types_as_operators_have_them(databases: Databases) -> None:
    """Quoted names, a time without a zone, one far away."""
    script = """
        create schema "Ops %";
        create table "Ops %"."Beats" ("At %" timestamp);
        insert into "Ops %"."Beats" values ('2024-05-01 12:00:00'), ('-infinity');
    """
    databases.make("odd", script)
    for column in ('"At %"', "At %"):
        told = judged(databases, "odd", BEAT, table='"Ops %"."Beats"', column=column)
        assert ((), ()) == (told.findings, told.gaps)
    databases.run("odd", """insert into "Ops %"."Beats" values ('294000-01-01')""")
    (gap,) = judged(databases, "odd", BEAT, table="Beats", column="At %").gaps
    assert "beyond the calendar" in gap.reason
