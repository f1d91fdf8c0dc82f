"""``[[expect]]``: the operator's queries hold, fail with one finding, or could not be asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from checks.database import Limits
from checks.expectations import Expectation, judge_expectations, judge_unplaced
from checks.judgement import Judgement
from checks.shared_snapshot import Connect
from fixtures.postgres.server import Server
from fixtures.settings.demands import Expect
from tests.checks.conftest import READER

SECRET = "hunter2-canary"
DATABASE = "expecting"
SCHEMA = f"""
create schema app;
create table app.granules (id int primary key, name text, secret text);
insert into app.granules values (1, 'one', 'password={SECRET}'), (2, 'two', '{SECRET}');
create table app.hidden (id int);
create table public.rules (id int);
create sequence app.numbers;
create function app.raises() returns int language plpgsql as
  $$ begin raise exception 'row: %', (select secret from app.granules where id = 2)
     using errcode = '42P01'; end $$;
create function app.writes() returns int language plpgsql volatile as
  $$ begin insert into app.granules values (3); return 1; end $$;
create domain app.positive as int;
grant usage on schema app to {READER};
grant select on app.granules to {READER};
alter table app.granules enable row level security;
alter database {DATABASE} set search_path = app, public;
"""


@dataclass(frozen=True)
class Asked:
    """An expectation as the check takes it."""

    sql: str
    equals: bool | int | float | str | None = None
    at_least: float | None = None
    at_most: float | None = None
    name: str = "it"
    database: str | None = None


@pytest.fixture(scope="module")
def database(cluster: Server) -> Iterator[str]:
    with cluster.connect() as conn:
        conn.execute(f"create database {DATABASE}")
    with cluster.connect(DATABASE) as conn:
        conn.execute(SCHEMA)
    yield DATABASE
    with cluster.connect() as conn:
        conn.execute(f"drop database {DATABASE} with (force)")


@pytest.fixture
def connect(cluster: Server, database: str) -> Connect:
    return lambda: cluster.connect(database)


def judge(connect: Connect, sql: str, **expected: Any) -> Judgement:
    return judge_expectations(connect, [Asked(sql, **expected)])


def finding(judgement: Judgement) -> tuple[str, object, object]:
    (found,) = judgement.findings
    assert () == judgement.gaps
    assert f"{DATABASE}: it" == found.subject
    return found.check, found.expected, found.actual


def gap(judgement: Judgement) -> str:
    (found,) = judgement.gaps
    assert () == judgement.findings
    assert ("expect", f"{DATABASE}: it") == (found.check, found.subject)
    return found.reason


HOLDING = {
    "a count": ("select count(*) from granules", {"equals": 2}),
    "an integer as a number": ("select 3.0::numeric", {"equals": 3}),
    "a number as an integer": ("select 3", {"equals": 3.0}),
    "a tenth": ("select 0.1::numeric", {"equals": 0.1}),
    "a tenth in binary": ("select 0.1::float8", {"equals": 0.1}),
    "a tenth in less": ("select 0.1::float4", {"equals": 0.1}),
    "a large integer": ("select 9007199254740993", {"equals": 9007199254740993}),
    "a domain": ("select 7::positive", {"equals": 7}),
    "true": ("select count(*) = 2 from granules", {"equals": True}),
    "false": ("select false", {"equals": False}),
    "a text": ("select name from granules where id = 1", {"equals": "one"}),
    "an empty text": ("select ''", {"equals": ""}),
    "a date as a text": ("select date '2026-03-01'", {"equals": "2026-03-01"}),
    "a time in UTC": (
        "select timestamptz '2026-03-01 12:00+02'",
        {"equals": "2026-03-01 10:00:00+00"},
    ),
    "a date without end": ("select date 'infinity'", {"equals": "infinity"}),
    "a bound": ("select count(*) from granules", {"at_least": 2}),
    "two bounds": ("select 1.5", {"at_least": 1.5, "at_most": 1.5}),
    "no end": ("select 'Infinity'::float8", {"at_least": 1e300}),
    "a semicolon and a comment": ("select 2; -- two", {"equals": 2}),
    "a percent sign": ("select count(*) from granules where name like '%o%'", {"equals": 2}),
    "with": ("with g as (select 1) select count(*) from g", {"equals": 1}),
    "another schema of the path": ("select count(*) from rules", {"equals": 0}),
}


@pytest.mark.parametrize(("sql", "expected"), HOLDING.values(), ids=list(HOLDING))
def test_an_expectation_that_holds_is_silent(
    connect: Connect, sql: str, expected: dict[str, Any]
) -> None:
    """Compared by value, names found by the database's own search path (R68)."""
    judgement = judge(connect, sql, **expected)
    assert ((), ()) == (judgement.findings, judgement.gaps)
    assert {f"{DATABASE}: expectations": 1} == judgement.facts


