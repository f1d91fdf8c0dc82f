"""A single instance in two zones with every setting that a restore resets, and its description."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from fixtures.aws.groups import ParameterGroup, SubnetGroup
from fixtures.aws.single import SingleDescription

SINGLE: dict[str, Any] = {
    "AllocatedStorage": 500,
    "AutoMinorVersionUpgrade": False,
    "BackupRetentionPeriod": 7,
    "BackupTarget": "region",
    "CACertificateIdentifier": "rds-ca-rsa4096-g1",
    "CopyTagsToSnapshot": True,
    "CustomerOwnedIpEnabled": False,
    "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:core-prod",
    "DBInstanceClass": "db.m6g.large",
    "DBInstanceIdentifier": "core-prod",
    "DBInstanceStatus": "available",
    "DBParameterGroups": [{"DBParameterGroupName": "core-params", "ParameterApplyStatus": "x"}],
    "DBSubnetGroup": {"DBSubnetGroupName": "core-net", "VpcId": "vpc-1"},
    "DbiResourceId": "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "DedicatedLogVolume": True,
    "DeletionProtection": True,
    "EnabledCloudwatchLogsExports": ["postgresql"],
    "Endpoint": {"Address": "core-prod.x.us-east-1.rds.amazonaws.com", "Port": 5433},
    "Engine": "postgres",
    "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
    "EngineVersion": "15.4",
    "IAMDatabaseAuthenticationEnabled": True,
    "Iops": 14000,
    "KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k",
    "LicenseModel": "postgresql-license",
    "MasterUserSecret": {"SecretArn": "arn:secret", "SecretStatus": "active", "KmsKeyId": "k"},
    "MasterUsername": "root",
    "MaxAllocatedStorage": 1000,
    "MultiAZ": True,
    "NetworkType": "DUAL",
    "OptionGroupMemberships": [{"OptionGroupName": "core-options", "Status": "in-sync"}],
    "PreferredBackupWindow": "03:00-03:30",
    "ProcessorFeatures": [{"Name": "coreCount", "Value": "1"}],
    "PubliclyAccessible": False,
    "StorageEncrypted": True,
    "StorageThroughput": 600,
    "StorageType": "gp3",
    "VpcSecurityGroups": [
        {"VpcSecurityGroupId": "sg-a", "Status": "active"},
        {"VpcSecurityGroupId": "sg-b", "Status": "active"},
    ],
    "TagList": [{"Key": "team", "Value": "archive"}],
}

DESCRIBED = SingleDescription(
    identifier="core-prod",
    resource_id="db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    arn=SINGLE["DBInstanceArn"],
    status="available",
    engine="postgres",
    engine_version="15.4",
    endpoint="core-prod.x.us-east-1.rds.amazonaws.com",
    port=5433,
    master_user="root",
    instance_class="db.m6g.large",
    subnet_group=SubnetGroup("core-net", "vpc-1", ("subnet-1", "subnet-2")),
    security_groups=("sg-a", "sg-b"),
    parameter_group=ParameterGroup("core-params", "postgres15", MappingProxyType({})),
    option_group="core-options",
    iam_authentication=True,
    copy_tags_to_snapshot=True,
    deletion_protection=True,
    encrypted=True,
    key=SINGLE["KmsKeyId"],
    log_exports=("postgresql",),
    backup_window="03:00-03:30",
    retention_days=7,
    earliest=datetime(2026, 2, 22, tzinfo=UTC),
    latest=datetime(2026, 3, 1, 13, tzinfo=UTC),
    tags=MappingProxyType({"team": "archive", "aws:cfn": "stack", "restore-drills:run": "older"}),
    raw=MappingProxyType(SINGLE),
    master_secret="arn:secret",
)


def described(**raw: Any) -> SingleDescription:
    """The instance with other words of AWS's."""
    return replace(DESCRIBED, raw=MappingProxyType({**SINGLE, **raw}))
