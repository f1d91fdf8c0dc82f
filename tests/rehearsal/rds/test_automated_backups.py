"""Automated backups as resources: described, and kept after their cluster is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import Rds, next_whole_second, refused

NewName = Callable[[], str]
API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
RETAINING = (
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
    "Aurora.Managing.Backups.Retaining.html"
)


@documented(
    "rds",
    "DescribeDBClusterAutomatedBackups",
    "A cluster's backups are active, and restorable between two times",
    API.format("DBClusterAutomatedBackup"),
)
def test_the_window_of_a_cluster(rds: Rds, source: Source) -> None:
    """R1, R2."""
    cluster = rds.describe(source.name)
    (backup,) = rds.api.describe_db_cluster_automated_backups(DBClusterIdentifier=source.name)[
        "DBClusterAutomatedBackups"
    ]
    assert "active" == backup["Status"]
    assert 7 == backup["BackupRetentionPeriod"]
    assert cluster["DbClusterResourceId"] == backup["DbClusterResourceId"]
    assert cluster["EarliestRestorableTime"] == backup["RestoreWindow"]["EarliestTime"]
    assert cluster["LatestRestorableTime"] <= backup["RestoreWindow"]["LatestTime"]


@pytest.fixture(scope="module")
def deleted(rds: Rds) -> Source:
    """A cluster with row 1 at `good` and row 2 later; it is gone and its backups are kept."""
    rds.create("retained", BackupRetentionPeriod=7)
    rds.create_instance("retained")
    with rds.connect("retained") as connection:
        connection.execute("create table marks (mark int)")
        connection.execute("insert into marks values (1)")
        good = next_whole_second(connection)
        connection.execute("insert into marks values (2)")
    resource = rds.describe("retained")["DbClusterResourceId"]
    rds.api.delete_db_instance(DBInstanceIdentifier="retained-1", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="retained-1")
    rds.api.delete_db_cluster(
        DBClusterIdentifier="retained", SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )
    rds.wait("db_cluster_deleted", DBClusterIdentifier="retained")
    return Source(resource, good)


@documented(
    "rds",
    "DeleteDBCluster",
    "With DeleteAutomatedBackups false the backups are retained without the cluster",
    RETAINING,
)
def test_backups_outlive_their_cluster(rds: Rds, deleted: Source) -> None:
    assert "retained" not in rds.names()
    (backup,) = rds.api.describe_db_cluster_automated_backups(DbClusterResourceId=deleted.name)[
        "DBClusterAutomatedBackups"
    ]
    assert "retained" == backup["Status"]
    assert backup["RestoreWindow"]["EarliestTime"] <= deleted.good
    assert deleted.good <= backup["RestoreWindow"]["LatestTime"]
    snapshots = rds.api.describe_db_cluster_snapshots(DbClusterResourceId=deleted.name)
    assert ["automated"] == [one["SnapshotType"] for one in snapshots["DBClusterSnapshots"]]


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "A deleted cluster is restored by its resource id, to any time before its end",
    RETAINING,
)
@pytest.mark.parametrize(("latest", "expected"), [(False, [1]), (True, [1, 2])])
def test_a_deleted_cluster_is_restored_by_its_resource_id(
    rds: Rds, deleted: Source, new_name: NewName, latest: bool, expected: list[int]
) -> None:
    """R61."""
    name = new_name()
    rds.api.restore_db_cluster_to_point_in_time(
        SourceDbClusterResourceId=deleted.name,
        DBClusterIdentifier=name,
        **({"UseLatestRestorableTime": True} if latest else {"RestoreToTime": deleted.good}),
    )
    rds.wait_for_cluster(name)
    rds.create_instance(name)
    with rds.connect(name) as connection:
        found = [mark for (mark,) in connection.execute("select mark from marks order by 1")]
    assert expected == found


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "A deleted cluster cannot be restored to a time after its end",
    RETAINING,
)
def test_the_window_ends_with_the_cluster(rds: Rds, deleted: Source) -> None:
    (backup,) = rds.api.describe_db_cluster_automated_backups(DbClusterResourceId=deleted.name)[
        "DBClusterAutomatedBackups"
    ]
    message = refused(
        "InvalidParameterValue",
        rds.api.restore_db_cluster_to_point_in_time,
        SourceDbClusterResourceId=deleted.name,
        DBClusterIdentifier="unwanted",
        RestoreToTime=backup["RestoreWindow"]["LatestTime"] + timedelta(seconds=2),
    )
    assert "later than" in message


@documented(
    "rds",
    "DeleteDBClusterAutomatedBackup",
    "The backups of a cluster that exists cannot be deleted",
    API.format("DeleteDBClusterAutomatedBackup"),
)
def test_the_backups_of_a_living_cluster_stay(rds: Rds, source: Source) -> None:
    refused(
        "InvalidDBClusterAutomatedBackupStateFault",
        rds.api.delete_db_cluster_automated_backup,
        DbClusterResourceId=rds.describe(source.name)["DbClusterResourceId"],
    )
    refused(
        "DBClusterAutomatedBackupNotFoundFault",
        rds.api.delete_db_cluster_automated_backup,
        DbClusterResourceId="cluster-NOBODY",
    )


@documented(
    "rds",
    "DeleteDBClusterAutomatedBackup",
    "Retained backups are gone when they are deleted, and nothing can be restored from them",
    API.format("DeleteDBClusterAutomatedBackup"),
)
def test_retained_backups_can_be_deleted(rds: Rds, new_name: NewName) -> None:
    name = new_name()
    rds.create(name)
    resource = rds.describe(name)["DbClusterResourceId"]
    rds.api.delete_db_cluster(
        DBClusterIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )
    rds.wait("db_cluster_deleted", DBClusterIdentifier=name)

    rds.api.delete_db_cluster_automated_backup(DbClusterResourceId=resource)
    refused(
        "DBClusterAutomatedBackupNotFoundFault",
        rds.api.restore_db_cluster_to_point_in_time,
        SourceDbClusterResourceId=resource,
        DBClusterIdentifier="unwanted",
        UseLatestRestorableTime=True,
    )


@documented(
    "rds",
    "DeleteDBCluster",
    "Automated backups go with their cluster unless they are to be kept",
    API.format("DeleteDBCluster"),
)
def test_backups_go_with_their_cluster(rds: Rds, new_name: NewName) -> None:
    name = new_name()
    rds.create(name)
    resource = rds.describe(name)["DbClusterResourceId"]
    folder = rds.cloud.control.cluster("us-east-1", name).archive.parent
    assert folder.exists()
    rds.delete(name)

    assert not folder.exists()
    refused(
        "DBClusterAutomatedBackupNotFoundFault",
        rds.api.describe_db_cluster_automated_backups,
        DbClusterResourceId=resource,
    )
