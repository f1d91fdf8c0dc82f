"""The same as `checks.allowances` of single instances: what may differ, and what else to do.

The keys are those of `DescribeDBInstances`.
"""

from __future__ import annotations

from collections.abc import Mapping

from checks.allowances import (
    DRILLS,
    ENDPOINT,
    OWN_PASSWORD,
    STATE,
    TIME,
    Allowance,
)

CHOSEN = "RDS chooses it within the subnet group, which is compared"
REPLICA = "a copy stands alone: replicas belong to the instance that they follow"
WATCHED = "no restore can ask for it, and it names a role or key of production"


def _off(_source: object, copy: object) -> bool:
    return copy in (None, False, 0)


def _same_port(source: object, copy: object) -> bool:
    """The port stands in the endpoint, which is not there before the instance is."""
    if not isinstance(source, Mapping) or not isinstance(copy, Mapping):
        return True
    return bool(source.get("Port") == copy.get("Port"))


def _none(_source: object, copy: object) -> bool:
    return copy is None


ALLOWED_SINGLE: tuple[Allowance, ...] = (
    Allowance("Endpoint", ENDPOINT, only_if=_same_port),
    Allowance("ListenerEndpoint", ENDPOINT),
    Allowance("PrimaryEndpoint", ENDPOINT),
    Allowance("EnhancedMonitoringResourceArn", ENDPOINT),
    Allowance("InstanceCreateTime", TIME),
    Allowance("LatestRestorableTime", TIME),
    Allowance("AutomaticRestartTime", TIME),
    Allowance("DBInstanceStatus", STATE),
    Allowance("DbInstancePort", STATE),
    Allowance("PendingModifiedValues", STATE),
    Allowance("PercentProgress", STATE),
    Allowance("StatusInfos", STATE),
    Allowance("StorageOperationPercentProgress", STATE),
    Allowance("StorageOperationStatus", STATE),
    Allowance("StorageVolumeStatus", STATE),
    Allowance("IsStorageConfigUpgradeAvailable", STATE),
    Allowance("AvailabilityZone", CHOSEN),
    Allowance("SecondaryAvailabilityZone", CHOSEN),
    Allowance("ReadReplicaDBInstanceIdentifiers", REPLICA),
    Allowance("ReadReplicaDBClusterIdentifiers", REPLICA),
    Allowance("ReadReplicaSourceDBInstanceIdentifier", REPLICA),
    Allowance("ReadReplicaSourceDBClusterIdentifier", REPLICA),
    Allowance("ReplicaMode", REPLICA),
    Allowance("AwsBackupRecoveryPointArn", "names the backup that an instance was restored from"),
    Allowance(
        "DeletionProtection",
        "a drill's copy has to go again (DESIGN 5)",
        DRILLS,
        lambda _source, copy: copy is False,
    ),
    Allowance(
        "AssociatedRoles",
        "a drill's copy gets no role: it reaches nothing outside (DESIGN 5)",
        DRILLS,
        _none,
    ),
    Allowance(
        "DomainMemberships",
        "a drill's copy joins no directory: it reaches nothing outside (DESIGN 5)",
        DRILLS,
        _none,
    ),
    Allowance(
        "DBInstanceAutomatedBackupsReplications",
        "a drill's copy is backed up in its own region only",
        DRILLS,
        _none,
    ),
    Allowance("MasterUserSecret", OWN_PASSWORD, DRILLS, _none),
    Allowance("ActivityStreamStatus", WATCHED, DRILLS, lambda _source, copy: copy == "stopped"),
    Allowance("ActivityStreamKinesisStreamName", WATCHED, DRILLS, _none),
    Allowance("ActivityStreamKmsKeyId", WATCHED, DRILLS, _none),
    Allowance("ActivityStreamMode", WATCHED, DRILLS, _none),
    Allowance("MonitoringInterval", WATCHED, DRILLS, _off),
    Allowance("MonitoringRoleArn", WATCHED, DRILLS, _none),
    Allowance("PerformanceInsightsEnabled", WATCHED, DRILLS, _off),
    Allowance("PerformanceInsightsKMSKeyId", WATCHED, DRILLS, _none),
    Allowance("PerformanceInsightsRetentionPeriod", WATCHED, DRILLS, _none),
    Allowance("DatabaseInsightsMode", WATCHED, DRILLS, lambda _source, copy: copy == "standard"),
)

SINGLE_REMEDIES: Mapping[str, str] = {
    "DBSubnetGroup": "R26: restore again with the source's subnet group.",
    "VpcSecurityGroups": "R27: give the source's security groups with the restore, or set them "
    "with modify-db-instance --vpc-security-group-ids.",
    "TagList": "R28: add what is missing with add-tags-to-resource, remove what is too much.",
    "CopyTagsToSnapshot": "R28: modify-db-instance --copy-tags-to-snapshot (or --no-…).",
    "DBParameterGroups": "R31: modify-db-instance --db-parameter-group-name, then reboot it.",
    "OptionGroupMemberships": "R31: modify-db-instance --option-group-name.",
    "EnabledCloudwatchLogsExports": "R31: modify-db-instance "
    "--cloudwatch-logs-export-configuration.",
    "DeletionProtection": "R31: modify-db-instance --deletion-protection (or --no-…).",
    "IAMDatabaseAuthenticationEnabled": "R31: modify-db-instance "
    "--enable-iam-database-authentication (or --no-…).",
    "BackupRetentionPeriod": "R31: modify-db-instance --backup-retention-period.",
    "MultiAZ": "R31: modify-db-instance --multi-az (or --no-…): one zone is one failure from "
    "being away.",
    "PubliclyAccessible": "R31: modify-db-instance --no-publicly-accessible, at once.",
    "MaxAllocatedStorage": "R31: modify-db-instance --max-allocated-storage: without it a full "
    "disk stops the database.",
    "MonitoringInterval": "R31: modify-db-instance --monitoring-interval and "
    "--monitoring-role-arn; no restore can ask for it.",
    "PerformanceInsightsEnabled": "R31: modify-db-instance --enable-performance-insights; no "
    "restore can ask for it.",
    "MasterUserSecret": "R31, R48: modify-db-instance --manage-master-user-password, and have the "
    "clients read the new secret.",
    "KmsKeyId": "R31: an instance's key cannot be changed: restore a copied snapshot instead.",
    "StorageEncrypted": "R31: encryption cannot be changed: restore a copied snapshot instead.",
    "EngineVersion": "R31: find out who upgraded; the application must support this version.",
}
