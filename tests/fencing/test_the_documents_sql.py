"""The founding document's way to remove access, as it is printed, and ours, on a real server.

    alter database my_database connection limit 0;
    select pg_terminate_backend(pg_stat_activity.pid) from pg_stat_activity
     where pg_stat_activity.datname = 'database';

Each mistake that stands in it, or that it lets one make, is seen to go wrong with its own words,
and not to with ours.
"""

from __future__ import annotations

import psycopg
import pytest

from fixtures.postgres.errors import ChooseDatabases, KeepAWayIn
from fixtures.postgres.fence import raise_fence
from tests.fencing.fix_cluster import APP, CORE, MASTER, TENANT, Cluster, Connection, is_alive

LIMIT = "alter database {} connection limit 0"
TERMINATE = (
    "select pg_terminate_backend(pg_stat_activity.pid) from pg_stat_activity "
    "where pg_stat_activity.datname = '{}'"
)


def as_printed(door: Connection) -> list[tuple[bool]]:
    """Both statements, letter for letter; what the second one answers."""
    door.execute(LIMIT.format("my_database"))
    return door.execute(TERMINATE.format("database")).fetchall()


def test_printed_as_it_is_it_ends_no_session(cluster: Cluster) -> None:
    """R14: it limits `my_database` and terminates the sessions of `database`."""
    cluster.admin.execute(f"create database my_database owner {MASTER}")
    try:
        victim = cluster.app("my_database")

        assert [] == as_printed(cluster.master("postgres"))

        assert is_alive(victim)
        victim.execute("create temporary table written (id int)")
        found = cluster.findings("my_database", every_database=False)
        assert found == ["fence.session R15"]

        fence = raise_fence(cluster.master, ["my_database"])
        assert 1 == len(fence.terminated)
        assert not is_alive(victim)
        assert cluster.findings("my_database", every_database=False) == []
    finally:
        cluster.admin.execute("drop database my_database (force)")


def test_a_name_that_is_not_there_is_an_error_of_the_first_statement_alone(
    cluster: Cluster,
) -> None:
    """R14: a wrong name in the second one is no error, and ends nobody; ours is refused."""
    door = cluster.master("postgres")
    with pytest.raises(psycopg.errors.InvalidCatalogName):
        as_printed(door)
    assert [] == door.execute(TERMINATE.format("database")).fetchall()
    before = cluster.limits()
    with pytest.raises(ChooseDatabases, match="no database 'database'"):
        raise_fence(cluster.master, [CORE, "database"])
    assert before == cluster.limits()


def test_with_the_statements_the_other_way_round_clients_are_back(cluster: Cluster) -> None:
    """R15: whoever lost its connection makes a new one before the limit is there."""
    door, victim = cluster.master("postgres"), cluster.app(CORE)
    assert [(True,)] == door.execute(TERMINATE.format(CORE)).fetchall()
    while is_alive(victim):
        pass  # ending is asynchronous; each look is a round trip
    back = cluster.app(CORE)
    door.execute(LIMIT.format(CORE))
    assert is_alive(back)
    assert cluster.findings(CORE, every_database=False) == ["fence.session R15"]

    fence = raise_fence(cluster.master, [CORE])

    assert [APP] == [one.user for one in fence.terminated]
    assert not is_alive(back)
    with pytest.raises(psycopg.OperationalError, match="too many connections for database"):
        cluster.app(CORE)


def test_who_runs_it_in_the_database_itself_is_locked_out(cluster: Cluster) -> None:
    """R19, R20: the document's warning. The limit holds for the owner, and the session ends."""
    own = cluster.master(CORE)
    own.execute(LIMIT.format(CORE))
    with pytest.raises(psycopg.OperationalError):
        own.execute(TERMINATE.format(CORE))
    assert not is_alive(own)
    with pytest.raises(psycopg.OperationalError, match="too many connections for database"):
        cluster.master(CORE)

    with pytest.raises(KeepAWayIn, match="name another maintenance database"):
        raise_fence(cluster.master, [CORE], maintenance=CORE)
    raise_fence(cluster.master, [CORE])
    assert is_alive(cluster.master("postgres"))
    assert "fence.door R19" not in cluster.findings(CORE, every_database=False)


def test_one_superuser_s_session_stops_the_statement_before_the_others(cluster: Cluster) -> None:
    """R17: rdsadmin is always connected, and its session is no owner's to end."""
    cluster.as_user("rdsadmin")(CORE)
    victims = [cluster.app(CORE) for _ in range(3)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        cluster.master("postgres").execute(TERMINATE.format(CORE) + " order by backend_start")
    assert [True] * 3 == [is_alive(one) for one in victims]

    fence = raise_fence(cluster.master, [CORE])

    assert [False] * 3 == [is_alive(one) for one in victims]
    assert ["rdsadmin"] == [one.session.user for one in fence.survivors]


def test_a_second_database_is_forgotten(cluster: Cluster) -> None:
    """R59: it names one; the application's other one goes on."""
    tenant = cluster.app(TENANT)
    door = cluster.master("postgres")
    door.execute(LIMIT.format(CORE))
    door.execute(TERMINATE.format(CORE))
    assert is_alive(tenant)
    assert "fence.limit R59" in cluster.findings(CORE)

    raise_fence(cluster.master, [CORE, TENANT])
    assert not is_alive(tenant)
    assert cluster.findings() == []
