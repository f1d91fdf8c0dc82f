"""Snapshots of single instances, and what else clusters have by other names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, Rds, client, refused, wait_until

API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
STRANGER = "333333333333"


@pytest.fixture(scope="module")
def photographed(rds: Rds) -> Iterator[str]:
    """A single instance with a snapshot, `photo`."""
    rds.api.create_db_instance(
        DBInstanceIdentifier="photographed",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        CopyTagsToSnapshot=True,
        Tags=[{"Key": "team", "Value": "core"}],
    )
    rds.wait("db_instance_available", DBInstanceIdentifier="photographed")
    rds.api.create_db_snapshot(DBInstanceIdentifier="photographed", DBSnapshotIdentifier="photo")
    rds.wait("db_snapshot_available", DBSnapshotIdentifier="photo")
    yield "photographed"
    rds.api.delete_db_snapshot(DBSnapshotIdentifier="photo")
    rds.api.delete_db_instance(DBInstanceIdentifier="photographed", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="photographed")


@documented(
    "rds",
    "CreateDBSnapshot",
    "A snapshot of an instance is described with its source, and its tags if so said",
    API.format("CreateDBSnapshot"),
)
def test_a_snapshot_of_an_instance(rds: Rds, photographed: str) -> None:
    (photo,) = rds.api.describe_db_snapshots(DBSnapshotIdentifier="photo")["DBSnapshots"]
    assert ("manual", "available") == (photo["SnapshotType"], photo["Status"])
    assert photographed == photo["DBInstanceIdentifier"]
    assert [{"Key": "team", "Value": "core"}] == photo["TagList"]
    refused(
        "DBSnapshotAlreadyExists",
        rds.api.create_db_snapshot,
        DBInstanceIdentifier=photographed,
        DBSnapshotIdentifier="photo",
    )
    refused(
        "DBInstanceNotFound",
        rds.api.create_db_snapshot,
        DBInstanceIdentifier="nobody",
        DBSnapshotIdentifier="unwanted",
    )


@documented(
    "rds",
    "DescribeDBSnapshots",
    "Snapshots are listed by instance and type; backups are automated ones",
    API.format("DescribeDBSnapshots"),
)
def test_snapshots_of_an_instance_are_listed(rds: Rds, photographed: str) -> None:
    found = rds.api.describe_db_snapshots(DBInstanceIdentifier=photographed)["DBSnapshots"]
    assert {"automated", "manual"} == {one["SnapshotType"] for one in found}
    manual = rds.api.describe_db_snapshots(DBInstanceIdentifier=photographed, SnapshotType="manual")
    assert ["photo"] == [one["DBSnapshotIdentifier"] for one in manual["DBSnapshots"]]


@documented(
    "rds",
    "CopyDBSnapshot",
    "A copy says what it is a copy of",
    API.format("CopyDBSnapshot"),
)
@pytest.mark.usefixtures("photographed")
def test_a_snapshot_of_an_instance_is_copied(rds: Rds) -> None:
    rds.api.copy_db_snapshot(
        SourceDBSnapshotIdentifier="photo", TargetDBSnapshotIdentifier="print", CopyTags=True
    )
    rds.wait("db_snapshot_available", DBSnapshotIdentifier="print")
    (copied,) = rds.api.describe_db_snapshots(DBSnapshotIdentifier="print")["DBSnapshots"]
    assert copied["SourceDBSnapshotIdentifier"].endswith(":snapshot:photo")
    assert copied["TagList"]
    rds.api.delete_db_snapshot(DBSnapshotIdentifier="print")


@documented(
    "rds",
    "DeleteDBSnapshot",
    "A snapshot that is none is not found",
    API.format("DeleteDBSnapshot"),
)
def test_a_snapshot_that_is_none(rds: Rds) -> None:
    refused("DBSnapshotNotFound", rds.api.delete_db_snapshot, DBSnapshotIdentifier="nobody")


@documented(
    "rds",
    "ModifyDBSnapshotAttribute",
    "A snapshot is shared with accounts, and by its ARN seen by them",
    API.format("ModifyDBSnapshotAttribute"),
)
@documented(
    "rds",
    "DescribeDBSnapshotAttributes",
    "The accounts that a snapshot is shared with are told",
    API.format("DescribeDBSnapshotAttributes"),
)
@pytest.mark.usefixtures("photographed")
def test_a_snapshot_of_an_instance_is_shared(rds: Rds) -> None:
    lent = client("sts", rds.cloud.endpoint).assume_role(
        RoleArn=f"arn:aws:iam::{STRANGER}:role/drill", RoleSessionName="tests"
    )["Credentials"]
    stranger = client("rds", rds.cloud.endpoint, account=lent)
    (photo,) = rds.api.describe_db_snapshots(DBSnapshotIdentifier="photo")["DBSnapshots"]
    arn = photo["DBSnapshotArn"]
    refused("DBSnapshotNotFound", stranger.describe_db_snapshots, DBSnapshotIdentifier=arn)
    rds.api.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="photo", AttributeName="restore", ValuesToAdd=[STRANGER]
    )
    told = rds.api.describe_db_snapshot_attributes(DBSnapshotIdentifier="photo")
    assert [STRANGER] == told["DBSnapshotAttributesResult"]["DBSnapshotAttributes"][0][
        "AttributeValues"
    ]
    assert 1 == len(stranger.describe_db_snapshots(DBSnapshotIdentifier=arn)["DBSnapshots"])
    shared = stranger.describe_db_snapshots(IncludeShared=True)["DBSnapshots"]
    assert [arn] == [one["DBSnapshotArn"] for one in shared]
    rds.api.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="photo", AttributeName="restore", ValuesToRemove=[STRANGER]
    )


@documented(
    "rds",
    "DescribeDBInstanceAutomatedBackups",
    "An instance's backups are active, restorable between two times, and stay with it",
    API.format("DescribeDBInstanceAutomatedBackups"),
)
@documented(
    "rds",
    "DeleteDBInstanceAutomatedBackup",
    "The backups of an instance that exists cannot be deleted",
    API.format("DeleteDBInstanceAutomatedBackup"),
)
def test_the_backups_of_an_instance(rds: Rds, photographed: str) -> None:
    def backups() -> dict[str, Any]:
        (found,) = rds.api.describe_db_instance_automated_backups(
            DBInstanceIdentifier=photographed
        )["DBInstanceAutomatedBackups"]
        backup: dict[str, Any] = found
        return backup

    wait_until(lambda: "LatestTime" in backups()["RestoreWindow"])
    found = backups()
    assert "active" == found["Status"]
    assert found["RestoreWindow"]["EarliestTime"] <= found["RestoreWindow"]["LatestTime"]
    refused(
        "InvalidDBInstanceAutomatedBackupState",
        rds.api.delete_db_instance_automated_backup,
        DbiResourceId=found["DbiResourceId"],
    )
    refused("InvalidParameterCombination", rds.api.delete_db_instance_automated_backup)


@documented(
    "rds",
    "EnableHttpEndpoint",
    "The data API's endpoint is turned on and off, by the cluster's ARN",
    API.format("EnableHttpEndpoint"),
)
@documented(
    "rds",
    "DisableHttpEndpoint",
    "An ARN of nothing is not found",
    API.format("DisableHttpEndpoint"),
)
def test_the_http_endpoint(rds: Rds, spare: str) -> None:
    arn = rds.describe(spare)["DBClusterArn"]
    rds.api.enable_http_endpoint(ResourceArn=arn)
    assert rds.describe(spare)["HttpEndpointEnabled"]
    rds.api.disable_http_endpoint(ResourceArn=arn)
    assert not rds.describe(spare)["HttpEndpointEnabled"]
    refused("ResourceNotFoundFault", rds.api.disable_http_endpoint, ResourceArn=f"{arn}-of-nobody")


@documented(
    "rds",
    "DescribeEngineDefaultParameters",
    "The defaults of an instance's family are told",
    API.format("DescribeEngineDefaultParameters"),
)
def test_the_defaults_of_instances(rds: Rds) -> None:
    major = rds.cloud.control.cloud().version.partition(".")[0]
    answer = rds.api.describe_engine_default_parameters(DBParameterGroupFamily=f"postgres{major}")
    assert answer["EngineDefaults"]["Parameters"]
    assert ENGINE not in answer["EngineDefaults"]["DBParameterGroupFamily"]
