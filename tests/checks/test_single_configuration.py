"""R25 to R32, R61, R70: two single instances, and what of a source that is gone nobody knows."""

from __future__ import annotations

import copy as copying
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.allowances import ALLOWED, QUARANTINE, Mode
from checks.comparing import Comparison
from checks.configuration import (
    check_single_untouched,
    compare_clusters,
    compare_single,
)
from checks.single_allowances import ALLOWED_SINGLE
from tests.aws.samples import SINGLE

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE: dict[str, Any] = SINGLE | {
    "AssociatedRoles": [{"RoleArn": "arn:aws:iam::1:role/s3", "FeatureName": "s3Import"}],
    "AvailabilityZone": "us-east-1a",
    "SecondaryAvailabilityZone": "us-east-1b",
    "InstanceCreateTime": NOON,
    "LatestRestorableTime": NOON,
    "MonitoringInterval": 60,
    "MonitoringRoleArn": "arn:aws:iam::1:role/monitoring",
    "PerformanceInsightsEnabled": True,
    "PreferredMaintenanceWindow": "wed:02:40-wed:03:10",
    "ReadReplicaDBInstanceIdentifiers": ["core-read"],
}


def restored(**changes: Any) -> dict[str, Any]:
    """A copy as a drill should find it, with some keys changed."""
    twin = copying.deepcopy(SOURCE)
    for key in ("AssociatedRoles", "MasterUserSecret", "MonitoringRoleArn"):
        del twin[key]
    twin |= {
        "DBInstanceIdentifier": "core-copy",
        "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:core-copy",
        "DbiResourceId": "db-COPY",
        "Endpoint": {"Address": "core-copy.x.us-east-1.rds.amazonaws.com", "Port": 5433},
        "AvailabilityZone": "us-east-1c",
        "InstanceCreateTime": NOON.replace(hour=13),
        "DeletionProtection": False,
        "MonitoringInterval": 0,
        "PerformanceInsightsEnabled": False,
        "ReadReplicaDBInstanceIdentifiers": [],
        "TagList": [
            {"Key": "restore-drills:run", "Value": "run-1"},
            {"Key": "team", "Value": "archive"},
        ],
    }
    return twin | changes


def compare(copy: dict[str, Any], mode: Mode = "drill", **more: Any) -> Comparison:
    return compare_single(SOURCE, copy, mode=mode, **more)


def test_a_like_copy_has_no_finding_and_what_differs_is_told_with_its_reason() -> None:
    """R31."""
    comparison = compare(restored())
    assert [] == comparison.findings
    assert [] == comparison.pending
    assert [
        "AssociatedRoles",
        "AvailabilityZone",
        "DeletionProtection",
        "Endpoint",
        "InstanceCreateTime",
        "MasterUserSecret",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "PerformanceInsightsEnabled",
        "ReadReplicaDBInstanceIdentifiers",
        "TagList[restore-drills:run]",
    ] == [one.key for one in comparison.allowed]
    assert "instance" == comparison.told.what


RESETS: dict[str, Any] = {
    # requirement, key: what the copy shows when AWS has its way
    "R26 DBSubnetGroup": {"DBSubnetGroupName": "default", "VpcId": "vpc-1"},
    "R27 VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-default", "Status": "active"}],
    "R28 CopyTagsToSnapshot": False,
    "R31 AllocatedStorage": 400,
    "R31 AutoMinorVersionUpgrade": True,
    "R31 BackupRetentionPeriod": 1,
    "R31 CACertificateIdentifier": "rds-ca-rsa2048-g1",
    "R31 DBInstanceClass": "db.t4g.micro",
    "R31 DBParameterGroups": [{"DBParameterGroupName": "default.postgres15"}],
    "R31 EnabledCloudwatchLogsExports": [],
    "R31 Endpoint": {"Address": "core-copy.x.us-east-1.rds.amazonaws.com", "Port": 5432},
    "R31 EngineLifecycleSupport": "open-source-rds-extended-support",
    "R31 EngineVersion": "15.5",
    "R31 IAMDatabaseAuthenticationEnabled": False,
    "R31 Iops": 12000,
    "R31 KmsKeyId": "arn:aws:kms:us-east-1:1:key/another",
    "R31 MaxAllocatedStorage": None,
    "R31 MultiAZ": False,
    "R31 NetworkType": "IPV4",
    "R31 OptionGroupMemberships": [{"OptionGroupName": "default:postgres-15", "Status": "x"}],
    "R31 PreferredBackupWindow": "07:00-07:30",
    "R31 PubliclyAccessible": True,
    "R31 StorageThroughput": 500,
    "R31 StorageType": "gp2",
}


@pytest.mark.parametrize("reset", RESETS)
def test_each_reset_is_a_finding_by_its_name(reset: str) -> None:
    """R26, R27, R28, R31."""
    requirement, key = reset.split()
    (finding,) = compare(restored(**{key: RESETS[reset]})).findings
    assert ("configuration.instance", key) == (finding.check, finding.subject)
    assert finding.expected != finding.actual
    assert finding.remedy.startswith(requirement)


def test_a_setting_that_nobody_knows_yet_is_compared() -> None:
    """R31: ignored, it would be reset in silence the day AWS invents it."""
    (finding,) = compare(restored(QuantumEncryption="off")).findings
    assert "modify-db-instance" in finding.remedy


