"""R22, R25 to R31: the request for a single instance says everything, or the reason why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.session import get_session
from botocore.stub import Stubber

from fixtures.aws import tags as tagging
from fixtures.aws.errors import (
    AwsError,
    ChooseAnotherIdentifier,
    ChooseAnotherSource,
    ChooseAnotherTarget,
    CorrectTheRequest,
    FindSource,
    RemoveByHand,
)
from fixtures.aws.restore import Quarantine
from fixtures.aws.session import Client
from fixtures.aws.single_restore import LEFT_OUT, request, restore
from fixtures.aws.tags import RunTag
from tests.aws.samples import DESCRIBED, described

T = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
TAG = RunTag("run-1", "ci", datetime(2026, 3, 1, 20, tzinfo=UTC))
OPERATION = "RestoreDBInstanceToPointInTime"

# What a source of one kind says and one of another does not: asked for of such a source.
SAID_OF_OTHERS = {
    "UseLatestRestorableTime": request(DESCRIBED, "c", "latest", TAG),
    "SourceDbiResourceId": request(replace(DESCRIBED, deleted=True), "c", T, TAG),
    "EnableCustomerOwnedIp": request(described(CustomerOwnedIpEnabled=True), "c", T, TAG),
    "BackupTarget": request(described(BackupTarget="outposts"), "c", T, TAG),
}


def parameters() -> list[str]:
    model = get_session().get_service_model("rds").operation_model(OPERATION)
    return list(model.input_shape.members)


def test_every_parameter_of_aws_s_is_said_or_left_out_for_a_reason() -> None:
    """R31: one that AWS adds next year fails here, until somebody has decided."""
    said = set(request(DESCRIBED, "c", T, TAG))
    undecided = [
        name
        for name in parameters()
        if name not in said | LEFT_OUT.keys() and name not in SAID_OF_OTHERS.get(name, {})
    ]
    assert [] == undecided
    assert [] == sorted(LEFT_OUT.keys() - set(parameters()))
    assert [] == sorted(LEFT_OUT.keys() & said)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("AllocatedStorage", 500),
        ("AutoMinorVersionUpgrade", False),
        ("BackupRetentionPeriod", 7),
        ("CACertificateIdentifier", "rds-ca-rsa4096-g1"),
        ("CopyTagsToSnapshot", True),
        ("DBInstanceClass", "db.m6g.large"),
        ("DBParameterGroupName", "core-params"),
        ("DBSubnetGroupName", "core-net"),
        ("DedicatedLogVolume", True),
        ("EnableCloudwatchLogsExports", ["postgresql"]),
        ("EnableIAMDatabaseAuthentication", True),
        ("EngineLifecycleSupport", "open-source-rds-extended-support-disabled"),
        ("Iops", 14000),
        ("LicenseModel", "postgresql-license"),
        ("MaxAllocatedStorage", 1000),
        ("MultiAZ", True),
        ("NetworkType", "DUAL"),
        ("OptionGroupName", "core-options"),
        ("Port", 5433),
        ("PreferredBackupWindow", "03:00-03:30"),
        ("ProcessorFeatures", [{"Name": "coreCount", "Value": "1"}]),
        ("PubliclyAccessible", False),
        ("SourceDBInstanceIdentifier", "core-prod"),
        ("StorageThroughput", 600),
        ("StorageType", "gp3"),
        ("TargetDBInstanceIdentifier", "core-copy"),
        ("VpcSecurityGroupIds", ["sg-a", "sg-b"]),
    ],
)
def test_what_aws_would_reset_is_said(key: str, said: object) -> None:
    """R26, R27, R31: each of these, left out, becomes a default of AWS's."""
    assert said == request(DESCRIBED, "core-copy", T, TAG)[key]


