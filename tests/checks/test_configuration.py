"""R25 to R33, R70: a difference of configuration is a finding, or allowed and told."""

from __future__ import annotations

import copy as copying
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from checks.allowances import ALLOWED, Mode
from checks.configuration import (
    OUR_TAGS,
    Comparison,
    check_untouched,
    compare_clusters,
    compare_instances,
)
from fixtures.aws.tags import PREFIX

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

SOURCE: dict[str, Any] = {
    "DBClusterIdentifier": "core-prod",
    "DBClusterArn": "arn:aws:rds:us-east-1:1:cluster:core-prod",
    "DbClusterResourceId": "cluster-SOURCE",
    "Status": "available",
    "Endpoint": "core-prod.cluster-x.us-east-1.rds.amazonaws.com",
    "ClusterCreateTime": NOON,
    "LatestRestorableTime": NOON,
    "Engine": "aurora-postgresql",
    "EngineVersion": "15.4",
    "Port": 5432,
    "MasterUsername": "root",
    "DBSubnetGroup": "core-net",
    "VpcSecurityGroups": [
        {"VpcSecurityGroupId": "sg-a", "Status": "active"},
        {"VpcSecurityGroupId": "sg-b", "Status": "active"},
    ],
    "DBClusterParameterGroup": "core-params",
    "IAMDatabaseAuthenticationEnabled": True,
    "CopyTagsToSnapshot": True,
    "DeletionProtection": True,
    "StorageEncrypted": True,
    "KmsKeyId": "arn:aws:kms:us-east-1:1:key/k",
    "StorageType": "aurora-iopt1",
    "BackupRetentionPeriod": 7,
    "PreferredBackupWindow": "03:00-03:30",
    "PreferredMaintenanceWindow": "wed:02:40-wed:03:10",
    "EnabledCloudwatchLogsExports": ["postgresql", "instance"],
    "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 4.0},
    "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
    "HttpEndpointEnabled": False,
    "AssociatedRoles": [{"RoleArn": "arn:aws:iam::1:role/s3", "Status": "ACTIVE"}],
    "DBClusterMembers": [{"DBInstanceIdentifier": "core-prod-1", "IsClusterWriter": True}],
    "AvailabilityZones": ["us-east-1a", "us-east-1b"],
    "TagList": [{"Key": "team", "Value": "archive"}, {"Key": "aws:cfn", "Value": "stack"}],
}


def restored(**changes: Any) -> dict[str, Any]:
    """A copy as a drill should find it, with some keys changed."""
    twin = copying.deepcopy(SOURCE)
    twin |= {
        "DBClusterIdentifier": "core-copy",
        "DBClusterArn": "arn:aws:rds:us-east-1:1:cluster:core-copy",
        "DbClusterResourceId": "cluster-COPY",
        "Endpoint": "core-copy.cluster-x.us-east-1.rds.amazonaws.com",
        "ClusterCreateTime": NOON.replace(hour=13),
        "LatestRestorableTime": NOON.replace(hour=13),
        "DeletionProtection": False,
        "AssociatedRoles": [],
        "DBClusterMembers": [],
        "AvailabilityZones": ["us-east-1a", "us-east-1c"],
        "TagList": [
            {"Key": "restore-drills:run", "Value": "run-1"},
            {"Key": "team", "Value": "archive"},
        ],
    }
    return twin | changes


def compare(copy: dict[str, Any], mode: Mode = "drill", **more: Any) -> Comparison:
    return compare_clusters(SOURCE, copy, mode=mode, **more)


def test_a_like_copy_has_no_finding_and_what_differs_is_told_with_its_reason() -> None:
    """R31."""
    comparison = compare(restored())
    assert comparison.findings == []
    assert comparison.pending == []
    assert [one.key for one in comparison.allowed] == [
        "AssociatedRoles",
        "AvailabilityZones",
        "ClusterCreateTime",
        "DBClusterMembers",
        "DeletionProtection",
        "Endpoint",
        "LatestRestorableTime",
        "TagList[aws:cfn]",
        "TagList[restore-drills:run]",
    ]
    assert all(one.reason for one in comparison.allowed)


