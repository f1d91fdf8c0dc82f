"""R22, R25 to R31: the request says everything, and a wrong one is never sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.stub import Stubber

from fixtures.aws import tags as tagging
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.errors import (
    AwsError,
    ChooseAnotherIdentifier,
    ChooseAnotherTarget,
    CorrectTheRequest,
    FindSource,
    RemoveByHand,
)
from fixtures.aws.restore import Quarantine, check_target, request, restore
from fixtures.aws.session import Client
from fixtures.aws.tags import RESOURCE, RUN, RunTag, as_list
from tests.aws.fix_aws import Recorder

T = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
TAG = RunTag("run-1", "ci", datetime(2026, 3, 1, 20, tzinfo=UTC))
RESTORE = "RestoreDBClusterToPointInTime"


@pytest.fixture
def described(rds: Client, source: str) -> ClusterDescription:
    return describe(rds, source)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("DBSubnetGroupName", "core-net"),
        ("VpcSecurityGroupIds", ["sg-0bastion", "sg-0core"]),
        ("DBClusterParameterGroupName", "core-params"),
        ("Port", 5433),
        ("EnableIAMDatabaseAuthentication", True),
        ("EnableCloudwatchLogsExports", ["postgresql"]),
        ("CopyTagsToSnapshot", True),
        ("StorageType", "aurora-iopt1"),
        ("PreferredBackupWindow", "03:00-03:30"),
        ("KmsKeyId", "default_kms_key_id"),
        ("NetworkType", "IPV4"),
        ("ServerlessV2ScalingConfiguration", {"MinCapacity": 0.5, "MaxCapacity": 4.0}),
        ("RestoreType", "full-copy"),
        ("SourceDBClusterIdentifier", "core-prod"),
        ("DBClusterIdentifier", "core-copy"),
    ],
)
def test_what_aws_would_reset_is_said(
    described: ClusterDescription, key: str, said: object
) -> None:
    """R26, R27, R31: each of these, left out, becomes a default of AWS's."""
    assert request(described, "core-copy", T, TAG)[key] == said


def test_the_life_cycle_is_said_where_the_source_has_one(described: ClusterDescription) -> None:
    """R31: left out, the copy is enrolled into Extended Support, at a price."""
    cycle = "open-source-rds-extended-support-disabled"
    enrolled = replace(described, raw={**described.raw, "EngineLifecycleSupport": cycle})
    assert request(enrolled, "core-copy", T, TAG)["EngineLifecycleSupport"] == cycle
    assert "EngineLifecycleSupport" not in request(described, "core-copy", T, TAG)


def test_a_standard_storage_type_is_said_though_aws_does_not(described: ClusterDescription) -> None:
    raw = {key: value for key, value in described.raw.items() if key != "StorageType"}
    assert request(replace(described, raw=raw), "c", T, TAG)["StorageType"] == "aurora"


def test_an_unencrypted_source_s_copy_names_no_key(described: ClusterDescription) -> None:
    assert "KmsKeyId" not in request(replace(described, key=None), "c", T, TAG)


def test_serverless_v1_keeps_its_mode_and_scaling(described: ClusterDescription) -> None:
    scaling = {"MinCapacity": 2, "MaxCapacity": 8, "AutoPause": True}
    raw = {**described.raw, "EngineMode": "serverless", "ScalingConfigurationInfo": scaling}
    asked = request(replace(described, raw=raw), "c", T, TAG)
    assert (asked["EngineMode"], asked["ScalingConfiguration"]) == ("serverless", scaling)
    assert "ScalingConfiguration" not in request(described, "c", T, TAG)


def test_a_drill_s_copy_is_not_protected_and_a_recovery_s_can_be(
    described: ClusterDescription,
) -> None:
    """DESIGN 5: a protected copy could not be removed."""
    assert request(described, "c", T, TAG)["DeletionProtection"] is False
    protected = request(described, "c", T, TAG, deletion_protection=True)
    assert protected["DeletionProtection"] is True


