"""Every kind of source, restored by what a drill uses, with a real Postgres behind it.

In each source row 1 was there at T, and row 2 came after it: a copy is right when it has the one
and not the other. None of these tests goes through pytest's drills.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pytest

from checks.configuration import (
    check_single_untouched,
    compare_clusters,
    compare_instances,
    compare_single,
)
from fixtures.aws.described import Described
from fixtures.aws.errors import ChooseAnotherTarget, FindSource
from fixtures.aws.find import FoundSource, find_source
from fixtures.aws.session import Client, RehearsalSession
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import Pace
from fixtures.aws.wanted import Wanted
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import DATABASE, MASTER, PASSWORD, Rds, client, next_whole_second
from tests.rehearsal.rds.groups import of_clusters, of_instances, value

TAG = RunTag("run-1", "tests")
PACE = Pace(poll=0.05, deadline=60.0)


@dataclass(frozen=True)
class Marked:
    """A source by the name that finds it, its T, and the password of that time."""

    name: str
    good: datetime
    password: str = PASSWORD


def connect(at: Described, password: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(
        host=at.endpoint,
        port=at.port,
        user=MASTER,
        password=password,
        dbname=DATABASE,
        autocommit=True,
        connect_timeout=10,
    )


def mark(source: Described, password: str = PASSWORD) -> datetime:
    """Write row 1, let T pass, write row 2; T."""
    with connect(source, password) as connection:
        connection.execute("create table marks (mark int)")
        connection.execute("insert into marks values (1)")
        good = next_whole_second(connection)
        connection.execute("insert into marks values (2)")
    return good


def marks(copy: Described, password: str) -> list[int]:
    with connect(copy, password) as connection:
        return [one for (one,) in connection.execute("select mark from marks order by 1")]


Restore = Callable[[FoundSource, datetime], Described]


@pytest.fixture
def api(cloud: RehearsalCloud) -> Client:
    """As a drill has it."""
    return RehearsalSession(cloud.endpoint).client("rds")


@pytest.fixture
def restore(api: Client) -> Iterator[Restore]:
    """A drill's steps in a row, whatever the kind: restored, listening; removed at the end."""
    made: list[tuple[FoundSource, str]] = []

    def perform(found: FoundSource, to: datetime) -> Described:
        kind, source = found.kind, found.description
        name = f"{source.identifier}-copy"
        kind.until_restorable(api, source, to, pace=PACE)
        kind.restore(api, source, name, to, TAG)
        made.append((found, name))
        kind.until_restored(api, name, pace=PACE)
        created = kind.create_listening(api, source, name, TAG)
        copy: Described = kind.until_listening(api, name, created, pace=PACE)
        return copy

    yield perform
    for found, name in made:
        found.kind.remove(api, name, TAG, pace=PACE)
        with pytest.raises(FindSource):
            find_source(api, name)


def _default_vpc(rds: Rds) -> str:
    """Others of these tests make VPCs of their own in the same cloud."""
    default = [{"Name": "is-default", "Values": ["true"]}]
    found = client("ec2", rds.cloud.endpoint).describe_vpcs(Filters=default)
    return str(found["Vpcs"][0]["VpcId"])


@pytest.fixture(scope="module")
def network(rds: Rds) -> str:
    """A subnet group of the tests' own, so that AWS's default shows; its name."""
    ours = [{"Name": "vpc-id", "Values": [_default_vpc(rds)]}]
    subnets = client("ec2", rds.cloud.endpoint).describe_subnets(Filters=ours)["Subnets"]
    rds.api.create_db_subnet_group(
        DBSubnetGroupName="sources",
        DBSubnetGroupDescription="-",
        SubnetIds=[one["SubnetId"] for one in subnets],
    )
    return "sources"