# query, what is expected: check, expected side, actual side
FAILING = {
    "a greater count": (
        ("select count(*) from granules", {"equals": 0}),
        ("expect.value", 0, "a greater number"),
    ),
    "a smaller count": (
        ("select count(*) from granules", {"at_least": 1000}),
        ("expect.value", "at least 1,000", "a smaller number"),
    ),
    "beyond the bounds": (
        ("select 9.5", {"at_least": 1, "at_most": 9.25}),
        ("expect.value", "at least 1, at most 9.25", "a greater number"),
    ),
    "a hair's breadth": (
        ("select 0.1000000000000000000001::numeric", {"equals": 0.1}),
        ("expect.value", 0.1, "a greater number"),
    ),
    "no number at all": (
        ("select 'NaN'::float8", {"at_least": 0}),
        ("expect.value", "at least 0", "NaN"),
    ),
    "another text": (
        ("select secret from granules where id = 2", {"equals": "x"}),
        ("expect.value", "x", "another value"),
    ),
    "another truth": (
        ("select false", {"equals": True}),
        ("expect.value", True, "another value"),
    ),
    "a number for a truth": (("select 1", {"equals": True}), ("expect.value", True, "no boolean")),
    "a truth for a number": (("select true", {"equals": 1}), ("expect.value", 1, "no number")),
    "a text for a number": (
        ("select secret from granules where id = 2", {"at_most": 1}),
        ("expect.value", "at most 1", "no number"),
    ),
    "a number for a text": (("select 3", {"equals": "3"}), ("expect.value", "3", "no text")),
    "NULL": (("select null::int", {"equals": 0}), ("expect.value", 0, "NULL")),
    "NULL for a text": (("select null", {"equals": ""}), ("expect.value", "", "NULL")),
    "no row": (
        ("select id from granules where id = 9", {"equals": 9}),
        ("expect.shape", "one row with one column", "no row"),
    ),
    "two rows": (
        ("select secret from granules", {"equals": "x"}),
        ("expect.shape", "one row with one column", "two rows or more"),
    ),
    "very many rows": (
        ("select generate_series(1, 1000000000)", {"equals": 1}),
        ("expect.shape", "one row with one column", "two rows or more"),
    ),
    "two columns": (
        ("select id, secret from granules where id = 2", {"equals": 2}),
        ("expect.shape", "one row with one column", "2 columns"),
    ),
    "no column": (
        ("select from granules where id = 2", {"equals": 2}),
        ("expect.shape", "one row with one column", "0 columns"),
    ),
}


@pytest.mark.parametrize(("asked", "expected"), FAILING.values(), ids=list(FAILING))
def test_an_expectation_that_fails_says_how_and_never_the_value(
    connect: Connect, asked: tuple[str, dict[str, Any]], expected: tuple[str, object, object]
) -> None:
    sql, wanted = asked
    judgement = judge(connect, sql, **wanted)
    assert expected == finding(judgement)
    assert SECRET not in str(judgement)