def test_a_rehearsal_s_port_is_its_own() -> None:
    elsewhere = restored(Endpoint={"Address": "127.0.0.1", "Port": 49152})
    assert [] == compare(elsewhere, "rehearsal", own_port=True).findings
    assert ["Endpoint"] == [one.subject for one in compare(elsewhere, "drill").findings]


def test_what_a_drill_may_leave_out_a_recovery_may_not() -> None:
    """DESIGN 5: after a recovery's gate the configuration is compared in full."""
    expected = [
        "AssociatedRoles",
        "DeletionProtection",
        "MasterUserSecret",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "PerformanceInsightsEnabled",
    ]
    assert expected == [one.subject for one in compare(restored(), "recovery").findings]


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_a_copy_that_shares_the_source_s_secret_is_a_finding(mode: Mode) -> None:
    """R48: its rotation would change a password that production's clients read."""
    findings = compare(restored(MasterUserSecret=SOURCE["MasterUserSecret"]), mode).findings
    assert "MasterUserSecret.SecretArn" in [one.subject for one in findings]
    cluster = {"DBClusterIdentifier": "a", "MasterUserSecret": SOURCE["MasterUserSecret"]}
    twin = cluster | {"DBClusterIdentifier": "b"}
    shared = [one.subject for one in compare_clusters(cluster, twin, mode=mode).findings]
    assert "MasterUserSecret.SecretArn" in shared


def test_a_secret_of_its_own_is_none_of_the_source_s() -> None:
    own = {**SOURCE["MasterUserSecret"], "SecretArn": "arn:own"}
    assert [] == compare(restored(MasterUserSecret=own)).findings


def test_a_cluster_s_managed_secret_may_be_missing_in_a_drill_alone() -> None:
    """R48: no restore makes one; a recovery has to turn it on again."""
    source = {"MasterUserSecret": SOURCE["MasterUserSecret"]}
    drilled = compare_clusters(source, {}, mode="drill")
    assert "MasterUserSecret" in [one.key for one in drilled.allowed]
    recovered = compare_clusters(source, {}, mode="recovery")
    assert "MasterUserSecret" in [one.subject for one in recovered.findings]


def test_an_instance_still_being_created_is_judged_by_what_it_shows() -> None:
    """R70."""
    twin = restored(DBInstanceStatus="creating", MultiAZ=False)
    del twin["EnabledCloudwatchLogsExports"], twin["Endpoint"]
    comparison = compare(twin, creating=True)
    assert ["MultiAZ"] == [one.subject for one in comparison.findings]
    assert ["EnabledCloudwatchLogsExports"] == comparison.pending


def test_what_nobody_knows_of_a_source_that_is_gone_is_not_proven() -> None:
    """R61: neither a finding nor passed over."""
    left = {
        key: SOURCE[key] for key in ("DBInstanceIdentifier", "Engine", "StorageType", "TagList")
    }
    comparison = compare_single(left, restored(StorageType="gp2"), mode="drill", gone=True)
    assert ["StorageType"] == [one.subject for one in comparison.findings]
    assert "MultiAZ" in comparison.unknown
    gaps = {gap.subject: gap.reason for gap in comparison.unseen.gaps}
    assert comparison.unknown == list(gaps)
    assert "the source is gone" in gaps["MultiAZ"]
    assert (comparison.told,) == comparison.unseen.allowed


def test_in_quarantine_its_own_groups_are_allowed_and_no_others() -> None:
    """DESIGN 5: configuration parity is judged modulo what keeps the copy apart."""
    apart = {"DBParameterGroups": [{"DBParameterGroupName": "core-copy-quarantine"}]}
    stands = [{"DBParameterGroupName": "core-copy-quarantine", "ParameterApplyStatus": "in-sync"}]
    comparison = compare(restored(DBParameterGroups=stands), apart=apart)
    assert [] == comparison.findings
    assert QUARANTINE in [one.reason for one in comparison.allowed]
    other = [{"DBParameterGroupName": "default.postgres15"}]
    (finding,) = compare(restored(DBParameterGroups=other), apart=apart).findings
    assert "DBParameterGroups" == finding.subject


def test_a_copy_that_lost_what_no_quarantine_speaks_of_is_a_finding() -> None:
    (finding,) = compare(restored(EnabledCloudwatchLogsExports=None), apart={"X": 1}).findings
    assert "EnabledCloudwatchLogsExports" == finding.subject


def test_every_allowance_has_a_reason() -> None:
    assert all(len(one.reason) > 10 for one in ALLOWED_SINGLE)
    assert {one.key for one in ALLOWED_SINGLE} & {one.key for one in ALLOWED}


def test_a_source_is_untouched_though_its_window_moves() -> None:
    """R32."""
    moved = SOURCE | {"LatestRestorableTime": NOON.replace(hour=14), "DBInstanceStatus": "x"}
    assert [] == check_single_untouched(SOURCE, moved)


@pytest.mark.parametrize(
    ("key", "value"), [("MultiAZ", False), ("InstanceCreateTime", None), ("TagList", [])]
)
def test_a_source_that_changed_meanwhile_is_a_finding(key: str, value: object) -> None:
    """R32."""
    (finding,) = check_single_untouched(SOURCE, SOURCE | {key: value})
    assert ("configuration.source", key) == (finding.check, finding.subject)