@pytest.fixture(scope="module")
def group(rds: Rds) -> str:
    """A security group of the tests' own; its id."""
    ec2 = client("ec2", rds.cloud.endpoint)
    vpc = _default_vpc(rds)
    made: str = ec2.create_security_group(GroupName="sources", Description="-", VpcId=vpc)[
        "GroupId"
    ]
    return made


@pytest.fixture(scope="module")
def parameters(rds: Rds) -> str:
    """A parameter group of instances with a value of its own."""
    return of_instances(rds, "sources-alone", "postgres", value("work_mem", "8192"))


@pytest.fixture(scope="module")
def alone(rds: Rds, network: str, group: str, parameters: str) -> Iterator[Marked]:
    """A single instance in two zones: encrypted, its password kept by RDS, logins by IAM.

    Every setting that a restore resets differs from its default.
    """
    key = client("kms", rds.cloud.endpoint).create_key()["KeyMetadata"]["Arn"]
    rds.api.create_db_instance(
        DBInstanceIdentifier="alone",
        DBInstanceClass="db.m6g.large",
        Engine="postgres",
        AllocatedStorage=20,
        MaxAllocatedStorage=100,
        StorageType="gp2",
        MasterUsername=MASTER,
        ManageMasterUserPassword=True,
        DBName=DATABASE,
        BackupRetentionPeriod=7,
        PreferredBackupWindow="03:00-03:30",
        CopyTagsToSnapshot=True,
        DeletionProtection=True,
        EnableCloudwatchLogsExports=["postgresql"],
        EnableIAMDatabaseAuthentication=True,
        MultiAZ=True,
        StorageEncrypted=True,
        KmsKeyId=key,
        DBSubnetGroupName=network,
        VpcSecurityGroupIds=[group],
        DBParameterGroupName=parameters,
        Tags=[{"Key": "team", "Value": "core"}],
    )
    rds.wait("db_instance_available", DBInstanceIdentifier="alone")
    found = find_source(rds.api, "alone").description
    assert found.master_secret is not None
    held = client("secretsmanager", rds.cloud.endpoint).get_secret_value(
        SecretId=found.master_secret
    )
    password: str = json.loads(held["SecretString"])["password"]
    yield Marked("alone", mark(found, password), password)
    rds.api.modify_db_instance(DBInstanceIdentifier="alone", DeletionProtection=False)
    rds.api.delete_db_instance(DBInstanceIdentifier="alone", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="alone")


def test_a_single_instance_is_restored_to_t_like_its_source(
    api: Client, alone: Marked, restore: Restore
) -> None:
    """R2, R23, R25 to R32: two zones, encrypted, groups of its own; its secret is not shared."""
    found = find_source(api, alone.name)
    copy = restore(found, alone.good)

    assert [1] == marks(copy, alone.password)
    assert (
        []
        == compare_single(found.description.raw, copy.raw, mode="rehearsal", own_port=True).findings
    )
    assert found.description.key == copy.key is not None
    assert copy.raw["MultiAZ"] is True
    assert copy.iam_authentication
    assert copy.master_secret is None
    with connect(copy, alone.password) as connection:
        assert ("8MB",) == connection.execute("show work_mem").fetchone()
    after = find_source(api, alone.name).description
    assert [] == check_single_untouched(found.description.raw, after.raw)
    assert [1, 2] == marks(after, alone.password)


def test_what_a_request_leaves_out_is_reset_and_found(api: Client, alone: Marked) -> None:
    """R26, R27, R31, R70: the alarm rings, and before the copy is available."""
    found = find_source(api, alone.name)
    bare = api.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="alone",
        TargetDBInstanceIdentifier="alone-bare",
        RestoreTime=alone.good,
    )["DBInstance"]
    try:
        comparison = compare_single(
            found.description.raw, bare, mode="rehearsal", own_port=True, creating=True
        )
        assert {
            "CopyTagsToSnapshot",
            "DBParameterGroups",
            "DBSubnetGroup",
            "EnabledCloudwatchLogsExports",
            "IAMDatabaseAuthenticationEnabled",
            "MaxAllocatedStorage",
            "MultiAZ",
            "StorageType",
            "TagList[team]",
            "VpcSecurityGroups",
        } == {one.subject for one in comparison.findings} | set(comparison.pending)
    finally:
        api.delete_db_instance(DBInstanceIdentifier="alone-bare", SkipFinalSnapshot=True)