def test_a_source_that_is_gone_is_named_by_its_resource_id_alone() -> None:
    """R61."""
    asked = request(replace(DESCRIBED, deleted=True), "c", T, TAG)
    assert "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ" == asked["SourceDbiResourceId"]
    assert "SourceDBInstanceIdentifier" not in asked


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"StorageType": "gp3", "AllocatedStorage": 399}, set()),
        ({"StorageType": "gp2"}, set()),
        ({"StorageType": "io2"}, {"Iops"}),
        ({"StorageType": "gp3", "AllocatedStorage": 400}, {"Iops", "StorageThroughput"}),
    ],
)
def test_speed_is_said_where_the_storage_has_it_to_be_set(
    raw: dict[str, Any], said: set[str]
) -> None:
    """AWS describes 3000 IOPS of a small gp3 volume, and refuses to be told them."""
    asked = request(described(**raw), "c", T, TAG)
    assert said == {"Iops", "StorageThroughput"} & asked.keys()


def test_a_drill_s_copy_is_not_protected_and_a_recovery_s_can_be() -> None:
    """DESIGN 5: a protected copy could not be removed."""
    assert request(DESCRIBED, "c", T, TAG)["DeletionProtection"] is False
    assert request(DESCRIBED, "c", T, TAG, deletion_protection=True)["DeletionProtection"] is True


def test_a_quarantine_takes_the_place_of_the_source_s_groups() -> None:
    """DESIGN 5: the server starts with the restore, so it is said in the very request."""
    asked = request(DESCRIBED, "c", T, TAG, quarantine=Quarantine("drill-params", ("sg-0drill",)))
    assert "drill-params" == asked["DBParameterGroupName"]
    assert ["sg-0drill"] == asked["VpcSecurityGroupIds"]


def test_the_copy_shares_no_secret_and_asks_for_none() -> None:
    """R48: AWS would refuse it for PostgreSQL, and the source's is the source's."""
    assert DESCRIBED.master_secret is not None
    asked = request(DESCRIBED, "c", T, TAG)
    assert [] == [key for key in asked if "MasterUser" in key]
    assert "arn:secret" not in str(asked)


def test_the_copy_gets_the_source_s_tags_and_the_run_s() -> None:
    """R28: not the older run's tag, and none that only AWS can set."""
    assert {
        "team": "archive",
        "restore-drills:run": "run-1",
        "restore-drills:owner": "ci",
        "restore-drills:expires": "2026-03-01T20:00:00Z",
    } == tagging.as_mapping(request(DESCRIBED, "c", T, TAG)["Tags"])


def test_latest_excludes_a_time() -> None:
    asked = request(DESCRIBED, "c", "latest", TAG)
    assert asked["UseLatestRestorableTime"] is True
    assert "RestoreTime" not in asked


def test_another_class_can_be_asked_for() -> None:
    asked = request(DESCRIBED, "c", T, TAG, instance_class="db.t4g.micro")
    assert "db.t4g.micro" == asked["DBInstanceClass"]


def answer_unused(stub: Stubber) -> None:
    stub.add_client_error("describe_db_instances", "DBInstanceNotFound", http_status_code=404)


def test_the_copy_is_marked_as_this_run_s_as_soon_as_it_has_an_id(
    stubbed: tuple[Client, Stubber],
) -> None:
    """DESIGN 7."""
    client, stub = stubbed
    answer_unused(stub)
    made = {
        "DBInstanceIdentifier": "core-copy",
        "DbiResourceId": "db-COPY",
        "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:core-copy",
    }
    stub.add_response("restore_db_instance_to_point_in_time", {"DBInstance": made})
    stub.add_response(
        "add_tags_to_resource",
        {},
        {
            "ResourceName": made["DBInstanceArn"],
            "Tags": [{"Key": "restore-drills:resource", "Value": "db-COPY"}],
        },
    )
    restored = restore(client, DESCRIBED, "core-copy", T, TAG)
    assert ("core-copy", "db-COPY") == (restored.identifier, restored.resource_id)


MADE = {
    "DBInstanceIdentifier": "core-copy",
    "DbiResourceId": "db-COPY",
    "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:core-copy",
}


def test_a_copy_that_cannot_be_marked_is_deleted_again(stubbed: tuple[Client, Stubber]) -> None:
    client, stub = stubbed
    answer_unused(stub)
    stub.add_response("restore_db_instance_to_point_in_time", {"DBInstance": MADE})
    stub.add_client_error("add_tags_to_resource", "AccessDenied", "no")
    stub.add_response("describe_db_instances", {"DBInstances": [MADE]})
    stub.add_response("delete_db_instance", {})
    answer_unused(stub)
    with pytest.raises(CorrectTheRequest, match="core-copy was made and could not be marked"):
        restore(client, DESCRIBED, "core-copy", T, TAG)