# query: what the finding says that the query fails with
REFUSED = {
    "select count(*) from granule": '42P01: relation "granule" does not exist',
    "select nam from granules": '42703: column "nam" does not exist',
    "select frobnicate(1)": "42883: function frobnicate(integer) does not exist",
    "selct 1": '42601: syntax error at or near "selct"',
    "": "42601: syntax error at end of input",
    "select 1; select 2": "42601: cannot insert multiple commands into a prepared statement",
    "select 1; rollback; delete from app.granules": (
        "42601: cannot insert multiple commands into a prepared statement"
    ),
    "delete from granules": '42601: syntax error at or near "delete"',
    "create temp table t (id int)": '42601: syntax error at or near "create"',
    "commit": '42601: syntax error at or near "commit"',
    "with gone as (delete from granules returning 1) select count(*) from gone": (
        "0A000: DECLARE CURSOR must not contain data-modifying statements in WITH"
    ),
    # Whatever comes out of a function may have been raised there, with anything in it.
    "select app.writes()": (
        "25006 (ReadOnlySqlTransaction); its message may quote a row and is not shown"
    ),
    "select nextval('numbers')": "25006: cannot execute nextval() in a read-only transaction",
    "select set_config('transaction_read_only', 'off', true)": (
        "25001: transaction read-write mode must be set before any query"
    ),
    "select secret::int from granules where id = 2": (
        "22P02 (InvalidTextRepresentation); its message may quote a row and is not shown"
    ),
    "select 1 / 0": "22012 (DivisionByZero); its message may quote a row and is not shown",
    "select app.raises()": ("42P01 (UndefinedTable); its message may quote a row and is not shown"),
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_the_server_refuses_is_one_clear_finding(connect: Connect, sql: str) -> None:
    judgement = judge(connect, sql, equals=1)
    assert ("expect.query", "an answer", f"the query fails: {REFUSED[sql]}") == finding(judgement)
    assert SECRET not in str(judgement)
    with connect() as conn:
        (count,) = conn.execute("select count(*) from app.granules").fetchone() or (None,)
    assert 2 == count


def test_what_a_right_hides_is_a_gap(cluster: Server, database: str) -> None:
    """By a table, and by row security, which must never shorten a count in silence."""

    def reader() -> psycopg.Connection[Any]:
        return cluster.connect(database, READER)

    hidden = gap(judge(reader, "select count(*) from hidden", equals=0))
    assert hidden.startswith("42501: permission denied for table hidden; ")
    rows = gap(judge(reader, "select count(*) from granules", equals=2))
    assert rows.startswith("42501: query would be affected by row-level security policy")


def test_a_copy_that_cannot_read_its_own_data_is_a_finding(
    cluster: Server, connect: Connect
) -> None:
    with connect() as conn:
        conn.execute("create table app.damaged as select 1 as id")
        conn.execute("checkpoint")
        (path,) = conn.execute("select pg_relation_filepath('app.damaged')").fetchone() or ("",)
    (cluster.data / str(path)).unlink()
    judgement = judge(connect, "select count(*) from damaged", equals=1)
    check, _, actual = finding(judgement)
    assert "expect.query" == check
    assert str(actual).startswith("the query fails: 58P01: could not open file")
    assert judgement.findings[0].remedy.startswith("Restore again, from another backup")


def test_a_query_without_end_is_a_gap(connect: Connect) -> None:
    limits = Limits(statement=timedelta(milliseconds=50))
    asked = [Asked("select pg_sleep(60)::text", equals=""), Asked("select 1", equals=1)]
    judgement = judge_expectations(connect, asked, limits)
    assert gap(judgement).startswith("57014: canceling statement due to statement timeout; ")


def test_a_lock_held_in_the_copy_is_a_gap(connect: Connect) -> None:
    limits = Limits(lock=timedelta(milliseconds=50))
    with connect() as holder, holder.transaction():
        holder.execute("lock table app.granules in access exclusive mode")
        asked = [Asked("select count(*) from granules", equals=2)]
        judgement = judge_expectations(connect, asked, limits)
    assert gap(judgement).startswith("55P03: canceling statement due to lock timeout; ")


def test_a_lost_connection_costs_one_answer_and_never_counts_as_one(connect: Connect) -> None:
    """A session that ends in the middle of a query; the next one is asked on a new session."""
    killing = "select pg_terminate_backend(pg_backend_pid())"
    asked = [Asked(killing, equals=True), Asked("select 1", equals=1), Asked("select 2", equals=1)]
    judgement = judge_expectations(connect, asked)
    (lost,) = judgement.gaps
    assert "the connection was lost" in lost.reason
    assert ["a greater number"] == [found.actual for found in judgement.findings]


def test_a_connection_that_was_lost_before_a_question_costs_none(
    cluster: Server, connect: Connect
) -> None:
    """An idle session that a firewall or an administrator ended."""
    opened: list[psycopg.Connection[Any]] = []

    def ended_at_first() -> psycopg.Connection[Any]:
        opened.append(connect())
        if not opened[1:]:
            with cluster.connect() as admin:
                admin.execute("select pg_terminate_backend(%s, 5000)", [opened[0].info.backend_pid])
        return opened[-1]

    judgement = judge(ended_at_first, "select 1", equals=1)
    assert ((), (), 2) == (judgement.findings, judgement.gaps, len(opened))


def test_a_copy_that_admits_nobody_leaves_every_expectation_open(cluster: Server) -> None:
    def refused() -> psycopg.Connection[Any]:
        return cluster.connect("no such database")

    asked = [Asked("select 1", equals=1, name=name) for name in ("a", "b")]
    judgement = judge_expectations(refused, asked)
    assert ((), ["a", "b"]) == (judgement.findings, [one.subject for one in judgement.gaps])
    assert "cannot connect" in judgement.gaps[0].reason


def test_each_database_is_asked_what_is_meant_for_it(connect: Connect) -> None:
    asked = [
        Asked("select 0", equals=1, name="here", database=DATABASE),
        Asked("select 0", equals=1, name="everywhere"),
        Asked("select 0", equals=1, name="elsewhere", database="other"),
    ]
    judgement = judge_expectations(connect, asked)
    expected = [f"{DATABASE}: here", f"{DATABASE}: everywhere"]
    assert expected == [found.subject for found in judgement.findings]
    (unplaced,) = judge_unplaced(asked, [DATABASE]).gaps
    assert "other: elsewhere" == unplaced.subject
    assert Judgement() == judge_unplaced(asked, [DATABASE, "other"])


def test_a_login_that_pins_its_session_is_still_asked_by_its_own_path(
    cluster: Server, database: str
) -> None:
    """What the roles' and databases' settings say, whatever a connection was set to since."""

    def pinned() -> psycopg.Connection[Any]:
        conn = cluster.connect(database)
        conn.execute("set search_path = ''")
        return conn

    assert () == judge(pinned, "select count(*) from granules", equals=2).findings


def test_the_settings_own_tables_are_expectations(connect: Connect) -> None:
    asked: Expectation = Expect(name="it", sql="select count(*) from granules", at_most=1)
    judgement = judge_expectations(connect, [asked])
    assert ("expect.value", "at most 1", "a greater number") == finding(judgement)
