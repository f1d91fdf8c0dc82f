"""A cluster restored to a point in time: the data of that time, and what AWS resets on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import (
    DATABASE,
    MASTER,
    PASSWORD,
    REGION,
    Rds,
    client,
    next_whole_second,
    wait_until,
)

NewName = Callable[[], str]


def marks(rds: Rds, cluster: str) -> list[int]:
    with rds.connect(cluster) as connection:
        return [mark for (mark,) in connection.execute("select mark from marks order by 1")]


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "The copy has the data of the time, no instances, and the source is as before",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_the_copy_has_what_was_there_at_the_time_and_nothing_later(
    rds: Rds, source: Source, new_name: NewName
) -> None:
    """R23, R32, R33. And it can be written to, and the source is as before."""
    name = new_name()
    before = rds.describe(source.name)
    rds.restore(source.name, name, source.good)
    assert [] == rds.describe(name)["DBClusterMembers"]

    rds.create_instance(name)
    assert [1] == marks(rds, name)
    with rds.connect(name) as connection:
        connection.execute("insert into marks values (3)")

    assert [1, 2] == marks(rds, source.name)
    after = rds.describe(source.name)
    assert {**before, "LatestRestorableTime": None} == {**after, "LatestRestorableTime": None}


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "The latest restorable time has everything; a resource id names a source",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_the_latest_time_has_everything_and_a_resource_id_names_a_source_too(
    rds: Rds, source: Source, new_name: NewName
) -> None:
    name = new_name()
    rds.api.restore_db_cluster_to_point_in_time(
        SourceDbClusterResourceId=rds.describe(source.name)["DbClusterResourceId"],
        DBClusterIdentifier=name,
        UseLatestRestorableTime=True,
    )
    rds.wait_for_cluster(name)
    rds.create_instance(name)

    assert [1, 2] == marks(rds, name)


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "A restored copy has backups of its own and can be restored in turn",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-pitr.html",
)
def test_a_copy_can_be_restored_in_turn(rds: Rds, source: Source, new_name: NewName) -> None:
    """It has a base backup and a WAL archive of its own, and leaves its source's alone (row 2)."""
    copy, again = new_name(), new_name()
    archived = sorted(rds.cloud.control.cluster(REGION, source.name).archive.iterdir())
    rds.restore(source.name, copy, source.good)
    rds.create_instance(copy)
    with rds.connect(copy) as connection:
        connection.execute("insert into marks values (10)")
        good = next_whole_second(connection)
        connection.execute("delete from marks")

    assert rds.describe(copy)["EarliestRestorableTime"] > source.good
    rds.restore(copy, again, good)
    rds.create_instance(again)

    assert [1, 10] == marks(rds, again)
    histories = [
        path
        for path in rds.cloud.control.cluster(REGION, source.name).archive.iterdir()
        if path not in archived and path.suffix == ".history"
    ]
    assert [] == histories


def test_a_source_that_never_had_an_instance_can_be_restored(
    rds: Rds, spare: str, new_name: NewName
) -> None:
    """Nothing runs there that could make the time reachable: the cloud sees to it."""
    copy = new_name()
    rds.restore(spare, copy)
    rds.create_instance(copy)

    with rds.connect(copy) as connection:
        assert (MASTER,) == connection.execute("select current_user").fetchone()
    assert not rds.cloud.control.cluster(REGION, spare).running


def test_the_newest_backup_before_the_time_is_used(
    rds: Rds, source: Source, new_name: NewName
) -> None:
    """A later automated backup is of no use for an earlier time, and of good use for a later."""
    taken = rds.cloud.control.take_backup(REGION, source.name)
    with rds.connect(source.name) as connection:
        later = next_whole_second(connection)
    assert taken.ended_at < later

    for moment, expected in ((source.good, [1]), (later, [1, 2])):
        name = new_name()
        rds.restore(source.name, name, moment)
        rds.create_instance(name)
        assert expected == marks(rds, name)


@documented(
    "rds",
    "DeleteDBCluster",
    "A source that is deleted does not spoil a restore under way",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-pitr.html",
)
def test_deleting_the_source_waits_for_a_restore_from_it(rds: Rds, new_name: NewName) -> None:
    source, copy = new_name(), new_name()
    rds.create(source)
    rds.api.restore_db_cluster_to_point_in_time(
        SourceDBClusterIdentifier=source, DBClusterIdentifier=copy, UseLatestRestorableTime=True
    )
    rds.api.delete_db_cluster(DBClusterIdentifier=source, SkipFinalSnapshot=True)

    rds.wait_for_cluster(copy)
    rds.wait("db_cluster_deleted", DBClusterIdentifier=source)
    assert "available" == rds.describe(copy)["Status"]


