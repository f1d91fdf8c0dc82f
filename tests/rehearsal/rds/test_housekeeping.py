"""What the cloud does of its own accord: backups taken and pruned, dead servers restarted."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.control import ClusterFacts
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import REGION, Rds, client, next_whole_second, refused, wait_until

GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/{}.html"
DAY = 3.0
"""Seconds a day of retention lasts in this module's cloud."""


@pytest.fixture(scope="module")
def hasty(guardian: Guardian, engine: str) -> Iterator[Rds]:
    """A cloud in which a day of retention passes in seconds, and a cluster that keeps two."""
    with RehearsalCloud.start(
        guardian, engine=engine, arguments=[f"--retention-day={DAY:g}"]
    ) as cloud:
        rds = Rds(client("rds", cloud.endpoint), cloud)
        rds.create("hasty", BackupRetentionPeriod=2)
        rds.create_instance("hasty")
        with rds.connect("hasty") as connection:
            connection.execute("create table marks (mark timestamptz)")
        yield rds


def facts(rds: Rds, name: str) -> ClusterFacts:
    return rds.cloud.control.cluster(REGION, name)


def write_wal(rds: Rds, name: str) -> None:
    """A row, and its segment in the archive."""
    with rds.connect(name) as connection:
        connection.execute("insert into marks values (clock_timestamp())")
    switch_wal(facts(rds, name))


def switch_wal(of: ClusterFacts) -> None:
    """Archive the segment under way: an operator of the server may, the master user may not."""
    with psycopg.connect(
        host=str(of.socket_dir),
        port=of.socket_port,
        user=of.superuser,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        connection.execute("select pg_current_xact_id()")
        connection.execute("select pg_switch_wal()")


@documented(
    "rds",
    "DescribeDBClusters",
    "Backups older than the retention go, and the earliest restorable time moves on",
    GUIDE.format("Aurora.Managing.Backups"),
)
def test_backups_are_taken_again_and_pruned_to_the_retention(hasty: Rds) -> None:
    """R1, R2. What is left restores to any time of the window, its first moment too."""
    first = facts(hasty, "hasty").backups[0]
    oldest = hasty.describe("hasty")["EarliestRestorableTime"]

    def pruned() -> bool:
        write_wal(hasty, "hasty")
        return first not in facts(hasty, "hasty").backups

    wait_until(pruned, seconds=60)
    now = facts(hasty, "hasty")
    wait_until(lambda: not first.folder.exists())
    segments = sorted(path.name for path in now.archive.iterdir() if len(path.name) == 24)
    assert len(now.backups) <= 6
    # Nothing before the oldest base backup is kept.
    assert segments[0][8:] >= _segment(now.backups[0].started)

    earliest = hasty.describe("hasty")["EarliestRestorableTime"]
    assert oldest < earliest
    refused(
        "InvalidParameterValue",
        hasty.api.restore_db_cluster_to_point_in_time,
        SourceDBClusterIdentifier="hasty",
        DBClusterIdentifier="unwanted",
        RestoreToTime=earliest - timedelta(seconds=DAY),
    )
    # A moment that the window will still have in a second.
    moment = hasty.describe("hasty")["EarliestRestorableTime"] + timedelta(seconds=2)
    hasty.restore("hasty", "hasty-copy", moment)
    hasty.create_instance("hasty-copy")
    with hasty.connect("hasty") as source, hasty.connect("hasty-copy") as copy:
        query = "select count(*) from marks where mark <= %s"
        expected = source.execute(query, [moment]).fetchone()
        assert expected == copy.execute("select count(*) from marks").fetchone()
    hasty.delete("hasty-copy")


def _segment(position: str) -> str:
    """Last sixteen digits of the name of the segment that a WAL position is in."""
    high, low = (int(part, 16) for part in position.split("/"))
    return f"{high:08X}{low >> 24:08X}"


@documented(
    "rds",
    "DeleteDBCluster",
    "Retained backups go when their retention is over",
    GUIDE.format("Aurora.Managing.Backups.Retaining"),
)
def test_retained_backups_expire(hasty: Rds) -> None:
    hasty.create("brief", BackupRetentionPeriod=1)
    resource = hasty.describe("brief")["DbClusterResourceId"]
    folder = facts(hasty, "brief").archive.parent
    hasty.api.delete_db_cluster(
        DBClusterIdentifier="brief", SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )
    hasty.wait("db_cluster_deleted", DBClusterIdentifier="brief")
    wait_until(lambda: not folder.exists(), seconds=30)
    refused(
        "DBClusterAutomatedBackupNotFoundFault",
        hasty.api.describe_db_cluster_automated_backups,
        DbClusterResourceId=resource,
    )


def test_a_base_backup_is_taken_as_the_wal_grows(rds: Rds) -> None:
    """Disk is bounded: replay, and with it the archive that a restore needs, stays short."""
    rds.create("grown")
    rds.create_instance("grown")
    with rds.connect("grown") as connection:
        connection.execute("create table marks (mark int)")
    try:
        assert 1 == len(facts(rds, "grown").backups)
        for _ in range(17):
            switch_wal(facts(rds, "grown"))
        wait_until(lambda: len(facts(rds, "grown").backups) == 2, seconds=60)
        # An idle cluster needs no more of them.
        with rds.connect("grown") as connection:
            moment = next_whole_second(connection)
        assert 2 == len(facts(rds, "grown").backups)
        assert moment < datetime.now(UTC)
    finally:
        rds.delete("grown")


@documented(
    "rds",
    "DescribeEvents",
    "A server that died is started again, and an event says so",
    GUIDE.format("USER_Events.Messages"),
)
def test_a_server_that_died_is_started_again(rds: Rds) -> None:
    rds.create("mortal")
    rds.create_instance("mortal")
    try:
        with rds.connect("mortal") as connection:
            connection.execute("create table marks as select 1 as mark")
        postmaster = (facts(rds, "mortal").data / "postmaster.pid").read_text().split()[0]
        os.kill(int(postmaster), signal.SIGKILL)

        def restarted() -> bool:
            return "Recovery of the DB cluster is complete." in messages(rds, "mortal")

        wait_until(restarted, seconds=30)
        with rds.connect("mortal") as connection:
            assert (1,) == connection.execute("table marks").fetchone()
        assert "available" == rds.describe("mortal")["Status"]
    finally:
        rds.delete("mortal")


def messages(rds: Rds, cluster: str, **request: Any) -> list[str]:
    """The events of a cluster, oldest first."""
    answer = rds.api.describe_events(SourceIdentifier=cluster, SourceType="db-cluster", **request)
    return [event["Message"] for event in answer["Events"]]


@documented(
    "rds",
    "DescribeEvents",
    "Events are told by source, category and time",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEvents.html",
)
def test_events_are_told(rds: Rds) -> None:
    rds.create("eventful")
    assert ["DB cluster created."] == messages(rds, "eventful")
    rds.api.modify_db_cluster(DBClusterIdentifier="eventful", MasterUserPassword="another-password")
    rds.wait("db_cluster_available", DBClusterIdentifier="eventful")
    wait_until(lambda: len(messages(rds, "eventful")) == 2)
    assert ["Reset master credentials."] == messages(
        rds, "eventful", EventCategories=["configuration change"]
    )
    past = datetime.now(UTC) - timedelta(hours=2)
    assert [] == messages(rds, "eventful", StartTime=past, EndTime=past + timedelta(hours=1))
    rds.delete("eventful")
    assert "DB cluster deleted." == messages(rds, "eventful")[-1]


@documented(
    "rds",
    "DescribeEvents",
    "A source needs its type, and a duration has fourteen days at most",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEvents.html",
)
@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"SourceIdentifier": "source"}, "InvalidParameterCombination"),
        ({"SourceType": "db-planet"}, "InvalidParameterValue"),
        ({"Duration": 20161}, "InvalidParameterValue"),
        ({"Duration": 0}, "InvalidParameterValue"),
        ({"EndTime": datetime(2026, 1, 1, tzinfo=UTC)}, "InvalidParameterCombination"),
        (
            {
                "StartTime": datetime(2026, 1, 2, tzinfo=UTC),
                "EndTime": datetime(2026, 1, 1, tzinfo=UTC),
            },
            "InvalidParameterCombination",
        ),
    ],
)
def test_events_that_cannot_be_asked_for(rds: Rds, request_: dict[str, Any], code: str) -> None:
    refused(code, rds.api.describe_events, **request_)


