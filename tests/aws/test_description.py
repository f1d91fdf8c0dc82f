"""R29: the source is read in full, without touching it, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.aws.description import describe
from fixtures.aws.errors import ChooseAnotherSource, CompleteTheDescription, FindSource
from fixtures.aws.session import Client
from tests.aws.fix_aws import Recorder


def answering(client: Client, operation: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Let an operation's answer be changed before the caller sees it."""

    def after(parsed: dict[str, Any], **_: Any) -> None:
        change(parsed)

    client.meta.events.register(f"after-call.rds.{operation}", after)


def test_a_source_is_described_in_full(rds: Client, source: str, groups: dict[str, Any]) -> None:
    """R29."""
    found = describe(rds, source)
    assert found.identifier == "core-prod"
    assert found.resource_id.startswith("cluster-")
    assert found.arn.endswith(":cluster:core-prod")
    assert (found.engine, found.engine_version) == ("aurora-postgresql", "15.4")
    assert found.port == 5433
    assert found.subnet_group.name == "core-net"
    assert found.subnet_group.vpc == groups["vpc"]
    assert found.subnet_group.subnets == tuple(sorted(groups["subnets"]))
    assert found.security_groups == tuple(sorted(groups["security"]))
    assert found.parameter_group.name == "core-params"
    assert found.parameter_group.family == "aurora-postgresql15"
    assert found.parameter_group.changed == {"shared_preload_libraries": "pg_stat_statements"}
    assert found.iam_authentication
    assert found.copy_tags_to_snapshot
    assert found.deletion_protection
    assert found.encrypted
    assert found.key
    assert found.log_exports == ("postgresql",)
    assert found.backup_window == "03:00-03:30"
    assert found.retention_days == 7
    assert found.earliest is not None
    assert found.latest is not None
    assert found.latest.utcoffset() is not None
    assert found.tags["team"] == "archive"
    assert found.raw["StorageType"] == "aurora-iopt1"


def test_the_writer_comes_first_whatever_its_tier(rds: Client, source: str) -> None:
    """R33: it is the first instance of the copy, which becomes its writer."""
    writer, reader = describe(rds, source).instances
    assert (writer.identifier, writer.writer, writer.promotion_tier) == ("core-prod-1", True, 1)
    assert (reader.identifier, reader.writer, reader.promotion_tier) == ("core-prod-2", False, 0)
    assert writer.instance_class == "db.serverless"
    assert writer.parameter_group.name == "core-instance"
    assert writer.tags == {"part": "1"}
    assert not writer.publicly_accessible


def test_describing_only_ever_describes_and_lists(
    rds: Client, source: str, calls: Recorder
) -> None:
    """R29, R32."""
    describe(rds, source)
    assert calls.names
    assert [n for n in calls.names if not n.startswith(("Describe", "List"))] == []


@pytest.mark.parametrize(
    "field",
    [
        "DbClusterResourceId",
        "DBClusterArn",
        "Status",
        "Engine",
        "EngineVersion",
        "Port",
        "MasterUsername",
        "DBSubnetGroup",
        "VpcSecurityGroups",
        "DBClusterParameterGroup",
        "IAMDatabaseAuthenticationEnabled",
        "CopyTagsToSnapshot",
        "DeletionProtection",
        "StorageEncrypted",
        "KmsKeyId",
        "PreferredBackupWindow",
        "BackupRetentionPeriod",
    ],
)
def test_a_missing_field_is_an_error_that_names_it(rds: Client, source: str, field: str) -> None:
    """R29."""
    answering(rds, "DescribeDBClusters", lambda parsed: parsed["DBClusters"][0].pop(field))
    with pytest.raises(CompleteTheDescription, match=f"no {field} of cluster core-prod"):
        describe(rds, source)


