"""Clusters: what they cannot be, how they are changed, stopped, started and failed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import (
    DATABASE,
    ENGINE,
    MASTER,
    PASSWORD,
    Rds,
    answers,
    refused,
    wait_until,
)
from tests.rehearsal.rds.groups import of_clusters, value

NewName = Callable[[], str]
API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/{}.html"


@pytest.fixture(scope="module")
def pair(rds: Rds) -> Iterator[str]:
    """A cluster with a writer, `pair-1`, and a reader, `pair-2`."""
    rds.create("pair")
    rds.create_instance("pair", "pair-1")
    rds.create_instance("pair", "pair-2")
    yield "pair"
    rds.delete("pair")


@documented(
    "rds",
    "CreateDBCluster",
    "Settings out of their bounds, or that exclude each other, are refused",
    API.format("CreateDBCluster"),
)
@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"BackupRetentionPeriod": 0}, "InvalidParameterValue"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue"),
        ({"Port": 80}, "InvalidParameterValue"),
        ({"Port": 70000}, "InvalidParameterValue"),
        ({"EngineMode": "manual"}, "InvalidParameterValue"),
        ({"EngineMode": "multimaster"}, "NotImplemented"),
        ({"StorageType": "gp3"}, "InvalidParameterValue"),
        ({"NetworkType": "IPV6"}, "InvalidParameterValue"),
        ({"EngineLifecycleSupport": "for-ever"}, "InvalidParameterValue"),
        ({"EnableCloudwatchLogsExports": ["slowquery"]}, "InvalidParameterCombination"),
        ({"PreferredBackupWindow": "25:00-26:00"}, "InvalidParameterValue"),
        ({"PreferredMaintenanceWindow": "sun:05:00-sun:05:10"}, "InvalidParameterValue"),
        (
            {
                "PreferredBackupWindow": "23:45-00:30",
                "PreferredMaintenanceWindow": "tue:00:00-tue:00:45",
            },
            "InvalidParameterCombination",
        ),
        ({"ScalingConfiguration": {"MinCapacity": 2}}, "InvalidParameterCombination"),
        (
            {"EngineMode": "serverless", "ScalingConfiguration": {"MinCapacity": 3}},
            "InvalidParameterValue",
        ),
        (
            {
                "EngineMode": "serverless",
                "ScalingConfiguration": {"MinCapacity": 8, "MaxCapacity": 4},
            },
            "InvalidParameterValue",
        ),
        (
            {"EngineMode": "serverless", "ScalingConfiguration": {"SecondsUntilAutoPause": 10}},
            "InvalidParameterValue",
        ),
        (
            {"ServerlessV2ScalingConfiguration": {"MinCapacity": 4, "MaxCapacity": 2}},
            "InvalidParameterValue",
        ),
        (
            {"ServerlessV2ScalingConfiguration": {"MinCapacity": 0.7, "MaxCapacity": 2}},
            "InvalidParameterValue",
        ),
        (
            {"ServerlessV2ScalingConfiguration": {"MinCapacity": 1, "MaxCapacity": 300}},
            "InvalidParameterValue",
        ),
        ({"ServerlessV2ScalingConfiguration": {"MinCapacity": 1}}, "InvalidParameterCombination"),
        ({"MasterUserPassword": 'quo"te-quote'}, "InvalidParameterValue"),
        ({"MasterUserPassword": "x" * 129}, "InvalidParameterValue"),
        ({"ReplicationSourceIdentifier": "arn:other"}, "NotImplemented"),
        ({"GlobalClusterIdentifier": "globe"}, "NotImplemented"),
    ],
)
def test_a_cluster_that_cannot_be(rds: Rds, settings: dict[str, Any], code: str) -> None:
    before = rds.names()
    request = {
        "DBClusterIdentifier": "unwanted",
        "Engine": ENGINE,
        "MasterUsername": MASTER,
        "MasterUserPassword": PASSWORD,
        **settings,
    }
    refused(code, rds.api.create_db_cluster, **request)
    assert before == rds.names()


@documented(
    "rds",
    "CreateDBCluster",
    "What is not said has AWS's default",
    API.format("CreateDBCluster"),
)
def test_the_defaults_of_a_cluster(rds: Rds, spare: str) -> None:
    cluster = rds.describe(spare)
    defaults = {
        "BackupRetentionPeriod": 1,
        "CopyTagsToSnapshot": False,
        "DeletionProtection": False,
        "EngineLifecycleSupport": "open-source-rds-extended-support",
        "EngineMode": "provisioned",
        "IAMDatabaseAuthenticationEnabled": False,
        "NetworkType": "IPV4",
        "StorageEncrypted": False,
    }
    assert defaults == {name: cluster[name] for name in defaults}
    for absent in ("StorageType", "KmsKeyId", "ScalingConfigurationInfo", "MasterUserSecret"):
        assert absent not in cluster, absent


@documented(
    "rds",
    "ModifyDBCluster",
    "Serverless v1 is restarted at once with what its parameter group says: no instance could be",
    API.format("ModifyDBClusterParameterGroup"),
)
def test_a_serverless_v1_cluster_is_restarted_with_its_parameter_group(
    rds: Rds, new_name: NewName
) -> None:
    name = new_name()
    rds.create(name, EngineMode="serverless")
    group = of_clusters(rds, f"{name}-group", value("max_connections", "77", "pending-reboot"))
    rds.api.modify_db_cluster(DBClusterIdentifier=name, DBClusterParameterGroupName=group)
    wait_until(lambda: rds.describe(name)["Status"] == "available")
    with rds.connect(name) as connection:
        assert ("77",) == connection.execute("show max_connections").fetchone()


@documented(
    "rds",
    "CreateDBCluster",
    "Serverless v1 scales between capacities, and has neither instances nor a reader endpoint",
    GUIDE.format("aurora-serverless"),
)
@documented(
    "rds",
    "ModifyCurrentDBClusterCapacity",
    "Capacity is one of the units that there are, of serverless v1 alone",
    API.format("ModifyCurrentDBClusterCapacity"),
)
def test_a_serverless_v1_cluster(rds: Rds, new_name: NewName) -> None:
    name = new_name()
    rds.create(
        name,
        EngineMode="serverless",
        ScalingConfiguration={"MinCapacity": 2, "MaxCapacity": 4, "AutoPause": False},
    )
    described = rds.describe(name)
    assert "serverless" == described["EngineMode"]
    assert 4 == described["ScalingConfigurationInfo"]["MaxCapacity"]
    assert "ReaderEndpoint" not in described
    answer = rds.api.modify_current_db_cluster_capacity(DBClusterIdentifier=name, Capacity=4)
    assert 4 == answer["CurrentCapacity"]
    refused(
        "InvalidDBClusterCapacityFault",
        rds.api.modify_current_db_cluster_capacity,
        DBClusterIdentifier=name,
        Capacity=5,
    )
    refused("InvalidDBClusterStateFault", rds.api.stop_db_cluster, DBClusterIdentifier=name)
    rds.api.modify_db_cluster(DBClusterIdentifier=name, ScalingConfiguration={"MaxCapacity": 8})
    changed = rds.describe(name)["ScalingConfigurationInfo"]
    assert (2, 8) == (changed["MinCapacity"], changed["MaxCapacity"])
    refused(
        "InvalidDBClusterStateFault",
        rds.api.modify_current_db_cluster_capacity,
        DBClusterIdentifier="source",
        Capacity=4,
    )


@documented(
    "rds",
    "CreateDBInstance",
    "A db.serverless instance needs a cluster with Serverless v2 scaling",
    GUIDE.format("aurora-serverless-v2.create"),
)
def test_a_serverless_v2_instance(rds: Rds, source: Source, new_name: NewName) -> None:
    request = {
        "DBInstanceIdentifier": "v2",
        "DBInstanceClass": "db.serverless",
        "Engine": ENGINE,
    }
    refused(
        "InvalidParameterCombination",
        rds.api.create_db_instance,
        **request,
        DBClusterIdentifier=source.name,
    )
    name = new_name()
    rds.create(name, ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 4})
    rds.api.create_db_instance(**request, DBClusterIdentifier=name)
    rds.wait("db_instance_available", DBInstanceIdentifier="v2")
    assert {"MinCapacity": 0.5, "MaxCapacity": 4.0} == rds.describe(name)[
        "ServerlessV2ScalingConfiguration"
    ]
    assert "ScalingConfigurationInfo" not in rds.describe(name)


@documented(
    "rds",
    "CreateDBInstance",
    "What belongs to the cluster is not said of its instance",
    API.format("CreateDBInstance"),
)
@pytest.mark.parametrize(
    "change",
    [
        {"MasterUserPassword": PASSWORD},
        {"MasterUsername": MASTER},
        {"BackupRetentionPeriod": 3},
        {"DBName": DATABASE},
    ],
)
def test_a_members_settings_are_the_clusters(
    rds: Rds, source: Source, change: dict[str, Any]
) -> None:
    refused(
        "InvalidParameterCombination",
        rds.api.create_db_instance,
        DBInstanceIdentifier="unwanted",
        DBInstanceClass="db.r6g.large",
        Engine=ENGINE,
        DBClusterIdentifier=source.name,
        **change,
    )


@documented(
    "rds",
    "StopDBCluster",
    "A stopped cluster answers nobody, with its instances; it is started again after seven days",
    GUIDE.format("aurora-cluster-stop-start"),
)
def test_a_cluster_stops_and_starts(rds: Rds, pair: str, new_name: NewName) -> None:
    port = rds.describe(pair)["Port"]
    with rds.connect(pair) as connection:
        connection.execute("create table marks as select 1 as mark")
    rds.api.stop_db_cluster(DBClusterIdentifier=pair)
    assert rds.describe(pair)["Status"] in ("stopping", "stopped")  # it may be over already
    refused("InvalidDBClusterStateFault", rds.api.stop_db_cluster, DBClusterIdentifier=pair)
    wait_until(lambda: rds.describe(pair)["Status"] == "stopped")
    assert not answers(port)
    assert "AutomaticRestartTime" in rds.describe(pair)
    states = {
        one["DBInstanceStatus"]
        for one in rds.api.describe_db_instances()["DBInstances"]
        if one.get("DBClusterIdentifier") == pair
    }
    assert {"stopped"} == states

    # What AWS refuses meanwhile, and what it does not.
    refused(
        "InvalidDBClusterStateFault",
        rds.api.modify_db_cluster,
        DBClusterIdentifier=pair,
        BackupRetentionPeriod=3,
    )
    refused(
        "InvalidDBClusterStateFault",
        rds.api.delete_db_instance,
        DBInstanceIdentifier=f"{pair}-2",
        SkipFinalSnapshot=True,
    )
    refused(
        "InvalidDBClusterStateFault",
        rds.api.create_db_instance,
        DBInstanceIdentifier="unwanted",
        DBInstanceClass="db.r6g.large",
        Engine=ENGINE,
        DBClusterIdentifier=pair,
    )
    copy = new_name()
    rds.restore(pair, copy)
    rds.create_instance(copy)
    with rds.connect(copy) as connection:
        assert (1,) == connection.execute("table marks").fetchone()
    assert not answers(port)

    rds.api.start_db_cluster(DBClusterIdentifier=pair)
    assert "starting" == rds.describe(pair)["Status"]
    rds.wait("db_cluster_available", DBClusterIdentifier=pair)
    with rds.connect(pair) as connection:
        assert (1,) == connection.execute("table marks").fetchone()
    refused("InvalidDBClusterStateFault", rds.api.start_db_cluster, DBClusterIdentifier=pair)
    assert "AutomaticRestartTime" not in rds.describe(pair)


@documented(
    "rds",
    "FailoverDBCluster",
    "A reader becomes the writer; connections are lost",
    GUIDE.format("Concepts.AuroraHighAvailability"),
)
def test_a_cluster_fails_over(rds: Rds, pair: str) -> None:
    def writer() -> str:
        (found,) = [
            member["DBInstanceIdentifier"]
            for member in rds.describe(pair)["DBClusterMembers"]
            if member["IsClusterWriter"]
        ]
        return str(found)

    before = writer()
    with rds.connect(pair) as connection:
        rds.api.failover_db_cluster(DBClusterIdentifier=pair)
        assert "failing-over" == rds.describe(pair)["Status"]
        rds.wait("db_cluster_available", DBClusterIdentifier=pair)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    after = writer()
    assert before != after

    rds.api.failover_db_cluster(DBClusterIdentifier=pair, TargetDBInstanceIdentifier=before)
    rds.wait("db_cluster_available", DBClusterIdentifier=pair)
    assert before == writer()
    refused(
        "InvalidDBInstanceState",
        rds.api.failover_db_cluster,
        DBClusterIdentifier=pair,
        TargetDBInstanceIdentifier=before,
    )


@documented(
    "rds",
    "FailoverDBCluster",
    "A cluster without a reader cannot fail over",
    API.format("FailoverDBCluster"),
)
def test_a_cluster_without_a_reader_cannot_fail_over(rds: Rds, source: Source) -> None:
    refused(
        "InvalidDBClusterStateFault", rds.api.failover_db_cluster, DBClusterIdentifier=source.name
    )
    refused("DBClusterNotFoundFault", rds.api.failover_db_cluster, DBClusterIdentifier="nobody")


@documented(
    "rds",
    "ModifyDBCluster",
    "IAM authentication and a new name wait for the window unless applied immediately",
    API.format("ModifyDBCluster"),
)
def test_what_waits_shows_as_pending(rds: Rds, new_name: NewName) -> None:
    name, new = new_name(), new_name()
    rds.create(name)
    rds.api.modify_db_cluster(
        DBClusterIdentifier=name,
        EnableIAMDatabaseAuthentication=True,
        NewDBClusterIdentifier=new,
        BackupRetentionPeriod=3,
    )
    waiting = rds.describe(name)
    assert 3 == waiting["BackupRetentionPeriod"]
    assert not waiting["IAMDatabaseAuthenticationEnabled"]
    assert {
        "IAMDatabaseAuthenticationEnabled": True,
        "DBClusterIdentifier": new,
    } == waiting["PendingModifiedValues"]

    rds.api.modify_db_cluster(DBClusterIdentifier=name, ApplyImmediately=True)
    rds.wait("db_cluster_available", DBClusterIdentifier=new)
    applied = rds.describe(new)
    assert applied["IAMDatabaseAuthenticationEnabled"]
    assert "PendingModifiedValues" not in applied
    assert applied["DBClusterArn"].endswith(f":cluster:{new}")
    refused("DBClusterNotFoundFault", rds.api.describe_db_clusters, DBClusterIdentifier=name)


@documented(
    "rds",
    "ModifyDBCluster",
    "A change out of bounds is refused whole",
    API.format("ModifyDBCluster"),
)
@pytest.mark.parametrize(
    "change",
    [
        {"BackupRetentionPeriod": 0},
        {"PreferredBackupWindow": "noon"},
        {"StorageType": "gp2"},
        {"Port": 1},
        {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["audit"]}},
        {"ScalingConfiguration": {"MinCapacity": 2}},
    ],
)
def test_a_change_that_cannot_be(rds: Rds, spare: str, change: dict[str, Any]) -> None:
    before = rds.describe(spare)
    with pytest.raises(rds.api.exceptions.ClientError, match="InvalidParameter"):
        rds.api.modify_db_cluster(DBClusterIdentifier=spare, CopyTagsToSnapshot=True, **change)
    after = rds.describe(spare)
    assert {**before, "LatestRestorableTime": None} == {**after, "LatestRestorableTime": None}


@documented(
    "rds",
    "ModifyDBInstance",
    "A member's class waits unless applied immediately; its promotion tier does not",
    API.format("ModifyDBInstance"),
)
def test_a_member_is_modified(rds: Rds, pair: str) -> None:
    def describe() -> dict[str, Any]:
        found = rds.api.describe_db_instances(DBInstanceIdentifier=f"{pair}-2")
        instance: dict[str, Any] = found["DBInstances"][0]
        return instance

    member = f"{pair}-2"
    rds.api.modify_db_instance(
        DBInstanceIdentifier=member, DBInstanceClass="db.r6g.xlarge", PromotionTier=3
    )
    assert "db.r6g.large" == describe()["DBInstanceClass"]
    assert {"DBInstanceClass": "db.r6g.xlarge"} == describe()["PendingModifiedValues"]
    assert 3 == describe()["PromotionTier"]

    rds.api.modify_db_instance(DBInstanceIdentifier=member, ApplyImmediately=True)
    assert "modifying" == describe()["DBInstanceStatus"]
    rds.wait("db_instance_available", DBInstanceIdentifier=member)
    assert "db.r6g.xlarge" == describe()["DBInstanceClass"]
    for change in ({"BackupRetentionPeriod": 2}, {"MasterUserPassword": PASSWORD}):
        refused(
            "InvalidParameterCombination",
            rds.api.modify_db_instance,
            DBInstanceIdentifier=member,
            **change,
        )
    for change in ({"PromotionTier": 16}, {"DBInstanceClass": "huge"}):
        refused(
            "InvalidParameterValue",
            rds.api.modify_db_instance,
            DBInstanceIdentifier=member,
            **change,
        )


@documented(
    "rds",
    "RebootDBInstance",
    "A member is rebooting, then available; the server is restarted",
    GUIDE.format("USER_RebootInstance"),
)
def test_a_member_is_rebooted(rds: Rds, pair: str) -> None:
    with rds.connect(pair) as connection:
        rds.api.reboot_db_instance(DBInstanceIdentifier=f"{pair}-1")
        rds.wait("db_instance_available", DBInstanceIdentifier=f"{pair}-1")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    refused(
        "InvalidParameterCombination",
        rds.api.reboot_db_instance,
        DBInstanceIdentifier=f"{pair}-1",
        ForceFailover=True,
    )


@documented(
    "rds",
    "AddRoleToDBCluster",
    "A role is associated once, and described",
    API.format("AddRoleToDBCluster"),
)
@documented(
    "rds",
    "RemoveRoleFromDBCluster",
    "A role that is not associated is not found",
    API.format("RemoveRoleFromDBCluster"),
)
def test_roles_come_and_go(rds: Rds, spare: str) -> None:
    role = {"DBClusterIdentifier": spare, "RoleArn": "arn:aws:iam::123456789012:role/import"}
    rds.api.add_role_to_db_cluster(**role, FeatureName="s3Import")
    assert ["s3Import"] == [one["FeatureName"] for one in rds.describe(spare)["AssociatedRoles"]]
    refused("DBClusterRoleAlreadyExists", rds.api.add_role_to_db_cluster, **role)
    rds.api.remove_role_from_db_cluster(**role)
    assert [] == rds.describe(spare)["AssociatedRoles"]
    refused("DBClusterRoleNotFound", rds.api.remove_role_from_db_cluster, **role)


@documented(
    "rds",
    "DescribeDBClusterEndpoints",
    "A cluster has a writer's and a reader's endpoint",
    API.format("DescribeDBClusterEndpoints"),
)
def test_a_cluster_has_two_endpoints(rds: Rds, source: Source) -> None:
    found = rds.api.describe_db_cluster_endpoints(DBClusterIdentifier=source.name)
    assert {"READER", "WRITER"} == {one["EndpointType"] for one in found["DBClusterEndpoints"]}


@documented(
    "rds",
    "DescribeDBClusters",
    "MaxRecords lies between 20 and 100, and a Marker goes on after the last page",
    API.format("DescribeDBClusters"),
)
def test_descriptions_come_in_pages(rds: Rds, source: Source) -> None:
    for least in (19, 101):
        refused("InvalidParameterValue", rds.api.describe_db_clusters, MaxRecords=least)
    refused("InvalidParameterValue", rds.api.describe_db_clusters, Marker="%%%")
    # Parameter groups are cheap: more of them than a page has.
    family = f"{ENGINE}{rds.describe(source.name)['EngineVersion'].partition('.')[0]}"
    for number in range(25):
        rds.api.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=f"page-{number}",
            DBParameterGroupFamily=family,
            Description="-",
        )
    pages = list(
        rds.api.get_paginator("describe_db_cluster_parameter_groups").paginate(
            PaginationConfig={"PageSize": 20}
        )
    )
    names = [
        group["DBClusterParameterGroupName"]
        for page in pages
        for group in page["DBClusterParameterGroups"]
    ]
    assert len(pages) > 1
    assert len(names) == len(set(names))
    assert {f"page-{number}" for number in range(25)} <= set(names)
    for number in range(25):
        rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName=f"page-{number}")


@documented(
    "rds",
    "DescribeDBClusters",
    "Filters narrow by id; an unknown one is refused",
    API.format("DescribeDBClusters"),
)
def test_clusters_are_filtered(rds: Rds, source: Source, spare: str) -> None:
    def names(name: str, *values: str) -> set[str]:
        found = rds.api.describe_db_clusters(Filters=[{"Name": name, "Values": list(values)}])
        return {one["DBClusterIdentifier"] for one in found["DBClusters"]}

    assert {source.name, spare} == names("db-cluster-id", source.name.upper(), spare, "nobody")
    resource = rds.describe(spare)["DbClusterResourceId"]
    assert {spare} == names("db-cluster-resource-id", resource)
    refused(
        "InvalidParameterValue",
        rds.api.describe_db_clusters,
        Filters=[{"Name": "colour", "Values": ["red"]}],
    )