def test_monitoring_and_roles_are_left_out(described: ClusterDescription) -> None:
    """boto/boto3#4634; DESIGN 5."""
    raw = {
        **described.raw,
        "MonitoringInterval": 60,
        "MonitoringRoleArn": "arn:aws:iam::1:role/m",
        "PerformanceInsightsEnabled": True,
        "AssociatedRoles": [{"RoleArn": "arn:aws:iam::1:role/s3"}],
    }
    asked = request(replace(described, raw=raw), "c", T, TAG)
    assert [k for k in asked if "Monitoring" in k or "Performance" in k or "Role" in k] == []


def test_the_copy_gets_the_source_s_tags_and_the_run_s(described: ClusterDescription) -> None:
    """R28: not the older run's tag that the source carries."""
    assert tagging.as_mapping(request(described, "c", T, TAG)["Tags"]) == {
        "team": "archive",
        "restore-drills:run": "run-1",
        "restore-drills:owner": "ci",
        "restore-drills:expires": "2026-03-01T20:00:00Z",
    }


def test_a_quarantine_takes_the_place_of_the_source_s_groups(
    described: ClusterDescription,
) -> None:
    """DESIGN 5."""
    asked = request(described, "c", T, TAG, quarantine=Quarantine("drill-params", ("sg-0drill",)))
    assert asked["DBClusterParameterGroupName"] == "drill-params"
    assert asked["VpcSecurityGroupIds"] == ["sg-0drill"]


def test_a_time_is_asked_for_in_utc(described: ClusterDescription) -> None:
    """R22."""
    paris = T.astimezone(timezone(timedelta(hours=1)))
    asked = request(described, "c", paris, TAG)
    assert asked["RestoreToTime"] == T
    assert asked["RestoreToTime"].utcoffset() == timedelta(0)
    assert "UseLatestRestorableTime" not in asked


def test_latest_excludes_a_time(described: ClusterDescription) -> None:
    asked = request(described, "c", "latest", TAG)
    assert asked["UseLatestRestorableTime"] is True
    assert "RestoreToTime" not in asked


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (datetime(2026, 3, 1, 12), "has no zone: give it in UTC, 2026-03-01T12:00:00Z"),
        (T.replace(microsecond=1), "no whole second"),
        ("yesterday", "no recovery target"),
        ("2026-03-01T12:00:00Z", "no recovery target"),
        (None, "no recovery target"),
    ],
)
def test_a_target_that_rds_cannot_mean_is_refused(target: Any, said: str) -> None:
    """R22."""
    with pytest.raises(ChooseAnotherTarget, match=said):
        check_target(target)


def test_a_copy_is_restored_and_marked_as_this_run_s_own(
    rds: Client, described: ClusterDescription
) -> None:
    """The request, whole, is one that AWS's model accepts; the mark is the copy's own id."""
    restored = restore(rds, described, "Core-Copy", "latest", TAG)
    assert restored.identifier == "core-copy"
    assert restored.resource_id != described.resource_id
    listed = rds.list_tags_for_resource(ResourceName=restored.arn)["TagList"]
    assert TAG.owns(tagging.as_mapping(listed), restored.resource_id)


@pytest.mark.parametrize(
    ("name", "target", "error"),
    [
        ("core_copy", T, ChooseAnotherIdentifier),
        ("core-prod", T, ChooseAnotherIdentifier),
        ("core-copy", datetime(2026, 3, 1), ChooseAnotherTarget),
    ],
    ids=["illegal name", "name in use", "naive time"],
)
def test_a_wrong_request_is_never_sent(
    rds: Client,
    described: ClusterDescription,
    calls: Recorder,
    name: str,
    target: datetime,
    error: type[AwsError],
) -> None:
    """R25, R22."""
    with pytest.raises(error):
        restore(rds, described, name, target, TAG)
    assert RESTORE not in calls.names


def expect_unused(stubber: Stubber) -> None:
    stubber.add_client_error("describe_db_clusters", "DBClusterNotFoundFault", "none")