@documented(
    "rds",
    "DescribeEventCategories",
    "Every source type has its categories",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEventCategories.html",
)
def test_event_categories(rds: Rds) -> None:
    answer = rds.api.describe_event_categories(SourceType="db-cluster")
    (only,) = answer["EventCategoriesMapList"]
    assert "failover" in only["EventCategories"]
    refused("InvalidParameterValue", rds.api.describe_event_categories, SourceType="db-planet")


@documented(
    "rds",
    "DownloadDBLogFilePortion",
    "The server's log is read in portions, from a marker on",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DownloadDBLogFilePortion.html",
)
@pytest.mark.usefixtures("source")
def test_the_servers_log_is_read_in_portions(rds: Rds) -> None:
    of = {"DBInstanceIdentifier": "source-1"}
    (file,) = rds.api.describe_db_log_files(**of)["DescribeDBLogFiles"]
    assert file["Size"] > 0
    name = {**of, "LogFileName": file["LogFileName"]}
    last = rds.api.download_db_log_file_portion(**name, NumberOfLines=2)
    assert 2 == len(last["LogFileData"].splitlines())
    whole = rds.api.download_db_log_file_portion(**name, Marker="0")
    assert "database system is ready to accept connections" in whole["LogFileData"]
    assert not whole["AdditionalDataPending"]
    rest = rds.api.download_db_log_file_portion(**name, Marker=whole["Marker"])
    assert "database system is ready" not in rest.get("LogFileData", "")


@documented(
    "rds",
    "DownloadDBLogFilePortion",
    "A file that is none is not found",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DownloadDBLogFilePortion.html",
)
@pytest.mark.usefixtures("source")
def test_a_log_file_that_is_none(rds: Rds) -> None:
    portion = rds.api.download_db_log_file_portion
    of = {"DBInstanceIdentifier": "source-1"}
    refused("DBLogFileNotFoundFault", portion, **of, LogFileName="../data/pg_hba.conf")
    refused("DBInstanceNotFound", portion, DBInstanceIdentifier="nobody", LogFileName="error/x.log")
    refused(
        "InvalidParameterValue",
        portion,
        **of,
        LogFileName="error/postgresql.log",
        Marker="-1",
    )
