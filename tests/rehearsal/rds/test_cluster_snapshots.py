"""Snapshots of clusters: real files, which outlive their source, and what AWS resets on restore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import DATABASE, ENGINE, Rds, client, refused, wait_until

NewName = Callable[[], str]
API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/{}.html"
OTHER_ACCOUNT = "222222222222"


def marks(rds: Rds, cluster: str) -> list[int]:
    with rds.connect(cluster) as connection:
        return [mark for (mark,) in connection.execute("select mark from marks order by 1")]


def describe(rds: Rds, name: str) -> dict[str, Any]:
    found = rds.api.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)
    snapshot: dict[str, Any] = found["DBClusterSnapshots"][0]
    return snapshot


def wait_for(rds: Rds, name: str) -> None:
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier=name)


def restore(rds: Rds, snapshot: str, name: str, **also: Any) -> None:
    rds.api.restore_db_cluster_from_snapshot(
        DBClusterIdentifier=name, SnapshotIdentifier=snapshot, Engine=ENGINE, **also
    )
    rds.wait_for_cluster(name)


@pytest.fixture(scope="module")
def snapshot(rds: Rds, furnished: str) -> Iterator[str]:
    """A snapshot of the furnished cluster with a row in it; a row was added afterwards."""
    with rds.connect(furnished) as connection:
        connection.execute("create table if not exists marks (mark int)")
        connection.execute("insert into marks values (1)")
    rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier=furnished,
        DBClusterSnapshotIdentifier="before-the-change",
        Tags=[{"Key": "why", "Value": "tests"}],
    )
    wait_for(rds, "before-the-change")
    with rds.connect(furnished) as connection:
        connection.execute("insert into marks values (2)")
    yield "before-the-change"
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="before-the-change")


@pytest.fixture(scope="module")
def furnished(rds: Rds) -> Iterator[str]:
    """A cluster of which a restore from its snapshot resets much."""
    ec2 = client("ec2", rds.cloud.endpoint)
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]
    group = ec2.create_security_group(GroupName="snap", Description="-", VpcId=vpc["VpcId"])
    family = f"{ENGINE}{rds.cloud.control.cloud().version.partition('.')[0]}"
    rds.api.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="snapped", DBParameterGroupFamily=family, Description="-"
    )
    rds.create(
        "snapped",
        BackupRetentionPeriod=9,
        CopyTagsToSnapshot=True,
        DBClusterParameterGroupName="snapped",
        DeletionProtection=True,
        EnableCloudwatchLogsExports=["postgresql"],
        EnableIAMDatabaseAuthentication=True,
        StorageType="aurora-iopt1",
        Tags=[{"Key": "team", "Value": "core"}],
        VpcSecurityGroupIds=[group["GroupId"]],
    )
    rds.create_instance("snapped")
    yield "snapped"
    rds.api.modify_db_cluster(DBClusterIdentifier="snapped", DeletionProtection=False)
    rds.delete("snapped")


@pytest.fixture(scope="module")
def bare_copy(rds: Rds, snapshot: str) -> Iterator[dict[str, Any]]:
    """Restored from it, of which nothing was said but the names."""
    restore(rds, snapshot, "bare-of-snapshot")
    yield rds.describe("bare-of-snapshot")
    rds.delete("bare-of-snapshot")


@documented(
    "rds",
    "RestoreDBClusterFromSnapshot",
    "The copy has the data as of the snapshot, and no instances",
    API.format("RestoreDBClusterFromSnapshot"),
)
def test_the_copy_has_the_data_of_the_snapshot(
    rds: Rds, furnished: str, bare_copy: dict[str, Any]
) -> None:
    """R33, R51."""
    name = bare_copy["DBClusterIdentifier"]
    assert [] == bare_copy["DBClusterMembers"]
    rds.create_instance(name)

    assert [1] == marks(rds, name)
    assert [1, 2] == marks(rds, furnished)


RESET = {
    "CopyTagsToSnapshot": False,
    "DBSubnetGroup": "default",
    "DeletionProtection": False,
    "EnabledCloudwatchLogsExports": None,
    "IAMDatabaseAuthenticationEnabled": False,
    "StorageType": None,
    "TagList": [],
}


@pytest.mark.parametrize("setting", RESET)
@documented(
    "rds",
    "RestoreDBClusterFromSnapshot",
    "A setting that the request does not say is the default's, not the snapshot's",
    API.format("RestoreDBClusterFromSnapshot"),
)
def test_a_setting_not_said_is_reset(
    rds: Rds, furnished: str, bare_copy: dict[str, Any], setting: str
) -> None:
    """R26–R31."""
    if setting != "DBSubnetGroup":
        assert RESET[setting] != rds.describe(furnished).get(setting)
    assert RESET[setting] == bare_copy.get(setting)


@documented(
    "rds",
    "RestoreDBClusterFromSnapshot",
    "Without a security group in the request the copy gets the default one",
    API.format("RestoreDBClusterFromSnapshot"),
)
def test_groups_not_said_are_the_defaults(
    rds: Rds, furnished: str, bare_copy: dict[str, Any]
) -> None:
    """R27, R31."""
    source = rds.describe(furnished)
    assert source["VpcSecurityGroups"] != bare_copy["VpcSecurityGroups"]
    assert bare_copy["DBClusterParameterGroup"].startswith("default.")


@pytest.mark.parametrize(
    "setting", ["BackupRetentionPeriod", "DatabaseName", "Engine", "MasterUsername"]
)
@documented(
    "rds",
    "RestoreDBClusterFromSnapshot",
    "Retention, engine, database name and master user are the snapshot's",
    API.format("RestoreDBClusterFromSnapshot"),
)
def test_a_setting_of_the_data_is_kept(
    rds: Rds, furnished: str, bare_copy: dict[str, Any], setting: str
) -> None:
    assert rds.describe(furnished)[setting] == bare_copy[setting]


@documented(
    "rds",
    "CreateDBClusterSnapshot",
    "A snapshot is described with its source as it was",
    API.format("DBClusterSnapshot"),
)
def test_a_snapshot_is_described(rds: Rds, furnished: str, snapshot: str) -> None:
    source, described = rds.describe(furnished), describe(rds, snapshot)
    assert "manual" == described["SnapshotType"]
    assert "available" == described["Status"]
    assert 100 == described["PercentProgress"]
    for name in ("DbClusterResourceId", "EngineVersion", "MasterUsername", "Port", "StorageType"):
        assert source[name] == described[name], name
    assert described["DBClusterSnapshotArn"].endswith(f":cluster-snapshot:{snapshot}")


@documented(
    "rds",
    "CreateDBClusterSnapshot",
    "With CopyTagsToSnapshot the cluster's tags are the snapshot's too",
    GUIDE.format("USER_Tagging"),
)
def test_tags_are_copied_when_the_cluster_says_so(rds: Rds, snapshot: str) -> None:
    """R28."""
    tags = {tag["Key"]: tag["Value"] for tag in describe(rds, snapshot)["TagList"]}
    assert {"team": "core", "why": "tests"} == tags


@documented(
    "rds",
    "CreateDBClusterSnapshot",
    "A name that is taken is refused",
    API.format("CreateDBClusterSnapshot"),
)
def test_a_name_that_is_taken(rds: Rds, furnished: str, snapshot: str) -> None:
    refused(
        "DBClusterSnapshotAlreadyExistsFault",
        rds.api.create_db_cluster_snapshot,
        DBClusterIdentifier=furnished,
        DBClusterSnapshotIdentifier=snapshot.upper(),
    )
    assert "available" == describe(rds, snapshot)["Status"]


@pytest.mark.parametrize("name", ["1st", "a--b", "a-", "a_b", "rds:mine", "a" * 256])
@documented(
    "rds",
    "CreateDBClusterSnapshot",
    "A name has letters, digits and single hyphens, and begins with a letter",
    API.format("CreateDBClusterSnapshot"),
)
def test_a_name_that_is_not_allowed(rds: Rds, furnished: str, name: str) -> None:
    refused(
        "InvalidParameterValue",
        rds.api.create_db_cluster_snapshot,
        DBClusterIdentifier=furnished,
        DBClusterSnapshotIdentifier=name,
    )


@documented(
    "rds",
    "CreateDBClusterSnapshot",
    "A snapshot is creating first, and cannot be restored until it is available",
    GUIDE.format("aurora-restore-snapshot"),
)
def test_a_snapshot_under_way_cannot_be_restored(rds: Rds, spare: str, new_name: NewName) -> None:
    answer = rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier=spare, DBClusterSnapshotIdentifier="under-way"
    )
    assert "creating" == answer["DBClusterSnapshot"]["Status"]
    refused(
        "InvalidDBClusterSnapshotStateFault",
        rds.api.restore_db_cluster_from_snapshot,
        DBClusterIdentifier="unwanted",
        SnapshotIdentifier="under-way",
        Engine=ENGINE,
    )
    refused(
        "InvalidDBClusterSnapshotStateFault",
        rds.api.delete_db_cluster_snapshot,
        DBClusterSnapshotIdentifier="under-way",
    )
    wait_for(rds, "under-way")
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="under-way")
    assert "unwanted" not in rds.names()


@documented(
    "rds",
    "DeleteDBCluster",
    "A final snapshot is taken before the cluster goes, and outlives it",
    API.format("DeleteDBCluster"),
)
def test_a_final_snapshot_outlives_its_cluster(rds: Rds, new_name: NewName) -> None:
    """R51. moto's stays `creating` for ever."""
    name, copy = new_name(), new_name()
    rds.create(name)
    rds.create_instance(name)
    with rds.connect(name) as connection:
        connection.execute("create table marks as select 7 as mark")
    rds.api.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier=f"{name}-1")
    rds.api.delete_db_cluster(DBClusterIdentifier=name, FinalDBSnapshotIdentifier="last-of-it")
    rds.wait("db_cluster_deleted", DBClusterIdentifier=name)
    wait_for(rds, "last-of-it")
    assert "manual" == describe(rds, "last-of-it")["SnapshotType"]

    restore(rds, "last-of-it", copy)
    rds.create_instance(copy)
    assert [7] == marks(rds, copy)
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="last-of-it")


