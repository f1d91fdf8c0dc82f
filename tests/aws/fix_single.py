"""A single instance in plain moto, and the automated backups that an account keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.aws.session import Client
from fixtures.aws.wanted import Wanted
from tests.aws.fix_aws import Answered

GONE = "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GONE_ALONE = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WANTED = Wanted("core-net", ("sg-1",), "core-params", "db.r6g.large")
WANTED_ALONE = Wanted("core-net", ("sg-1",), "single-params", "db.m6g.large")

CLUSTER_BACKUPS: dict[str, Any] = {
    "BackupRetentionPeriod": 7,
    "DBClusterArn": "arn:aws:rds:us-east-1:123456789012:cluster:core-lost",
    "DBClusterIdentifier": "core-lost",
    "DbClusterResourceId": GONE,
    "Engine": "aurora-postgresql",
    "EngineMode": "provisioned",
    "EngineVersion": "15.4",
    "IAMDatabaseAuthenticationEnabled": True,
    "KmsKeyId": "arn:key",
    "MasterUsername": "root",
    "Port": 5433,
    "PreferredBackupWindow": "03:00-03:30",
    "RestoreWindow": {
        "EarliestTime": datetime(2026, 2, 22, tzinfo=UTC),
        "LatestTime": datetime(2026, 3, 1, 13, tzinfo=UTC),
    },
    "Status": "retained",
    "StorageEncrypted": True,
    "StorageType": "aurora-iopt1",
    "TagList": [{"Key": "team", "Value": "archive"}],
}
INSTANCE_BACKUPS: dict[str, Any] = {
    "AllocatedStorage": 20,
    "BackupRetentionPeriod": 7,
    "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:core-lost",
    "DBInstanceIdentifier": "core-lost",
    "DbiResourceId": GONE_ALONE,
    "Encrypted": True,
    "Engine": "postgres",
    "EngineVersion": "15.4",
    "IAMDatabaseAuthenticationEnabled": True,
    "KmsKeyId": "arn:key",
    "LicenseModel": "postgresql-license",
    "MasterUsername": "root",
    "OptionGroupName": "core-options",
    "Port": 5433,
    "PreferredBackupWindow": "03:00-03:30",
    "RestoreWindow": CLUSTER_BACKUPS["RestoreWindow"],
    "Status": "retained",
    "StorageType": "gp3",
    "TagList": [{"Key": "team", "Value": "archive"}],
}


class Kept:
    """Automated backups that an account keeps, in words of AWS's; moto has none of clusters."""

    def __init__(self) -> None:
        self.clusters: list[dict[str, Any]] = []
        self.instances: list[dict[str, Any]] = []


@pytest.fixture
def kept(rds: Client) -> Kept:
    """What the account keeps; nothing until a test adds to it."""
    kept = Kept()
    names = {
        "DescribeDBClusterAutomatedBackups": (
            "DBClusterAutomatedBackups",
            kept.clusters,
            ("DBClusterIdentifier", "DbClusterResourceId"),
        ),
        "DescribeDBInstanceAutomatedBackups": (
            "DBInstanceAutomatedBackups",
            kept.instances,
            ("DBInstanceIdentifier", "DbiResourceId"),
        ),
    }

    asked: dict[str, Any] = {}

    def remember(params: dict[str, Any], **_: Any) -> None:
        asked.clear()
        asked.update(params)

    def answer(model: Any, **_: Any) -> tuple[Answered, dict[str, Any]]:
        key, all_of_them, by = names[model.name]
        return Answered(), {
            key: [
                one
                for one in all_of_them
                if all(asked.get(name) in (None, one[name]) for name in by)
            ]
        }

    def delete(**_: Any) -> tuple[Answered, dict[str, Any]]:
        left = [one for one in kept.instances if one["DbiResourceId"] != asked["DbiResourceId"]]
        kept.instances[:] = left
        return Answered(), {"DBInstanceAutomatedBackup": {}}

    deletion = "DeleteDBInstanceAutomatedBackup"
    rds.meta.events.register(f"provide-client-params.rds.{deletion}", remember)
    rds.meta.events.register_first(f"before-call.rds.{deletion}", delete)
    for operation in names:
        rds.meta.events.register(f"provide-client-params.rds.{operation}", remember)
        rds.meta.events.register_first(f"before-call.rds.{operation}", answer)
    return kept


@pytest.fixture
def single(rds: Client, groups: dict[str, Any], kept: Kept) -> str:
    """A single instance; its identifier."""
    rds.create_db_parameter_group(
        DBParameterGroupName="single-params",
        DBParameterGroupFamily="postgres15",
        Description="core",
    )
    made = rds.create_db_instance(
        DBInstanceIdentifier="core-alone",
        DBInstanceClass="db.m6g.large",
        Engine="postgres",
        EngineVersion="15.4",
        AllocatedStorage=20,
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
        DBSubnetGroupName="core-net",
        VpcSecurityGroupIds=groups["security"],
        DBParameterGroupName="single-params",
        BackupRetentionPeriod=7,
        PreferredBackupWindow="03:00-03:30",
        EnableIAMDatabaseAuthentication=True,
        CopyTagsToSnapshot=True,
        Port=5433,
        StorageEncrypted=True,
        KmsKeyId="arn:key",
        MultiAZ=True,
        Tags=[{"Key": "team", "Value": "archive"}],
    )["DBInstance"]
    kept.instances.append(
        INSTANCE_BACKUPS
        | {
            "DBInstanceIdentifier": "core-alone",
            "DbiResourceId": made["DbiResourceId"],
            "Status": "active",
        }
    )
    return "core-alone"