def test_a_copy_that_can_neither_be_marked_nor_deleted_is_pointed_out(
    stubbed: tuple[Client, Stubber],
) -> None:
    client, stub = stubbed
    answer_unused(stub)
    stub.add_response("restore_db_instance_to_point_in_time", {"DBInstance": MADE})
    stub.add_client_error("add_tags_to_resource", "AccessDenied", "no")
    stub.add_response("describe_db_instances", {"DBInstances": [MADE]})
    stub.add_client_error("delete_db_instance", "AccessDenied", "no")
    with pytest.raises(RemoveByHand, match="delete it by hand"):
        restore(client, DESCRIBED, "core-copy", T, TAG)


@pytest.mark.parametrize("run_id", ["run-1", "run-2"])
def test_a_copy_whose_answer_was_lost_is_found_again_if_it_is_ours(
    stubbed: tuple[Client, Stubber], run_id: str
) -> None:
    """botocore repeats a request by itself, and is told that the name is taken."""
    client, stub = stubbed
    answer_unused(stub)
    stub.add_client_error("restore_db_instance_to_point_in_time", "DBInstanceAlreadyExists", "is")
    tags = replace(TAG, run_id=run_id).as_dict()
    found = MADE | {"TagList": tagging.as_list(tags)}
    stub.add_response("describe_db_instances", {"DBInstances": [found]})
    if run_id == TAG.run_id:
        stub.add_response("add_tags_to_resource", {})
        assert "db-COPY" == restore(client, DESCRIBED, "core-copy", T, TAG).resource_id
    else:
        with pytest.raises(ChooseAnotherIdentifier, match="its tags are not this run's"):
            restore(client, DESCRIBED, "core-copy", T, TAG)


def test_a_name_that_is_taken_is_never_asked_for(stubbed: tuple[Client, Stubber]) -> None:
    """R25: not every endpoint refuses a duplicate."""
    client, stub = stubbed
    stub.add_response("describe_db_instances", {"DBInstances": [{"DBInstanceIdentifier": "c"}]})
    with pytest.raises(ChooseAnotherIdentifier, match="an instance named 'c' exists already"):
        restore(client, DESCRIBED, "c", T, TAG)


def test_the_source_s_own_name_is_never_asked_for(stubbed: tuple[Client, Stubber]) -> None:
    client, _ = stubbed
    with pytest.raises(ChooseAnotherIdentifier, match="is the source itself"):
        restore(client, DESCRIBED, "Core-Prod", T, TAG)


@pytest.mark.parametrize(
    ("code", "message", "error", "said"),
    [
        ("DBInstanceNotFound", "no", FindSource, "it went after it was described"),
        ("DBInstanceAutomatedBackupNotFound", "no", FindSource, "keeps no automated backups"),
        ("PointInTimeRestoreNotEnabled", "no", ChooseAnotherSource, "set its backup retention"),
        ("InvalidRestoreFault", "no", ChooseAnotherTarget, "choose a time within its window"),
        (
            "InvalidParameterValue",
            "The specified RestoreTime is wrong",
            ChooseAnotherTarget,
            "2026-03-01 12:30:15",
        ),
        ("InstanceQuotaExceeded", "too many", CorrectTheRequest, "InstanceQuotaExceeded: too many"),
    ],
)
def test_a_refusal_keeps_aws_s_words_under_the_name_of_what_to_do(
    stubbed: tuple[Client, Stubber], code: str, message: str, error: type[AwsError], said: str
) -> None:
    client, stub = stubbed
    answer_unused(stub)
    stub.add_client_error(
        "restore_db_instance_to_point_in_time", code, message, expected_params=None
    )
    with pytest.raises(error, match=said) as refusal:
        restore(client, DESCRIBED, "core-copy", T, TAG)
    assert "\n" not in str(refusal.value)