@documented(
    "rds",
    "DeleteDBCluster",
    "A final snapshot's name that is taken is refused, and the cluster stays",
    API.format("DeleteDBCluster"),
)
def test_a_final_snapshots_name_is_checked_first(rds: Rds, snapshot: str, spare: str) -> None:
    refused(
        "DBClusterSnapshotAlreadyExistsFault",
        rds.api.delete_db_cluster,
        DBClusterIdentifier=spare,
        FinalDBSnapshotIdentifier=snapshot,
    )
    assert "available" == rds.describe(spare)["Status"]


@documented(
    "rds",
    "DescribeDBClusterSnapshots",
    "Automated snapshots are named rds:… and can be restored like any other",
    GUIDE.format("Aurora.Managing.Backups"),
)
def test_every_base_backup_is_an_automated_snapshot(
    rds: Rds, source: Source, new_name: NewName
) -> None:
    found = rds.api.describe_db_cluster_snapshots(
        DBClusterIdentifier=source.name, SnapshotType="automated"
    )["DBClusterSnapshots"]
    backups = rds.cloud.control.cluster("us-east-1", source.name).backups
    assert len(backups) == len(found)
    first = min(found, key=lambda one: one["SnapshotCreateTime"])
    assert first["DBClusterSnapshotIdentifier"].startswith(f"rds:{source.name}-")

    name = new_name()
    restore(rds, first["DBClusterSnapshotIdentifier"], name)
    rds.create_instance(name)
    with rds.connect(name) as connection:
        # It is as old as the cluster: the table came later.
        assert (None,) == connection.execute("select to_regclass('marks')").fetchone()


