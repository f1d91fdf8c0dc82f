"""Frozen ranges: rows that never change any more are equal, or there is a finding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from checks.baseline.frozen import Frozen, judge_frozen, record_frozen, recorded_frozen
from checks.baseline.model import FrozenContent, FrozenUnread
from checks.judgement import Judgement
from fixtures.postgres.server import Server
from tests.checks.baseline.databases import SOURCE, Databases
from tests.checks.conftest import READER

T = datetime(2024, 5, 1, 5, tzinfo=UTC)
OLD = Frozen("granules", "created_at < :t - interval '1 hour'")
"""239 of 400 rows: one a minute from midnight on, up to four o'clock."""


@pytest.fixture(scope="module")
def pair(cluster: Server) -> Iterator[tuple[str, str]]:
    """A source, which lives on, and its copy. For tests that change neither."""
    databases = Databases(cluster)
    databases.make("frozen_source", SOURCE)
    databases.make("frozen_copy", template="frozen_source")
    databases.run("frozen_source", "update granules set status = 'archived' where id > 380")
    yield "frozen_source", "frozen_copy"
    databases.drop_all()


@pytest.fixture
def changing(databases: Databases, pair: tuple[str, str]) -> tuple[str, str]:
    """The source, and a copy that the test may change."""
    databases.make("copied", template=pair[1])
    return pair[0], "copied"


def judged(
    databases: Databases, pair: tuple[str, str], frozen: Frozen, t: datetime | None = T
) -> Judgement:
    with databases.snapshot(pair[0]) as source, databases.snapshot(pair[1]) as copy:
        return judge_frozen(source, copy, frozen, t)


def reason_of(judgement: Judgement) -> str:
    assert () == judgement.findings
    (gap,) = judgement.gaps
    assert "frozen" == gap.check
    assert 1 == len(gap.reason.splitlines())
    return gap.reason


def test_frozen_rows_of_a_faithful_copy_are_silent(
    databases: Databases, pair: tuple[str, str]
) -> None:
    """R68: although the source went on."""
    assert Judgement(facts={"frozen rows of public.granules": 239}) == judged(databases, pair, OLD)


@pytest.mark.parametrize(
    ("fault", "actual"),
    [
        ("update granules set status = 'Done' where id = 7", "239 frozen rows with other values"),
        ("delete from granules where id = 7", "238 frozen rows"),
        (
            "insert into granules (provider, status, created_at)"
            " select provider, status, created_at from granules where id = 7",
            "240 frozen rows",
        ),
        (  # two cells swapped between two rows
            "update granules g set created_at = o.created_at from granules o"
            " where (g.id, o.id) in ((7, 9), (9, 7))",
            "239 frozen rows with other values",
        ),
    ],
)
def test_a_frozen_row_that_differs_is_found(
    databases: Databases, changing: tuple[str, str], fault: str, actual: str
) -> None:
    """R68."""
    databases.run(changing[1], fault)
    (found,) = judged(databases, changing, OLD).findings
    assert ("frozen", "public.granules", "239 frozen rows", actual) == (
        found.check,
        found.subject,
        found.expected,
        found.actual,
    )


def test_what_is_not_frozen_may_differ(databases: Databases, changing: tuple[str, str]) -> None:
    databases.run(changing[1], "delete from granules where id = 399")
    assert () == judged(databases, changing, OLD).findings


@pytest.mark.parametrize(
    ("frozen", "words"),
    [
        (Frozen("granule", "id = 1"), "there is no such table: correct its name"),
        (
            Frozen("granules", "ids = 1"),
            '42703: column "ids" does not exist: correct the condition',
        ),
        (Frozen("granules", "id = "), "42601: syntax error"),
        (Frozen("granules", "id"), "42804: argument of WHERE must be type boolean"),
        (Frozen("granules", "id = 1; select 1"), '";" stands in it'),
        (Frozen("granules", "created_at < now()"), "now differs between the two databases"),
        (Frozen("granules", "id < setseed(1)::text::int"), "it calls setseed, which is volatile"),
        (Frozen("granules", "id < 0"), "no row matches on either side, so it proves nothing"),
        (Frozen("granules", "status::int > 3"), "22P02: the condition fails on a row"),
        (Frozen("granules", "1 / (id - 5) > 3"), "22012: the condition fails on a row"),
    ],
)
def test_a_condition_that_proves_nothing_is_a_gap(
    databases: Databases, pair: tuple[str, str], frozen: Frozen, words: str
) -> None:
    """One line, and no value of a row in it."""
    said = reason_of(judged(databases, pair, frozen))
    assert words in said
    assert "done" not in said


def test_damage_is_found(databases: Databases, changing: tuple[str, str]) -> None:
    """The error of a bad page, raised by a function here."""
    bad_page = """
        create function bad_page() returns boolean immutable language plpgsql as
            $$ begin raise 'invalid page in block 7' using errcode = 'XX001'; end $$
    """
    for name, body in ((changing[0], "select true"), (changing[1], None)):
        script = bad_page
        if body is not None:
            script = f"create function bad_page() returns boolean stable language sql as '{body}'"
        databases.run(name, script)
    try:
        frozen = Frozen("granules", "bad_page() and id < 9")
        (found,) = judged(databases, changing, frozen).findings
    finally:
        databases.run(changing[0], "drop function bad_page()")
    assert ("frozen", "readable") == (found.check, found.expected)
    assert str(found.actual).startswith("copy: cannot be read: XX001")