def test_a_time_before_the_window_of_a_single_instance_is_refused(
    api: Client, alone: Marked
) -> None:
    """R2: before the call; its window's beginning is told by its automated backups alone."""
    found = find_source(api, alone.name)
    assert found.description.earliest is not None
    assert found.description.earliest <= alone.good
    before = alone.good.replace(year=2001)
    with pytest.raises(ChooseAnotherTarget, match="is before"):
        found.kind.until_restorable(api, found.description, before, pace=PACE)


@pytest.fixture(scope="module")
def alone_and_gone(rds: Rds) -> Marked:
    """A single instance that was deleted, its automated backups kept; by its resource id."""
    rds.api.create_db_instance(
        DBInstanceIdentifier="gone-alone",
        DBInstanceClass="db.m6g.large",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        DBName=DATABASE,
        BackupRetentionPeriod=7,
        Tags=[{"Key": "team", "Value": "core"}],
    )
    rds.wait("db_instance_available", DBInstanceIdentifier="gone-alone")
    found = find_source(rds.api, "gone-alone").description
    good = mark(found)
    rds.api.delete_db_instance(
        DBInstanceIdentifier="gone-alone", SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )
    rds.wait("db_instance_deleted", DBInstanceIdentifier="gone-alone")
    return Marked(found.resource_id, good)


@pytest.mark.slow
def test_a_single_instance_that_is_gone_is_restored_by_its_resource_id(
    api: Client,
    alone_and_gone: Marked,
    network: str,
    group: str,
    parameters: str,
    restore: Restore,
) -> None:
    """R61: what its backups do not say comes from the settings, or is told as not proven."""
    wanted = Wanted(network, (group,), parameters, "db.t4g.medium")
    found = find_source(api, alone_and_gone.name, wanted)
    copy = restore(found, alone_and_gone.good)

    assert [1] == marks(copy, PASSWORD)
    comparison = compare_single(
        found.description.raw, copy.raw, mode="rehearsal", own_port=True, gone=True
    )
    assert [] == comparison.findings
    assert {"MultiAZ", "PubliclyAccessible"} <= set(comparison.unknown)
    assert ("db.t4g.medium", network) == (copy.raw["DBInstanceClass"], copy.subnet_group.name)


@pytest.fixture(scope="module")
def gone(rds: Rds) -> Marked:
    """A cluster that was deleted, its automated backups kept; by its resource id."""
    rds.create("gone", BackupRetentionPeriod=7, Tags=[{"Key": "team", "Value": "core"}])
    rds.create_instance("gone")
    found = find_source(rds.api, "gone").description
    good = mark(found)
    rds.api.delete_db_instance(DBInstanceIdentifier="gone-1", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="gone-1")
    rds.api.delete_db_cluster(
        DBClusterIdentifier="gone", SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )
    rds.wait("db_cluster_deleted", DBClusterIdentifier="gone")
    return Marked(found.resource_id, good)


def test_a_cluster_that_is_gone_is_restored_by_its_resource_id(
    rds: Rds, api: Client, gone: Marked, network: str, group: str, restore: Restore
) -> None:
    """R61; its name alone leads to the resource id."""
    with pytest.raises(FindSource, match=f"name its resource id: {gone.name}"):
        find_source(api, "gone")
    wanted = Wanted(network, (group,), of_clusters(rds, "sources"), "db.r6g.xlarge")
    found = find_source(api, gone.name, wanted)
    copy = restore(found, gone.good)

    assert [1] == marks(copy, PASSWORD)
    comparison = compare_clusters(
        found.description.raw, copy.raw, mode="rehearsal", own_port=True, gone=True
    )
    assert [] == comparison.findings
    assert "CopyTagsToSnapshot" in comparison.unknown
    assert "core" == copy.tags["team"]
    assert [] == compare_instances(
        [one.raw for one in found.description.instances], [one.raw for one in copy.instances]
    )