@documented(
    "rds",
    "DeleteDBClusterSnapshot",
    "Automated snapshots cannot be deleted by hand",
    API.format("DeleteDBClusterSnapshot"),
)
def test_an_automated_snapshot_cannot_be_deleted(rds: Rds, source: Source) -> None:
    found = rds.api.describe_db_cluster_snapshots(
        DBClusterIdentifier=source.name, SnapshotType="automated"
    )["DBClusterSnapshots"]
    refused(
        "InvalidDBClusterSnapshotStateFault",
        rds.api.delete_db_cluster_snapshot,
        DBClusterSnapshotIdentifier=found[0]["DBClusterSnapshotIdentifier"],
    )


@documented(
    "rds",
    "CopyDBClusterSnapshot",
    "A copy of an automated snapshot is manual, and outlives the source",
    API.format("CopyDBClusterSnapshot"),
)
def test_a_copy_of_an_automated_snapshot_outlives_its_source(rds: Rds, new_name: NewName) -> None:
    name, copy = new_name(), new_name()
    rds.create(name)
    automated = rds.api.describe_db_cluster_snapshots(DBClusterIdentifier=name)
    rds.api.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=automated["DBClusterSnapshots"][0][
            "DBClusterSnapshotArn"
        ],
        TargetDBClusterSnapshotIdentifier="copied",
    )
    wait_for(rds, "copied")
    rds.delete(name)
    assert (
        []
        == rds.api.describe_db_cluster_snapshots(
            DBClusterIdentifier=name, SnapshotType="automated"
        )["DBClusterSnapshots"]
    )

    restore(rds, "copied", copy)
    rds.create_instance(copy)
    with rds.connect(copy) as connection:
        assert (DATABASE,) == connection.execute("select current_database()").fetchone()
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="copied")


