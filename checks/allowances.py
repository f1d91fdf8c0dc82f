"""Which differences between a source and its copy are right, and what to do about the others.

Data for `checks.configuration`: every line of the allow-list has its reason, and most hold only in
some kinds of run or for one value. A key that is in neither list is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["rehearsal", "drill", "recovery"]
ALWAYS: frozenset[Mode] = frozenset({"rehearsal", "drill", "recovery"})
DRILLS: frozenset[Mode] = frozenset({"rehearsal", "drill"})


@dataclass(frozen=True, slots=True)
class Allowance:
    """A difference that is right.

    key      of the description
    reason   why it may differ, for the report
    modes    the kinds of run in which it may
    only_if  (source's value, copy's value) → whether this very difference is meant; values as
             `configuration.plain` leaves them
    """

    key: str
    reason: str
    modes: frozenset[Mode] = ALWAYS
    only_if: Callable[[object, object], bool] = field(default=lambda _source, _copy: True)


ENDPOINT = "an endpoint belongs to its cluster; clients are moved to the new one"
TIME = "a moment in the life of this cluster"
STATE = "a state of the moment, not a setting"
QUARANTINE = "keeps the copy apart while it is being proven (DESIGN 5)"
OWN_PASSWORD = "a restore makes no secret, and RDS keeps no password of a drill's copy"  # noqa: S105
OWN_PORT = "the kernel hands out the ports of loopback, which has one host"
QUARANTINE = "keeps the copy apart while it is being proven (DESIGN 5)"

ALLOWED: tuple[Allowance, ...] = (
    Allowance("Endpoint", ENDPOINT),
    Allowance("ReaderEndpoint", ENDPOINT),
    Allowance("HostedZoneId", ENDPOINT),
    Allowance("ClusterCreateTime", TIME),
    Allowance("EarliestRestorableTime", TIME),
    Allowance("LatestRestorableTime", TIME),
    Allowance("EarliestBacktrackTime", TIME),
    Allowance("AutomaticRestartTime", TIME),
    Allowance("IOOptimizedNextAllowedModificationTime", TIME),
    Allowance("Status", STATE),
    Allowance("PercentProgress", STATE),
    Allowance("StatusInfos", STATE),
    Allowance("Capacity", STATE),
    Allowance("BacktrackConsumedChangeRecords", STATE),
    Allowance("CloneGroupId", "a full copy has a volume of its own"),
    Allowance(
        "DBClusterMembers", "instances have names of their own and are compared by themselves"
    ),
    Allowance("MultiAZ", "follows from the instances, which are compared by themselves"),
    Allowance(
        "AvailabilityZones",
        "RDS chooses them within the subnet group, which is compared; no request can say them",
    ),
    Allowance("AwsBackupRecoveryPointArn", "names the backup that a cluster was restored from"),
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
        lambda _source, copy: copy is None,
    ),
    Allowance(
        "DomainMemberships",
        "a drill's copy joins no directory: it reaches nothing outside (DESIGN 5)",
        DRILLS,
        lambda _source, copy: copy is None,
    ),
    Allowance(
        "MasterUserSecret",
        OWN_PASSWORD,
        DRILLS,
        lambda _source, copy: copy is None,
    ),
)

REMEDIES: Mapping[str, str] = {
    "DBSubnetGroup": "R26: restore again with the source's subnet group; it is for good.",
    "VpcSecurityGroups": "R27: give the source's security groups with the restore, or set them "
    "with modify-db-cluster --vpc-security-group-ids.",
    "TagList": "R28: add what is missing with add-tags-to-resource, remove what is too much.",
    "CopyTagsToSnapshot": "R28: modify-db-cluster --copy-tags-to-snapshot (or --no-…).",
    "DBClusterParameterGroup": "R31: modify-db-cluster --db-cluster-parameter-group-name, then "
    "reboot the instances.",
    "EnabledCloudwatchLogsExports": "R31: modify-db-cluster "
    "--cloudwatch-logs-export-configuration.",
    "DeletionProtection": "R31: modify-db-cluster --deletion-protection (or --no-…).",
    "IAMDatabaseAuthenticationEnabled": "R31: modify-db-cluster "
    "--enable-iam-database-authentication (or --no-…).",
    "BackupRetentionPeriod": "R31: modify-db-cluster --backup-retention-period.",
    "ServerlessV2ScalingConfiguration": "R31: modify-db-cluster "
    "--serverless-v2-scaling-configuration.",
    "ScalingConfigurationInfo": "R31: modify-db-cluster --scaling-configuration.",
    "MasterUserSecret": "R31, R48: modify-db-cluster --manage-master-user-password, and have the "
    "clients read the new secret.",
    "KmsKeyId": "R31: restore again with the source's key; a cluster's key cannot be changed.",
    "StorageEncrypted": "R31: restore again with the source's key; encryption cannot be changed.",
    "EngineVersion": "R31: find out who upgraded; the application must support this version.",
}