@pytest.mark.parametrize(
    ("code", "words", "error", "said"),
    [
        ("DBClusterNotFoundFault", "gone", FindSource, "no longer finds core-prod"),
        (
            "InvalidParameterValue",
            "RestoreToTime is late",
            ChooseAnotherTarget,
            "within its window",
        ),
        ("InvalidRestoreFault", "cannot", ChooseAnotherTarget, "2026-03-01 12:30:15"),
        ("InvalidParameterValue", "Port is odd", CorrectTheRequest, "Port is odd"),
        ("DBSubnetGroupNotFoundFault", "core-net", CorrectTheRequest, "DBSubnetGroupNotFoundFault"),
        ("KMSKeyNotAccessibleFault", "key", CorrectTheRequest, "KMSKeyNotAccessibleFault"),
        ("AccessDenied", "not you", CorrectTheRequest, "not you"),
    ],
)
def test_aws_s_refusal_is_told_by_what_to_do(
    described: ClusterDescription,
    stubbed: tuple[Client, Stubber],
    code: str,
    words: str,
    error: type[AwsError],
    said: str,
) -> None:
    client, stubber = stubbed
    expect_unused(stubber)
    stubber.add_client_error("restore_db_cluster_to_point_in_time", code, words)
    with pytest.raises(error, match=said):
        restore(client, described, "core-copy", T, TAG)


MADE = {
    "DBClusterIdentifier": "core-copy",
    "DbClusterResourceId": "cluster-COPY",
    "DBClusterArn": "arn:aws:rds:us-east-1:1:cluster:core-copy",
}


@pytest.mark.parametrize(
    "tags",
    [
        {},
        TAG.as_dict() | {RUN: "another run"},
        TAG.as_dict() | {RESOURCE: "cluster-OTHER"},
        {RUN: TAG.run_id},
    ],
)
def test_a_name_that_is_taken_by_something_else_is_refused(
    described: ClusterDescription, stubbed: tuple[Client, Stubber], tags: dict[str, str]
) -> None:
    """Also where it carries tags of this run which it inherited from a copy of it."""
    client, stubber = stubbed
    expect_unused(stubber)
    stubber.add_client_error(
        "restore_db_cluster_to_point_in_time", "DBClusterAlreadyExistsFault", "exists"
    )
    found = MADE | {"TagList": as_list(tags)}
    stubber.add_response("describe_db_clusters", {"DBClusters": [found]})
    with pytest.raises(ChooseAnotherIdentifier, match="its tags are not this run's"):
        restore(client, described, "core-copy", T, TAG)


def test_a_copy_whose_answer_was_lost_is_found_again(
    described: ClusterDescription, stubbed: tuple[Client, Stubber]
) -> None:
    """botocore repeats a request by itself, and is told that the name is taken: by us."""
    client, stubber = stubbed
    expect_unused(stubber)
    stubber.add_client_error(
        "restore_db_cluster_to_point_in_time", "DBClusterAlreadyExistsFault", "exists"
    )
    found = MADE | {"TagList": as_list(TAG.as_dict())}
    stubber.add_response("describe_db_clusters", {"DBClusters": [found]})
    stubber.add_response("add_tags_to_resource", {})
    assert restore(client, described, "core-copy", T, TAG).resource_id == "cluster-COPY"


def unmarked(stubber: Stubber) -> None:
    """A copy is made, and the role may not tag it."""
    expect_unused(stubber)
    stubber.add_response("restore_db_cluster_to_point_in_time", {"DBCluster": MADE})
    stubber.add_client_error("add_tags_to_resource", "AccessDenied", "not you")
    stubber.add_response("describe_db_clusters", {"DBClusters": [MADE]})


def test_a_copy_that_could_not_be_marked_is_deleted_again(
    described: ClusterDescription, stubbed: tuple[Client, Stubber]
) -> None:
    """Nothing of ours would ever delete it later."""
    client, stubber = stubbed
    unmarked(stubber)
    stubber.add_response("delete_db_cluster", {})
    stubber.add_client_error("describe_db_clusters", "DBClusterNotFoundFault", "none")
    with pytest.raises(CorrectTheRequest, match=r"could not be marked.*deleted again"):
        restore(client, described, "core-copy", T, TAG)


def test_a_copy_that_can_neither_be_marked_nor_deleted_is_pointed_out(
    described: ClusterDescription, stubbed: tuple[Client, Stubber]
) -> None:
    """Somebody has to know."""
    client, stubber = stubbed
    unmarked(stubber)
    stubber.add_client_error("delete_db_cluster", "AccessDenied", "nor that")
    with pytest.raises(RemoveByHand, match=r"core-copy was made and .*delete it by hand"):
        restore(client, described, "core-copy", T, TAG)