@documented(
    "rds",
    "CopyDBClusterSnapshot",
    "Tags are copied only when the request says so, and the source's ARN is described",
    API.format("CopyDBClusterSnapshot"),
)
def test_a_copy_of_a_manual_snapshot(rds: Rds, snapshot: str) -> None:
    for name, tags in (("with-tags", True), ("without-tags", False)):
        rds.api.copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier=snapshot,
            TargetDBClusterSnapshotIdentifier=name,
            CopyTags=tags,
        )
        wait_for(rds, name)
        copied = describe(rds, name)
        assert tags == bool(copied["TagList"])
        assert (
            describe(rds, snapshot)["DBClusterSnapshotArn"] == copied["SourceDBClusterSnapshotArn"]
        )
        rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=name)
    assert "available" == describe(rds, snapshot)["Status"]


@documented(
    "rds",
    "CopyDBClusterSnapshot",
    "Source and target are checked before anything is copied",
    API.format("CopyDBClusterSnapshot"),
)
def test_a_copy_that_cannot_be(rds: Rds, snapshot: str) -> None:
    copy = rds.api.copy_db_cluster_snapshot
    for source, target, code in (
        ("nobody", "fresh", "DBClusterSnapshotNotFoundFault"),
        (snapshot, snapshot, "DBClusterSnapshotAlreadyExistsFault"),
        (snapshot, "no_good", "InvalidParameterValue"),
    ):
        refused(
            code,
            copy,
            SourceDBClusterSnapshotIdentifier=source,
            TargetDBClusterSnapshotIdentifier=target,
        )


@pytest.fixture
def stranger(rds: Rds) -> Rds:
    """A client of another account."""
    sts = client("sts", rds.cloud.endpoint)
    lent = sts.assume_role(
        RoleArn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/drill", RoleSessionName="tests"
    )["Credentials"]
    return Rds(client("rds", rds.cloud.endpoint, account=lent), rds.cloud)


@documented(
    "rds",
    "ModifyDBClusterSnapshotAttribute",
    "Another account restores a snapshot by its ARN once it is shared, and not before",
    GUIDE.format("aurora-share-snapshot"),
)
def test_a_shared_snapshot_is_restored_by_another_account(
    rds: Rds, snapshot: str, stranger: Rds
) -> None:
    arn = describe(rds, snapshot)["DBClusterSnapshotArn"]
    request = {"DBClusterIdentifier": "theirs", "SnapshotIdentifier": arn, "Engine": ENGINE}
    refused(
        "DBClusterSnapshotNotFoundFault", stranger.api.restore_db_cluster_from_snapshot, **request
    )
    rds.api.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier=snapshot,
        AttributeName="restore",
        ValuesToAdd=[OTHER_ACCOUNT],
    )
    shown = rds.api.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=snapshot)
    assert [OTHER_ACCOUNT] == shown["DBClusterSnapshotAttributesResult"][
        "DBClusterSnapshotAttributes"
    ][0]["AttributeValues"]
    listed = stranger.api.describe_db_cluster_snapshots(SnapshotType="shared")
    assert [arn] == [one["DBClusterSnapshotArn"] for one in listed["DBClusterSnapshots"]]

    stranger.api.restore_db_cluster_from_snapshot(**request)
    wait_until(lambda: stranger.describe("theirs")["Status"] != "creating")
    assert f":{OTHER_ACCOUNT}:" in stranger.describe("theirs")["DBClusterArn"]
    stranger.create_instance("theirs")
    assert [1] == marks(stranger, "theirs")
    assert "theirs" not in rds.names()
    stranger.delete("theirs")
    rds.api.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier=snapshot,
        AttributeName="restore",
        ValuesToRemove=[OTHER_ACCOUNT],
    )
    refused(
        "DBClusterSnapshotNotFoundFault", stranger.api.restore_db_cluster_from_snapshot, **request
    )