RESETS: dict[str, Any] = {
    # requirement, key: what the copy shows when AWS (or moto) has its way
    "R26 DBSubnetGroup": "default",
    "R27 VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-default", "Status": "active"}],
    "R28 CopyTagsToSnapshot": False,
    "R31 DBClusterParameterGroup": "default.aurora-postgresql15",
    "R31 EnabledCloudwatchLogsExports": [],
    "R31 IAMDatabaseAuthenticationEnabled": False,
    "R31 BackupRetentionPeriod": 1,
    "R31 ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 1.0},
    "R31 StorageType": None,
    "R31 StorageEncrypted": False,
    "R31 KmsKeyId": "arn:aws:kms:us-east-1:1:key/another",
    "R31 EngineVersion": "15.5",
    "R31 EngineLifecycleSupport": "open-source-rds-extended-support",
    "R31 PreferredBackupWindow": "07:00-07:30",
    "R31 PreferredMaintenanceWindow": "sun:07:00-sun:07:30",
    "R31 MasterUsername": "postgres",
    "R31 HttpEndpointEnabled": True,
    "R31 Port": 5433,
}


@pytest.mark.parametrize("reset", RESETS)
def test_each_reset_is_a_finding_by_its_name(reset: str) -> None:
    """R26, R27, R28, R31."""
    requirement, key = reset.split()
    (finding,) = compare(restored(**{key: RESETS[reset]})).findings
    assert finding.check == "configuration.cluster"
    assert finding.subject == key
    assert finding.expected != finding.actual
    assert finding.remedy.startswith(requirement)


def test_a_setting_that_nobody_knows_yet_is_compared() -> None:
    """R31: ignored, it would be reset in silence the day AWS invents it."""
    (finding,) = compare(restored(QuantumEncryption="off")).findings
    assert (finding.subject, finding.expected, finding.actual) == ("QuantumEncryption", None, "off")


def test_security_groups_are_a_set_and_their_states_no_setting() -> None:
    """R27."""
    groups = [
        {"VpcSecurityGroupId": "sg-b", "Status": "adding"},
        {"VpcSecurityGroupId": "sg-a", "Status": "active"},
    ]
    assert compare(restored(VpcSecurityGroups=groups)).findings == []
    (finding,) = compare(restored(VpcSecurityGroups=groups[:1])).findings
    assert (finding.expected, finding.actual) == (["sg-a", "sg-b"], ["sg-b"])


def test_the_order_of_log_exports_says_nothing() -> None:
    assert compare(restored(EnabledCloudwatchLogsExports=["instance", "postgresql"])).findings == []


def test_times_are_told_in_utc() -> None:
    """boto3 gives them in the zone of the machine that asks."""
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-7)))
    told = {one.key: one for one in compare(restored(ClusterCreateTime=elsewhere)).allowed}
    assert "ClusterCreateTime" not in told
    later = elsewhere + timedelta(hours=1)
    told = {one.key: one for one in compare(restored(ClusterCreateTime=later)).allowed}
    assert str(told["ClusterCreateTime"].copy) == "2026-03-01 13:00:00+00:00"


def test_nothing_and_an_empty_list_are_the_same_answer() -> None:
    twin = restored(PendingModifiedValues={}, ReadReplicaIdentifiers=[])
    del twin["AssociatedRoles"]
    assert compare(twin).findings == []


def test_a_standard_storage_type_may_be_said_or_not() -> None:
    """CreateDBCluster: `aurora` is not returned, `aurora-iopt1` is."""
    source = {key: value for key, value in SOURCE.items() if key != "StorageType"}
    twin = restored(StorageType="aurora")
    assert compare_clusters(source, twin, mode="drill").findings == []


def test_off_is_not_the_same_as_no_answer() -> None:
    twin = restored()
    del twin["HttpEndpointEnabled"]
    (finding,) = compare(twin).findings
    assert (finding.expected, finding.actual) == (False, None)