@pytest.fixture(scope="module")
def groups(rds: Rds) -> dict[str, Any]:
    """Groups that are nobody's default."""
    ec2 = client("ec2", rds.cloud.endpoint)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    rds.api.create_db_subnet_group(
        DBSubnetGroupName="private",
        DBSubnetGroupDescription="of the tests",
        SubnetIds=[subnet["Subnet"]["SubnetId"] for subnet in subnets],
    )
    family = rds.api.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"][0]
    rds.api.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="tuned",
        DBParameterGroupFamily=family["DBParameterGroupFamily"],
        Description="of the tests",
    )
    security_group = ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)
    default = ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )
    return {
        "subnet_group": "private",
        "parameter_group": "tuned",
        "security_group": security_group["GroupId"],
        "vpc_default": default["SecurityGroups"][0]["GroupId"],
    }


@pytest.fixture(scope="module")
def furnished(rds: Rds, groups: dict[str, Any]) -> str:
    """A source in which every setting differs from its default."""
    rds.create(
        "furnished",
        BackupRetentionPeriod=9,
        CopyTagsToSnapshot=True,
        DBClusterParameterGroupName=groups["parameter_group"],
        DBSubnetGroupName=groups["subnet_group"],
        DeletionProtection=True,
        EnableCloudwatchLogsExports=["postgresql"],
        EnableIAMDatabaseAuthentication=True,
        PreferredBackupWindow="03:00-03:30",
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 4},
        StorageEncrypted=True,
        StorageType="aurora-iopt1",
        Tags=[{"Key": "team", "Value": "core"}],
        VpcSecurityGroupIds=[groups["security_group"]],
    )
    return "furnished"


@pytest.fixture(scope="module")
def bare_copy(rds: Rds, furnished: str) -> dict[str, Any]:
    """Its restored copy, of which nothing was said but the names."""
    rds.restore(furnished, "bare")
    return rds.describe("bare")


RESET = {
    "CopyTagsToSnapshot": False,
    "DBSubnetGroup": "default",
    "DeletionProtection": False,
    "EnabledCloudwatchLogsExports": None,
    "IAMDatabaseAuthenticationEnabled": False,
    # RDS says nothing of the standard one.
    "StorageType": None,
    "TagList": [],
    "DBClusterMembers": [],
}


@pytest.mark.parametrize("setting", RESET)
@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "A setting that the request does not say is the default's",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_a_setting_not_said_is_reset(
    rds: Rds, furnished: str, bare_copy: dict[str, Any], setting: str
) -> None:
    """R26–R31: AWS says nothing about it, so neither does this cloud."""
    if setting != "DBClusterMembers":
        assert RESET[setting] != rds.describe(furnished)[setting]
    assert RESET[setting] == bare_copy.get(setting)


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "Groups that the request does not say are the defaults",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_groups_not_said_are_the_defaults(
    rds: Rds, furnished: str, bare_copy: dict[str, Any]
) -> None:
    """R27, R31."""
    major = bare_copy["EngineVersion"].split(".")[0]
    assert f"default.aurora-postgresql{major}" == bare_copy["DBClusterParameterGroup"]
    default = client("ec2", rds.cloud.endpoint).describe_security_groups(
        GroupIds=[bare_copy["VpcSecurityGroups"][0]["VpcSecurityGroupId"]]
    )
    assert "default" == default["SecurityGroups"][0]["GroupName"]


@pytest.mark.parametrize(
    "setting",
    [
        "BackupRetentionPeriod",
        "DatabaseName",
        "Engine",
        "EngineVersion",
        "KmsKeyId",
        "MasterUsername",
        "PreferredBackupWindow",
        "ServerlessV2ScalingConfiguration",
        "StorageEncrypted",
    ],
)
@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "Retention, key, engine and master user are the source's",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_a_setting_of_the_data_is_kept(
    rds: Rds, furnished: str, bare_copy: dict[str, Any], setting: str
) -> None:
    assert rds.describe(furnished)[setting] == bare_copy[setting]


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "A setting that the request says is in force",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_what_is_said_is_done(
    rds: Rds, furnished: str, groups: dict[str, Any], new_name: NewName
) -> None:
    """R26–R28. The security group's VPC default applies where a subnet group is said alone."""
    said = new_name()
    rds.restore(
        furnished,
        said,
        CopyTagsToSnapshot=True,
        DBClusterParameterGroupName=groups["parameter_group"],
        DBSubnetGroupName=groups["subnet_group"],
        DeletionProtection=True,
        EnableCloudwatchLogsExports=["postgresql"],
        EnableIAMDatabaseAuthentication=True,
        StorageType="aurora-iopt1",
        Tags=[{"Key": "run", "Value": "42"}],
        VpcSecurityGroupIds=[groups["security_group"]],
    )

    copy, original = rds.describe(said), rds.describe(furnished)
    for setting in (
        "CopyTagsToSnapshot",
        "DBClusterParameterGroup",
        "DBSubnetGroup",
        "DeletionProtection",
        "EnabledCloudwatchLogsExports",
        "IAMDatabaseAuthenticationEnabled",
        "StorageType",
        "VpcSecurityGroups",
    ):
        assert original[setting] == copy[setting], setting
    assert [{"Key": "run", "Value": "42"}] == copy["TagList"]