@documented(
    "rds",
    "ModifyDBClusterSnapshotAttribute",
    "Only the attribute restore exists, with accounts of twelve digits or all",
    API.format("ModifyDBClusterSnapshotAttribute"),
)
def test_an_attribute_that_cannot_be(rds: Rds, snapshot: str) -> None:
    for attribute, values in (("delete", ["all"]), ("restore", ["everybody"])):
        refused(
            "InvalidParameterValue",
            rds.api.modify_db_cluster_snapshot_attribute,
            DBClusterSnapshotIdentifier=snapshot,
            AttributeName=attribute,
            ValuesToAdd=values,
        )


@documented(
    "rds",
    "RestoreDBClusterFromSnapshot",
    "Engine, name, groups and snapshot are checked before anything is made",
    API.format("RestoreDBClusterFromSnapshot"),
)
def test_a_restore_that_cannot_be(rds: Rds, source: Source, snapshot: str) -> None:
    before = rds.names()
    good = {
        "DBClusterIdentifier": "unwanted",
        "SnapshotIdentifier": snapshot,
        "Engine": ENGINE,
    }
    for change, code in (
        ({"SnapshotIdentifier": "nobody"}, "DBClusterSnapshotNotFoundFault"),
        ({"DBClusterIdentifier": source.name}, "DBClusterAlreadyExistsFault"),
        ({"DBClusterIdentifier": "no_good"}, "InvalidParameterValue"),
        ({"EngineVersion": "9.6"}, "InvalidParameterCombination"),
        ({"EngineMode": "serverless"}, "InvalidParameterCombination"),
        ({"DBSubnetGroupName": "nobody"}, "DBSubnetGroupNotFoundFault"),
        ({"DBClusterParameterGroupName": "nobody"}, "DBClusterParameterGroupNotFound"),
        ({"VpcSecurityGroupIds": ["sg-0nobody"]}, "InvalidParameterValue"),
    ):
        refused(code, rds.api.restore_db_cluster_from_snapshot, **{**good, **change})
    assert before == rds.names()


@documented(
    "rds",
    "DescribeDBClusterSnapshots",
    "Snapshots are listed by source, type and filter; a name that is none is not found",
    API.format("DescribeDBClusterSnapshots"),
)
def test_snapshots_are_listed(rds: Rds, furnished: str, snapshot: str) -> None:
    def names(**request: Any) -> list[str]:
        found = rds.api.describe_db_cluster_snapshots(**request)["DBClusterSnapshots"]
        return [one["DBClusterSnapshotIdentifier"] for one in found]

    assert [snapshot] == names(DBClusterIdentifier=furnished, SnapshotType="manual")
    assert [snapshot] == names(Filters=[{"Name": "db-cluster-snapshot-id", "Values": [snapshot]}])
    assert len(names(DBClusterIdentifier=furnished)) >= 2
    assert [] == names(SnapshotType="awsbackup")
    assert [] == names(SnapshotType="public")
    describe_all = rds.api.describe_db_cluster_snapshots
    refused("DBClusterSnapshotNotFoundFault", describe_all, DBClusterSnapshotIdentifier="nobody")
    refused("InvalidParameterValue", describe_all, SnapshotType="imaginary")
    refused("InvalidParameterValue", describe_all, Filters=[{"Name": "colour", "Values": ["red"]}])


@documented(
    "rds",
    "CreateDBClusterSnapshot",
    "A cluster that does not exist, or is not available, has no snapshot taken",
    API.format("CreateDBClusterSnapshot"),
)
def test_a_snapshot_that_cannot_be(rds: Rds) -> None:
    refused(
        "DBClusterNotFoundFault",
        rds.api.create_db_cluster_snapshot,
        DBClusterIdentifier="nobody",
        DBClusterSnapshotIdentifier="unwanted",
    )