@pytest.mark.slow
def test_serverless_v2_keeps_its_scaling_and_its_class(
    rds: Rds, api: Client, new_name: Callable[[], str], restore: Restore
) -> None:
    """R31, R33: `db.serverless` instances have no size but the cluster's scaling."""
    scaling = {"MinCapacity": 0.5, "MaxCapacity": 4.0}
    name = new_name()
    rds.create(name, ServerlessV2ScalingConfiguration=scaling)
    api.create_db_instance(
        DBInstanceIdentifier=f"{name}-1",
        DBClusterIdentifier=name,
        DBInstanceClass="db.serverless",
        Engine="aurora-postgresql",
    )
    rds.wait("db_instance_available", DBInstanceIdentifier=f"{name}-1")
    found = find_source(api, name)
    assert "serverless v2" == found.description.facts()["mode"]
    copy = restore(found, mark(found.description))

    assert [1] == marks(copy, PASSWORD)
    assert scaling == copy.raw["ServerlessV2ScalingConfiguration"]
    assert ["db.serverless"] == [one.instance_class for one in copy.instances]
    assert (
        []
        == compare_clusters(
            found.description.raw, copy.raw, mode="rehearsal", own_port=True
        ).findings
    )


@pytest.mark.slow
def test_serverless_v1_listens_by_itself(
    rds: Rds, api: Client, new_name: Callable[[], str], restore: Restore
) -> None:
    """R33: of the first generation no instance is ever created."""
    scaling = {"MinCapacity": 2, "MaxCapacity": 8, "AutoPause": False}
    name = new_name()
    rds.create(name, EngineMode="serverless", ScalingConfiguration=scaling)
    found = find_source(api, name)
    assert "serverless v1" == found.description.facts()["mode"]
    copy = restore(found, mark(found.description))

    assert [1] == marks(copy, PASSWORD)
    assert () == copy.instances
    assert found.description.raw["ScalingConfigurationInfo"] == copy.raw["ScalingConfigurationInfo"]
    assert (
        []
        == compare_clusters(
            found.description.raw, copy.raw, mode="rehearsal", own_port=True
        ).findings
    )


@pytest.mark.slow
def test_an_encrypted_cluster_s_copy_has_its_key_and_shares_no_secret(
    rds: Rds, api: Client, new_name: Callable[[], str], restore: Restore
) -> None:
    """R31, R48: the password of that time still opens it; RDS keeps it for nobody."""
    key = client("kms", rds.cloud.endpoint).create_key()["KeyMetadata"]["Arn"]
    name = new_name()
    api.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        MasterUsername=MASTER,
        ManageMasterUserPassword=True,
        DatabaseName=DATABASE,
        StorageEncrypted=True,
        KmsKeyId=key,
        EnableIAMDatabaseAuthentication=True,
    )
    rds.wait_for_cluster(name)
    rds.create_instance(name)
    found = find_source(api, name)
    assert found.description.master_secret is not None
    secrets = client("secretsmanager", rds.cloud.endpoint)
    held = secrets.get_secret_value(SecretId=found.description.master_secret)["SecretString"]
    password = json.loads(held)["password"]
    copy = restore(found, mark(found.description, password))

    assert [1] == marks(copy, password)
    assert key == copy.key
    assert copy.iam_authentication
    assert copy.master_secret is None
    comparison = compare_clusters(found.description.raw, copy.raw, mode="rehearsal", own_port=True)
    assert [] == comparison.findings
    assert "MasterUserSecret" in [one.key for one in comparison.allowed]
    again = secrets.get_secret_value(SecretId=found.description.master_secret)["SecretString"]
    assert held == again
