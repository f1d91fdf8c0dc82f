"""The cloud that lies does lie: each fault is seen here before a drill is asked to notice it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import REGION, Rds, client, next_whole_second, refused, wait_until

Lying = Callable[[str], Rds]


@pytest.fixture
def lying(guardian: Guardian) -> Iterator[Lying]:
    clouds: list[RehearsalCloud] = []

    def start(fault: str) -> Rds:
        cloud = RehearsalCloud.start(
            guardian,
            engine=os.environ.get("DRILL_TEST_ENGINE", "auto"),
            module="tests.sabotage.cloud",
            arguments=[f"--fault={fault}"],
        )
        clouds.append(cloud)
        return Rds(client("rds", cloud.endpoint), cloud)

    yield start
    for cloud in clouds:
        cloud.stop()


def test_a_restore_that_ignores_its_target(lying: Lying) -> None:
    """Available, writable, and with the rows that came after."""
    rds = lying("ignores-target")
    rds.create("source")
    rds.create_instance("source")
    with rds.connect("source") as connection:
        connection.execute("create table marks (mark int)")
        good = next_whole_second(connection)
        connection.execute("insert into marks values (2)")

    rds.restore("source", "copy", good)
    rds.create_instance("copy")
    with rds.connect("copy") as connection:
        assert [(2,)] == connection.execute("table marks").fetchall()


def test_a_restore_command_that_dies_half_way(lying: Lying) -> None:
    """PostgreSQL takes the missing segment for the end of the WAL; the cluster is failed."""
    rds = lying("restore-command-dies")
    rds.create("source")
    rds.create_instance("source")
    with rds.connect("source") as connection:
        connection.execute("create table marks (mark int)")
        good = next_whole_second(connection)

    rds.api.restore_db_cluster_to_point_in_time(
        SourceDBClusterIdentifier="source", DBClusterIdentifier="copy", RestoreToTime=good
    )
    wait_until(lambda: rds.describe("copy")["Status"] == "failed")
    error = rds.cloud.control.cluster(REGION, "copy").error
    assert error is not None
    assert "restore: " in error
    assert 1 == len(error.splitlines())


@pytest.mark.slow
def test_a_restore_of_the_base_backup_alone(lying: Lying) -> None:
    """Available, and without what the WAL would have brought."""
    rds = lying("forgets-wal")
    rds.create("source")
    rds.create_instance("source")
    with rds.connect("source") as connection:
        connection.execute("create table marks (mark int)")
        good = next_whole_second(connection)
        connection.execute("insert into marks values (2)")

    rds.restore("source", "copy", good)
    rds.create_instance("copy")
    with rds.connect("copy") as connection:
        assert (None,) == connection.execute("select to_regclass('marks')").fetchone()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "left"), [("loses-a-row", ([(2,)], True)), ("loses-a-table", ([(1,), (2,)], False))]
)
def test_a_restore_that_loses_something(lying: Lying, fault: str, left: object) -> None:
    """Available, at its target, and not whole."""
    rds = lying(fault)
    rds.create("source")
    rds.create_instance("source")
    with rds.connect("source") as connection:
        connection.execute("create database core")
    with rds.connect("source", dbname="core") as connection:
        connection.execute("create table granules (cumulus_id int); create table rules ()")
        connection.execute("insert into granules values (1), (2)")
        good = next_whole_second(connection)

    rds.restore("source", "copy", good)
    rds.create_instance("copy")
    with rds.connect("copy", dbname="core") as connection:
        rows = connection.execute("table granules order by 1").fetchall()
        there = connection.execute("select to_regclass('rules') is not null").fetchone()
    assert left == (rows, there == (True,))


def test_a_source_without_backups(lying: Lying) -> None:
    rds = lying("no-backups")
    rds.create("source")
    described = rds.describe("source")

    assert 0 == described["BackupRetentionPeriod"]
    assert not {"EarliestRestorableTime", "LatestRestorableTime"} & set(described)
    refused(
        "InvalidParameterValue",
        rds.api.restore_db_cluster_to_point_in_time,
        SourceDBClusterIdentifier="source",
        DBClusterIdentifier="copy",
        UseLatestRestorableTime=True,
    )