@pytest.fixture(scope="module")
def quarantined(rds: Rds, source: Source, groups: dict[str, Any]) -> str:
    """A copy with a parameter group that keeps it quiet, in another VPC, with an instance."""
    family = rds.api.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"][0]
    rds.api.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="quarantine",
        DBParameterGroupFamily=family["DBParameterGroupFamily"],
        Description="of the tests",
    )
    rds.api.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName="quarantine",
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for name, value in (("max_logical_replication_workers", "0"), ("rds.force_ssl", "1"))
        ],
    )
    rds.restore(
        source.name,
        "quarantined",
        DBClusterParameterGroupName="quarantine",
        DBSubnetGroupName=groups["subnet_group"],
    )
    rds.create_instance("quarantined")
    return "quarantined"


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "The default security group is that of the VPC",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_the_default_security_group_is_that_of_the_subnet_groups_vpc(
    rds: Rds, quarantined: str, groups: dict[str, Any]
) -> None:
    assert [groups["vpc_default"]] == [
        group["VpcSecurityGroupId"] for group in rds.describe(quarantined)["VpcSecurityGroups"]
    ]


@documented(
    "rds",
    "CreateDBInstance",
    "A parameter group's settings are in force at the first start",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.html",
)
def test_a_parameter_groups_settings_reach_the_server(
    rds: Rds, source: Source, quarantined: str
) -> None:
    """DESIGN 5: the quarantine of a restored copy stands before its first instance starts."""

    def workers(cluster: str) -> str:
        with rds.connect(cluster) as connection:
            row = connection.execute("show max_logical_replication_workers").fetchone()
        assert row is not None
        return str(row[0])

    assert "0" == workers(quarantined)
    assert "4" == workers(source.name)


@pytest.mark.usefixtures("bare_copy")
def test_subscriptions_sleep_until_an_instance_is_asked_for(rds: Rds) -> None:
    """Row 1: while the cloud takes the copy's first backup, the copy eats nobody's publication."""
    data = rds.cloud.control.cluster(REGION, "bare").data

    settings = (data.parent / "settings.conf").read_text()
    assert "max_logical_replication_workers = '0'" in settings


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "RestoreToTime is a time in UTC, 2015-03-07T23:45:00Z",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_the_founding_documents_command_works(
    rds: Rds, furnished: str, groups: dict[str, Any], new_name: NewName
) -> None:
    """Its very parameters, with the values AWS CLI passes on: the time as a string in UTC."""
    name = new_name()
    wait_until(lambda: "LatestRestorableTime" in rds.describe(furnished))
    moment = rds.describe(furnished)["LatestRestorableTime"]
    rds.api.restore_db_cluster_to_point_in_time(
        SourceDBClusterIdentifier=furnished,
        RestoreToTime=moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        VpcSecurityGroupIds=[groups["security_group"], groups["vpc_default"]],
        CopyTagsToSnapshot=True,
        DBClusterIdentifier=name,
        DBSubnetGroupName=groups["subnet_group"],
    )
    rds.wait_for_cluster(name)
    rds.create_instance(name)

    with rds.connect(name, user=MASTER, password=PASSWORD, dbname=DATABASE) as connection:
        assert (1,) == connection.execute("select 1").fetchone()


@documented(
    "rds",
    "DescribeDBClusters",
    "The earliest restorable time can be restored to",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html",
)
def test_the_earliest_time_described_is_accepted(
    rds: Rds, source: Source, new_name: NewName
) -> None:
    """R2. And no earlier one: PostgreSQL would silently recover to later than asked (row 4)."""
    earliest = rds.describe(source.name)["EarliestRestorableTime"]
    first = rds.cloud.control.cluster(REGION, source.name).backups[0].ended_at
    assert earliest - timedelta(seconds=1) <= first < earliest

    name = new_name()
    rds.restore(source.name, name, earliest)
    assert "available" == rds.describe(name)["Status"]