def test_the_owner_of_a_managed_secret_may_differ_but_not_its_key() -> None:
    def secret(arn: str, key: str) -> dict[str, str]:
        return {"SecretArn": arn, "SecretStatus": "active", "KmsKeyId": key}

    source = SOURCE | {"MasterUserSecret": secret("arn:1", "k1")}
    twin = restored(MasterUserSecret=secret("arn:2", "k1"))
    assert compare_clusters(source, twin, mode="drill").findings == []
    twin = restored(MasterUserSecret=secret("arn:2", "k2"))
    (finding,) = compare_clusters(source, twin, mode="drill").findings
    assert finding.subject == "MasterUserSecret"


@pytest.mark.parametrize(
    ("tags", "subject", "expected", "actual"),
    [
        ({}, "TagList[team]", "archive", None),
        ({"team": "other"}, "TagList[team]", "archive", "other"),
        ({"team": "archive", "stray": "1"}, "TagList[stray]", None, "1"),
    ],
    ids=["lost", "changed", "added"],
)
def test_tags_are_compared_one_by_one(
    tags: dict[str, str], subject: str, expected: object, actual: object
) -> None:
    """R28."""
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    (finding,) = compare(restored(TagList=listed)).findings
    assert finding.check == "configuration.tags"
    assert (finding.subject, finding.expected, finding.actual) == (subject, expected, actual)


def test_no_tags_at_all_is_drift_too() -> None:
    """R28."""
    twin = restored()
    del twin["TagList"]
    (finding,) = compare(twin).findings
    assert finding.subject == "TagList[team]"


def test_our_own_tags_are_known_by_the_prefix_that_the_aws_code_gives_them() -> None:
    """Checks import nothing of fixtures, so the word is written twice."""
    assert OUR_TAGS == PREFIX


@pytest.mark.parametrize("key", ["DBClusterIdentifier", "DBClusterArn", "DbClusterResourceId"])
@pytest.mark.parametrize("fault", ["the source's", "missing"])
def test_a_copy_without_an_identity_of_its_own_is_no_copy(key: str, fault: str) -> None:
    """R25: the source, compared with itself, would be as like as can be."""
    (finding,) = compare(restored(**{key: SOURCE[key] if fault != "missing" else None})).findings
    assert (finding.check, finding.subject) == ("configuration.identity", key)


def test_a_port_of_its_own_is_allowed_on_one_host_only() -> None:
    twin = restored(Port=49152)
    assert compare(twin, "drill", own_port=True).findings == []
    assert [one.subject for one in compare(twin, "drill").findings] == ["Port"]


def test_what_a_drill_may_leave_out_a_recovery_may_not() -> None:
    """DESIGN 5: after a recovery's gate the configuration is compared in full."""
    assert [one.subject for one in compare(restored(), "recovery").findings] == [
        "AssociatedRoles",
        "DeletionProtection",
    ]


def test_protection_is_allowed_to_be_off_but_not_to_be_on() -> None:
    source = SOURCE | {"DeletionProtection": False}
    twin = restored(DeletionProtection=True)
    (finding,) = compare_clusters(source, twin, mode="drill").findings
    assert finding.subject == "DeletionProtection"


def test_a_role_that_a_drill_s_copy_did_get_is_a_finding() -> None:
    """DESIGN 5: it could reach production through it."""
    roles = [{"RoleArn": "arn:aws:iam::1:role/another"}]
    assert [one.subject for one in compare(restored(AssociatedRoles=roles)).findings] == [
        "AssociatedRoles"
    ]


APART: dict[str, object] = {
    "DBClusterParameterGroup": "core-drill-quarantine",
    "VpcSecurityGroups": ["sg-0own"],
}
IN_QUARANTINE: dict[str, Any] = {
    "DBClusterParameterGroup": "core-drill-quarantine",
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-0own", "Status": "active"}],
}


def test_a_copy_in_quarantine_differs_by_its_groups_and_they_are_told() -> None:
    """DESIGN 5: parity modulo a list that is fixed, and printed."""
    compared = compare(restored(**IN_QUARANTINE), apart=APART)

    assert [] == compared.findings
    assert set(APART) <= {one.key for one in compared.allowed}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DBClusterParameterGroup", "default.aurora-postgresql15"),
        ("VpcSecurityGroups", [{"VpcSecurityGroupId": "sg-default"}]),
        # What the quarantine is not about is compared as ever, also where the copy lost it.
        ("DBSubnetGroup", "default"),
        ("KmsKeyId", None),
    ],
)
def test_a_copy_in_quarantine_may_have_no_other_groups(key: str, value: object) -> None:
    found = compare(restored(**{**IN_QUARANTINE, key: value}), apart=APART).findings

    assert [key] == [one.subject for one in found]


