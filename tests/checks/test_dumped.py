"""What no dump brings is told; everything else is held against the copy."""

from __future__ import annotations

import pytest

from checks.dumped import as_dumped, check_analysed, compare_large_objects, compare_roles
from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server


def finding(check: str, expected: object, actual: object) -> Finding:
    return Finding(check, "old", expected, actual, "Do something.")


@pytest.mark.parametrize(
    "one",
    [
        finding("cluster.replication_slots", "physical slot", None),
        finding("cluster.replication_origins", "origin", None),
        finding("schema.subscriptions.enabled", "true", "false"),
    ],
    ids=lambda one: one.check,
)
def test_what_no_dump_brings_is_a_fact(one: Finding) -> None:
    gap = Gap("schema.roles", "all roles", "hidden")
    judged = as_dumped(Judgement((one,), (gap,), facts={"rows": 1}))
    assert () == judged.findings
    assert (gap,) == judged.gaps
    assert 1 == judged.facts["rows"]
    assert 2 == len(judged.facts)


@pytest.mark.parametrize(
    "one",
    [
        finding("cluster.replication_slots", None, "physical slot"),  # a stranger
        finding("cluster.replication_slots.plugin", "a", "b"),
        finding("schema.subscriptions.enabled", "false", "true"),
        finding("schema.subscriptions", "subscription", None),
        finding("schema.indexes", "index", None),
    ],
    ids=lambda one: f"{one.check} {one.expected}",
)
def test_everything_else_is_held_against_the_copy(one: Finding) -> None:
    assert (one,) == as_dumped(Judgement((one,))).findings


def test_roles_and_large_objects_that_did_not_come_back() -> None:
    """Rows 12 and 17."""
    assert [] == compare_roles({"a", "b"}, ["a", "b", "postgres"])
    assert ["b"] == [one.subject for one in compare_roles({"a", "b"}, ["a"])]
    assert [] == compare_large_objects(5, 5)
    assert [(5, 0)] == [(one.expected, one.actual) for one in compare_large_objects(5, 0)]


def test_a_table_that_was_not_analysed(server: Server) -> None:
    """Row 19: however small; an empty one has nothing to be known of it."""
    with server.connect() as connection:
        connection.execute("alter system set autovacuum = off")
        connection.execute("select pg_reload_conf()")
        connection.execute("create table empty (x int); create table t as select 1 as x")
    with SharedSnapshot(server.connect) as shared:
        (found,) = check_analysed(shared).findings
    assert "1 table not: public.t" == found.actual
    with server.connect() as connection:
        connection.execute("analyze")
    with SharedSnapshot(server.connect) as shared:
        assert Judgement() == check_analysed(shared)