@pytest.mark.parametrize(
    "field", ["DbiResourceId", "DBInstanceClass", "DBParameterGroups", "DBInstanceArn"]
)
def test_a_missing_field_of_an_instance_is_named_too(rds: Client, source: str, field: str) -> None:
    """R29."""
    answering(rds, "DescribeDBInstances", lambda parsed: parsed["DBInstances"][0].pop(field))
    with pytest.raises(CompleteTheDescription, match=f"no {field} of instance core-prod-1"):
        describe(rds, source)


def test_no_security_group_is_as_bad_as_no_answer(rds: Client, source: str) -> None:
    """R27: the restore would take the VPC's default."""
    answering(
        rds,
        "DescribeDBClusters",
        lambda parsed: parsed["DBClusters"][0].update(VpcSecurityGroups=[]),
    )
    with pytest.raises(CompleteTheDescription, match="no VpcSecurityGroups"):
        describe(rds, source)


def test_a_member_that_is_not_described_is_not_left_out(rds: Client, source: str) -> None:
    """R33: else the copy would quietly have one instance fewer."""
    answering(rds, "DescribeDBInstances", lambda parsed: parsed["DBInstances"].pop())
    with pytest.raises(CompleteTheDescription, match="lists the instance core-prod-2"):
        describe(rds, source)


def test_an_unknown_subnet_group_is_an_error(rds: Client, source: str) -> None:
    """R26."""
    answering(
        rds,
        "DescribeDBClusters",
        lambda parsed: parsed["DBClusters"][0].update(DBSubnetGroup="gone"),
    )
    with pytest.raises(CompleteTheDescription, match="subnet group 'gone'"):
        describe(rds, source)


def test_no_such_cluster_is_said_with_its_region(rds: Client) -> None:
    with pytest.raises(FindSource, match="no cluster 'core-prod' in us-east-1"):
        describe(rds, "core-prod")


def test_a_refusal_of_aws_is_not_taken_for_absence(rds: Client, source: str) -> None:
    """A role that may not look must not see an empty account."""

    def denied(**_: Any) -> None:
        raise ClientError(
            {"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeDBClusters"
        )

    rds.meta.events.register("before-call.rds.DescribeDBClusters", denied)
    with pytest.raises(ClientError, match="AccessDenied"):
        describe(rds, source)


def test_another_engine_is_refused(rds: Client, source: str) -> None:
    answering(
        rds,
        "DescribeDBClusters",
        lambda parsed: parsed["DBClusters"][0].update(Engine="aurora-mysql"),
    )
    with pytest.raises(ChooseAnotherSource, match="runs aurora-mysql"):
        describe(rds, source)


def test_a_source_without_backups_is_described_all_the_same(rds: Client, source: str) -> None:
    """R1: judging it is the check's business, which needs the description."""

    def without_backups(parsed: dict[str, Any]) -> None:
        cluster = parsed["DBClusters"][0]
        cluster["BackupRetentionPeriod"] = 0
        del cluster["EarliestRestorableTime"], cluster["LatestRestorableTime"]

    answering(rds, "DescribeDBClusters", without_backups)
    found = describe(rds, source)
    assert (found.retention_days, found.earliest, found.latest) == (0, None, None)


def test_tags_are_listed_where_the_description_has_none(rds: Client, source: str) -> None:
    answering(rds, "DescribeDBClusters", lambda parsed: parsed["DBClusters"][0].pop("TagList"))
    assert describe(rds, source).tags["team"] == "archive"


def test_default_parameter_groups_are_not_asked_for(
    rds: Client, source: str, calls: Recorder
) -> None:
    """They cannot be changed, so there is nothing to read."""
    answering(
        rds,
        "DescribeDBClusters",
        lambda parsed: parsed["DBClusters"][0].update(
            DBClusterParameterGroup="default.aurora-postgresql15"
        ),
    )
    assert describe(rds, source).parameter_group.changed == {}
    assert "DescribeDBClusterParameters" not in calls.names


def test_facts_are_fit_for_the_journal(rds: Client, source: str) -> None:
    for value in describe(rds, source).facts().values():
        assert isinstance(value, str | int | bool | None) or all(
            isinstance(member, str) for member in value
        )