def test_instances_in_quarantine_have_its_groups_and_no_others() -> None:
    source = [instance("a")]
    group = source[0]["DBParameterGroups"][0]["DBParameterGroupName"]
    own = instance("b", DBParameterGroups=[{"DBParameterGroupName": "quarantine"}])

    assert [] == compare_instances(source, [own], instead={group: "quarantine"})
    assert ["quarantine"] == [
        one.expected[0]  # type: ignore[index]
        for one in compare_instances(source, [instance("c")], instead={group: "quarantine"})
    ]


def test_a_cluster_still_being_created_is_judged_by_what_it_shows() -> None:
    """R70: a wrong subnet group is known hours before the copy is available."""
    twin = restored(Status="creating", DBSubnetGroup="default")
    del twin["EnabledCloudwatchLogsExports"]
    comparison = compare(twin, creating=True)
    assert [one.subject for one in comparison.findings] == ["DBSubnetGroup"]
    assert comparison.pending == ["EnabledCloudwatchLogsExports"]
    assert [one.subject for one in compare(twin).findings] == [
        "DBSubnetGroup",
        "EnabledCloudwatchLogsExports",
    ]


def test_every_allowance_has_a_reason_and_none_is_said_twice() -> None:
    assert all(len(one.reason) > 10 for one in ALLOWED)
    assert len({one.key for one in ALLOWED}) == len(ALLOWED)


def test_a_source_is_untouched_though_its_window_moves() -> None:
    """R32."""
    after = SOURCE | {"LatestRestorableTime": NOON.replace(hour=14), "Status": "backing-up"}
    assert check_untouched(SOURCE, after) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DeletionProtection", False),
        ("DBClusterMembers", []),
        ("TagList", []),
        ("DbClusterResourceId", "cluster-ANOTHER"),
        ("Port", 1),
    ],
)
def test_a_source_that_changed_meanwhile_is_a_finding(key: str, value: object) -> None:
    """R32."""
    (finding,) = check_untouched(SOURCE, SOURCE | {key: value})
    assert (finding.check, finding.subject) == ("configuration.source", key)


def instance(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": "db.serverless",
        "Engine": "aurora-postgresql",
        "DBParameterGroups": [
            {"DBParameterGroupName": "core-i", "ParameterApplyStatus": "in-sync"}
        ],
        "PromotionTier": 1,
        "PubliclyAccessible": False,
        "AvailabilityZone": f"zone of {name}",
    } | changes


READER = {"DBInstanceClass": "db.r6g.large", "PromotionTier": 2}


def test_like_instances_in_any_order_have_no_finding() -> None:
    """R33."""
    assert (
        compare_instances(
            [instance("a"), instance("b", **READER)], [instance("x", **READER), instance("y")]
        )
        == []
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DBInstanceClass", "db.t4g.medium"),
        ("Engine", "aurora-mysql"),
        ("DBParameterGroups", [{"DBParameterGroupName": "default.aurora-postgresql15"}]),
        ("PromotionTier", 15),
        ("PubliclyAccessible", True),
    ],
)
def test_each_setting_of_an_instance_that_differs_is_a_finding(key: str, value: object) -> None:
    """R33."""
    (finding,) = compare_instances(
        [instance("a"), instance("b", **READER)],
        [instance("x", **READER), instance("y", **{key: value})],
    )
    assert finding.check == "configuration.instances"
    assert finding.subject == f"y.{key}"


def test_a_cluster_without_instances_is_a_finding() -> None:
    """R33: nothing listens."""
    (finding,) = compare_instances([instance("a")], [])
    assert (finding.subject, finding.expected, finding.actual) == ("number of instances", 1, 0)


def test_one_instance_too_many_is_a_finding() -> None:
    """R33."""
    (finding,) = compare_instances([instance("a")], [instance("x"), instance("y")])
    assert (finding.expected, finding.actual) == (1, 2)