def test_a_table_that_only_the_copy_lacks_is_a_gap_of_the_copy(
    databases: Databases, changing: tuple[str, str]
) -> None:
    databases.run(changing[1], "drop table granules")
    assert reason_of(judged(databases, changing, OLD)).endswith("; copy)")


def test_without_t_a_condition_that_names_it_is_a_gap(
    databases: Databases, pair: tuple[str, str]
) -> None:
    assert "time is not known" in reason_of(judged(databases, pair, OLD, None))
    assert () == judged(databases, pair, Frozen("granules", "id < 100"), None).gaps


def test_a_name_in_two_schemas_must_be_said_in_full(
    databases: Databases, changing: tuple[str, str]
) -> None:
    databases.run(changing[1], "create schema b; create table b.granules ()")
    assert "2 tables have this name" in reason_of(judged(databases, changing, OLD))
    assert () == judged(databases, changing, Frozen("public.granules", OLD.where)).gaps


def test_other_columns_are_a_gap(databases: Databases, changing: tuple[str, str]) -> None:
    databases.run(changing[1], "alter table granules add note text")
    assert "its columns differ" in reason_of(judged(databases, changing, OLD))


def test_a_login_without_rights_gets_a_gap(databases: Databases, pair: tuple[str, str]) -> None:
    with (
        databases.snapshot(pair[0], READER) as source,
        databases.snapshot(pair[1], READER) as copy,
    ):
        said = reason_of(judge_frozen(source, copy, OLD, T))
    assert "cannot be read: 42501: permission denied for table granules" in said


def test_the_condition_means_what_it_means_to_the_login(databases: Databases) -> None:
    """The search path that the database sets; names qualified by the table; odd names; comments."""
    script = """
        create schema "odd %s";
        create table "odd %s"."Gra""nules" (id int primary key, "a%" int, note text);
        insert into "odd %s"."Gra""nules" select n, n, 'n' from generate_series(1, 10) n;
        create table "odd %s".limits (most int);
        insert into "odd %s".limits values (5);
        create function "odd %s".is_old(int) returns boolean stable language sql
            as 'select $1 < 9';
    """
    databases.make("pathed", script)
    databases.run("pathed", 'alter database pathed set search_path to "odd %s"')
    frozen = Frozen(
        '"Gra""nules"',
        '"Gra""nules"."a%" <= (select max(most) from limits) and is_old(id) -- :t ends here',
    )
    told = judged(databases, ("pathed", "pathed"), frozen)
    assert () == told.gaps
    assert ['frozen rows of "odd %s"."Gra""nules"'] == list(told.facts)
    assert [5] == list(told.facts.values())


def test_partitions_are_read_together_in_any_order_of_columns(databases: Databases) -> None:
    script = """
        create table events (id int, at date, note text) partition by range (at);
        create table events_old (note text, at date, id int);
        alter table events attach partition events_old
            for values from ('2023-01-01') to ('2024-01-01');
        create table events_new partition of events
            for values from ('2024-01-01') to ('2025-01-01');
        insert into events select n, '2023-12-25'::date + n, 'e' || n from generate_series(1, 9) n;
    """
    databases.make("parts", script)
    frozen = Frozen("events", "id < 100")
    databases.make("copied", template="parts")
    told = judged(databases, ("parts", "copied"), frozen)
    assert {"frozen rows of public.events": 9} == told.facts
    databases.run("copied", "update events_new set note = 'other' where id = 8")
    assert 1 == len(judged(databases, ("parts", "copied"), frozen).findings)


def test_foreign_partitions_are_not_read(databases: Databases) -> None:
    """DESIGN 5: the copy must not reach out."""
    script = """
        create extension file_fdw;
        create server files foreign data wrapper file_fdw;
        create table events (id int) partition by list (id);
        create foreign table far partition of events for values in (1) server files
            options (filename '/nonexistent');
    """
    databases.make("far", script)
    assert "foreign tables" in reason_of(
        judged(databases, ("far", "far"), Frozen("events", "true"))
    )


def test_a_recorded_range_proves_a_copy_without_a_source(
    databases: Databases, changing: tuple[str, str]
) -> None:
    ranges = [OLD, Frozen("granules", "id < 100"), Frozen("elsewhere", "true")]
    with databases.snapshot(changing[0]) as shared:
        known = record_frozen(shared, ranges, T)
        unknown = record_frozen(shared, ranges, None)

    def against(recorded: FrozenContent | FrozenUnread | None, t: datetime = T) -> Judgement:
        assert recorded is not None
        with databases.snapshot(changing[1]) as copy:
            return judge_frozen(recorded, copy, OLD, t)

    assert [OLD.table] * 2 == [one.table for one in known]
    assert () == against(recorded_frozen(known, OLD)).findings
    assert recorded_frozen(known, ranges[2]) is None
    later = against(recorded_frozen(known, OLD), T + timedelta(hours=1))
    assert "was recorded for another time" in reason_of(later)
    assert "not in the baseline: it names :t" in reason_of(against(recorded_frozen(unknown, OLD)))
    assert isinstance(recorded_frozen(unknown, ranges[1]), FrozenContent)

    databases.run(changing[1], "update granules set provider = 1 + provider % 50 where id = 7")
    assert 1 == len(against(recorded_frozen(known, OLD)).findings)
