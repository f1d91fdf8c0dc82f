"""DynamoDB's backups: a user's, and the one that stays of a deleted table."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused, wait_until
from tests.rehearsal.services.dynamodb.dynamo import API, GUIDE, Dynamo, next_second, post, row

DELETED = f"{GUIDE}Point-in-time-recovery.html"
FROM_BACKUP = "RestoreTableFromBackup"
UNKNOWN = "arn:aws:dynamodb:us-east-1:123456789012:table/nowhere/backup/01489602797149-73d8d5bc"


def system_backups(dynamo: Dynamo, name: str) -> list[dict[str, Any]]:
    """What DynamoDB kept of a table by itself."""
    answer = dynamo.api.list_backups(TableName=name, BackupType="SYSTEM")
    found: list[dict[str, Any]] = answer["BackupSummaries"]
    return found


@documented(
    "dynamodb", "CreateBackup", "A backup has the items of its request.", API + "CreateBackup"
)
def test_a_backup_has_the_items_of_its_time(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    item = {**row("one"), "list": {"L": [{"M": {"n": {"N": "1"}}}]}, "set": {"SS": ["a"]}}
    dynamo.put(name, item)
    arn = dynamo.back_up(name)
    dynamo.api.update_item(
        TableName=name,
        Key=row("one"),
        UpdateExpression="SET #l[0].n = :two ADD #s :more",
        ExpressionAttributeNames={"#l": "list", "#s": "set"},
        ExpressionAttributeValues={":two": {"N": "2"}, ":more": {"SS": ["b"]}},
    )
    dynamo.put(name, row("two"))

    copy = dynamo.restore_backup(arn)
    assert [item] == dynamo.items(copy)
    assert arn == dynamo.describe(copy)["RestoreSummary"]["SourceBackupArn"]


@documented("dynamodb", "CreateBackup", "A backup is made asynchronously.", API + "CreateBackup")
def test_a_backup_is_creating_first(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    dynamo.put(name, row("one"))
    details = dynamo.api.create_backup(TableName=name, BackupName="first")["BackupDetails"]
    dynamo.wait_for_backup(details["BackupArn"])
    described = dynamo.api.describe_backup(BackupArn=details["BackupArn"])["BackupDescription"]

    assert ("CREATING", "USER", "first") == (
        details["BackupStatus"],
        details["BackupType"],
        details["BackupName"],
    )
    assert 5 == described["BackupDetails"]["BackupSizeBytes"]
    assert 1 == described["SourceTableDetails"]["ItemCount"]
    assert "BackupExpiryDateTime" not in described["BackupDetails"]


@documented("dynamodb", FROM_BACKUP, "A backup outlives its table.", API + FROM_BACKUP)
def test_a_backup_outlives_its_table(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    dynamo.put(name, row("one"))
    arn = dynamo.back_up(name)
    dynamo.api.delete_table(TableName=name)
    dynamo.api.restore_table_from_backup(BackupArn=arn, TargetTableName=name)
    dynamo.wait(name)

    assert [row("one")] == dynamo.items(name)


@documented(
    "dynamodb", "CreateBackup", "Deleting a table with recovery leaves a system backup.", DELETED
)
def test_a_deleted_table_leaves_a_system_backup(dynamo: Dynamo) -> None:
    name = dynamo.create()
    dynamo.put(name, row("one"), row("two"))
    dynamo.api.delete_item(TableName=name, Key=row("two"))
    gone = dynamo.api.delete_table(TableName=name)["TableDescription"]
    [backup] = system_backups(dynamo, name)
    dynamo.wait_for_backup(backup["BackupArn"])

    assert "DELETING" == gone["TableStatus"]
    assert [row("one")] == dynamo.items(dynamo.restore_backup(backup["BackupArn"]))


@documented(
    "dynamodb", "CreateBackup", "A system backup is named table-name$DeletedTableBackup.", DELETED
)
def test_a_system_backup_is_named_after_its_table(dynamo: Dynamo) -> None:
    name = dynamo.create()
    dynamo.api.delete_table(TableName=name)

    assert [f"{name}$DeletedTableBackup"] == [
        one["BackupName"] for one in system_backups(dynamo, name)
    ]


@documented("dynamodb", "CreateBackup", "A system backup is retained for 35 days.", DELETED)
def test_a_system_backup_expires_after_35_days(dynamo: Dynamo) -> None:
    name = dynamo.create()
    dynamo.api.delete_table(TableName=name)
    [backup] = system_backups(dynamo, name)

    assert timedelta(days=35) == (backup["BackupExpiryDateTime"] - backup["BackupCreationDateTime"])


@documented("dynamodb", "DeleteTable", "Without recovery, nothing stays of a table.", DELETED)
def test_a_table_without_recovery_leaves_nothing(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    dynamo.api.delete_table(TableName=name)

    assert [] == system_backups(dynamo, name)


@documented(
    "dynamodb",
    "RestoreTableToPointInTime",
    "A deleted table can be restored from its system backup alone.",
    DELETED,
)
def test_a_deleted_table_has_no_point_in_time(dynamo: Dynamo) -> None:
    name = dynamo.create()
    then = next_second()
    arn = dynamo.describe(name)["TableArn"]
    dynamo.api.delete_table(TableName=name)

    for source in ({"SourceTableName": name}, {"SourceTableArn": arn}):
        refused(
            "TableNotFoundException",
            dynamo.api.restore_table_to_point_in_time,
            **source,
            TargetTableName=dynamo.new_name(),
            RestoreDateTime=then,
        )


def test_a_table_of_the_same_name_has_none_of_the_deleted_ones_past(dynamo: Dynamo) -> None:
    name = dynamo.create()
    api, arn = dynamo.api, dynamo.describe(name)["TableArn"]
    api.put_resource_policy(ResourceArn=arn, Policy='{"Version": "2012-10-17", "Statement": []}')
    dynamo.put(name, row("old"))
    then = next_second()
    api.delete_table(TableName=name)
    [backup] = system_backups(dynamo, name)
    dynamo.wait_for_backup(backup["BackupArn"])
    api.restore_table_from_backup(BackupArn=backup["BackupArn"], TargetTableName=name)
    dynamo.wait(name)
    dynamo.recovery(name)

    refused("PolicyNotFoundException", api.get_resource_policy, ResourceArn=arn)
    refused(
        "InvalidRestoreTimeException",
        api.restore_table_to_point_in_time,
        SourceTableName=name,
        TargetTableName=dynamo.new_name(),
        RestoreDateTime=then,
    )


@documented("dynamodb", "ListBackups", "A user's own are listed by default.", API + "ListBackups")
def test_system_backups_are_listed_when_asked_for(dynamo: Dynamo) -> None:
    name = dynamo.create()
    dynamo.back_up(name, "mine")
    dynamo.api.delete_table(TableName=name)

    def listed(**kind: str) -> list[str]:
        answer = dynamo.api.list_backups(TableName=name, **kind)
        return [one["BackupType"] for one in answer["BackupSummaries"]]

    assert ["USER"] == listed()
    assert ["SYSTEM"] == listed(BackupType="SYSTEM")
    assert ["USER", "SYSTEM"] == listed(BackupType="ALL")


@documented(
    "dynamodb",
    "ListBackups",
    "The lower bound is inclusive, the upper is not.",
    API + "ListBackups",
)
def test_backups_are_listed_by_time(dynamo: Dynamo, cloud: RehearsalCloud) -> None:
    name = dynamo.create(recovery=False)
    dynamo.back_up(name)

    def listed(**bounds: float) -> list[dict[str, Any]]:
        body = json.dumps({"TableName": name, **bounds}).encode()
        answer = json.loads(post(cloud.endpoint, "ListBackups", body).content)
        found: list[dict[str, Any]] = answer["BackupSummaries"]
        return found

    made = listed()[0]["BackupCreationDateTime"]
    assert 1 == len(listed(TimeRangeLowerBound=made))
    assert [] == listed(TimeRangeUpperBound=made)
    assert [] == listed(TimeRangeLowerBound=made + 1)
    assert 1 == len(listed(TimeRangeLowerBound=made - 1, TimeRangeUpperBound=made + 1))


@documented("dynamodb", "ListBackups", "A list goes on where it was cut.", API + "ListBackups")
def test_backups_are_listed_in_pages(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    made = [
        dynamo.api.create_backup(TableName=name, BackupName=f"number-{number}")["BackupDetails"]
        for number in range(5)
    ]
    pages = dynamo.api.get_paginator("list_backups").paginate(
        TableName=dynamo.describe(name)["TableArn"], PaginationConfig={"PageSize": 2}
    )
    found = [[one["BackupArn"] for one in page["BackupSummaries"]] for page in pages]

    assert [2, 2, 1] == [len(page) for page in found]
    assert [one["BackupArn"] for one in made] == [arn for page in found for arn in page]


@documented(
    "dynamodb", "DeleteBackup", "A deleted backup is described once more.", API + "DeleteBackup"
)
def test_a_deleted_backup_is_gone(dynamo: Dynamo) -> None:
    arn = dynamo.back_up(dynamo.create(recovery=False))
    deleted = dynamo.api.delete_backup(BackupArn=arn)["BackupDescription"]

    assert "DELETED" == deleted["BackupDetails"]["BackupStatus"]
    refused("BackupNotFoundException", dynamo.api.describe_backup, BackupArn=arn)


@documented("dynamodb", "DescribeBackup", "An unknown backup is refused.", API + "DescribeBackup")
def test_an_unknown_backup_is_refused(dynamo: Dynamo) -> None:
    for action in (dynamo.api.describe_backup, dynamo.api.delete_backup):
        refused("BackupNotFoundException", action, BackupArn=UNKNOWN)
    refused(
        "BackupNotFoundException",
        dynamo.api.restore_table_from_backup,
        BackupArn=UNKNOWN,
        TargetTableName=dynamo.new_name(),
    )


@documented("dynamodb", FROM_BACKUP, "A backup that is being created is in use.", API + FROM_BACKUP)
def test_a_backup_in_the_making_is_in_use(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    for _ in range(20):  # it is there after a moment, too soon for a machine that is busy
        arn = dynamo.api.create_backup(TableName=name, BackupName="early")["BackupDetails"][
            "BackupArn"
        ]
        try:
            refused(
                "BackupInUseException",
                dynamo.api.restore_table_from_backup,
                BackupArn=arn,
                TargetTableName=dynamo.new_name(),
            )
            refused("BackupInUseException", dynamo.api.delete_backup, BackupArn=arn)
        except pytest.fail.Exception:
            continue
        return
    pytest.fail("no backup was seen being created")


@documented(
    "dynamodb", "DeleteBackup", "A backup that is being restored is in use.", API + "DeleteBackup"
)
def test_a_backup_that_is_being_restored_is_in_use(dynamo: Dynamo) -> None:
    arn = dynamo.back_up(dynamo.create(recovery=False))
    for _ in range(20):
        name = dynamo.new_name()
        dynamo.api.restore_table_from_backup(BackupArn=arn, TargetTableName=name)
        if dynamo.describe(name)["TableStatus"] != "CREATING":
            continue
        refused("BackupInUseException", dynamo.api.delete_backup, BackupArn=arn)
        dynamo.wait(name)
        dynamo.api.delete_backup(BackupArn=arn)
        return
    pytest.fail("no restore was seen under way")


@documented(
    "dynamodb", "CreateBackup", "A table that is not there is refused.", API + "CreateBackup"
)
def test_a_backup_of_an_unknown_table_is_refused(dynamo: Dynamo) -> None:
    refused(
        "TableNotFoundException",
        dynamo.api.create_backup,
        TableName="nowhere",
        BackupName="mine",
    )


def test_a_backup_is_not_restored_over_a_table(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    arn = dynamo.back_up(name)
    dynamo.put(name, row("precious"))

    refused(
        "TableAlreadyExistsException",
        dynamo.api.restore_table_from_backup,
        BackupArn=arn,
        TargetTableName=name,
    )
    assert [row("precious")] == dynamo.items(name)


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "a name too short": ("create_backup", {"TableName": "nowhere", "BackupName": "ab"}),
    "a name that is none": ("create_backup", {"TableName": "nowhere", "BackupName": "a/b/c"}),
    "no name": ("create_backup", {"TableName": "nowhere"}),
    "an ARN that is none": ("describe_backup", {"BackupArn": "mine"}),
    "no ARN": ("delete_backup", {}),
    "a page of none": ("list_backups", {"Limit": 0}),
    "a page too long": ("list_backups", {"Limit": 101}),
    "a type that is none": ("list_backups", {"BackupType": "MINE"}),
    "a start that is nowhere": ("list_backups", {"ExclusiveStartBackupArn": UNKNOWN}),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_parameters_are_refused(unchecked: Any, case: str) -> None:
    action, request = WRONG[case]

    refused("ValidationException", getattr(unchecked, action), **request)


@documented(
    "dynamodb",
    "ExportTableToPointInTime",
    "The table is exported as it was at ExportTime.",
    API + "ExportTableToPointInTime",
)
def test_an_export_is_of_its_time(dynamo: Dynamo, cloud: RehearsalCloud) -> None:
    s3 = client("s3", cloud.endpoint)
    s3.create_bucket(Bucket="exports")
    name = dynamo.create()
    dynamo.put(name, row("one"))
    then = next_second()
    dynamo.put(name, row("two"))
    dynamo.api.delete_item(TableName=name, Key=row("one"))
    arn = dynamo.describe(name)["TableArn"]
    asked = dynamo.api.export_table_to_point_in_time(
        TableArn=arn, S3Bucket="exports", S3Prefix="then", ExportTime=then
    )["ExportDescription"]

    def export() -> dict[str, Any]:
        answer = dynamo.api.describe_export(ExportArn=asked["ExportArn"])["ExportDescription"]
        described: dict[str, Any] = answer
        return described

    wait_until(lambda: export()["ExportStatus"] != "IN_PROGRESS")
    [file] = s3.list_objects_v2(Bucket="exports", Prefix="then")["Contents"]
    written = s3.get_object(Bucket="exports", Key=file["Key"])["Body"].read()
    lines = zlib.decompress(written, wbits=47).decode().splitlines()

    assert ("COMPLETED", 1) == (export()["ExportStatus"], export()["ItemCount"])
    assert [{"Item": row("one")}] == [json.loads(line) for line in lines]


@documented(
    "dynamodb",
    "ExportTableToPointInTime",
    "An ExportTime outside of the window is refused.",
    API + "ExportTableToPointInTime",
)
def test_an_export_of_no_known_time_is_refused(dynamo: Dynamo) -> None:
    name = dynamo.create()
    request = {"TableArn": dynamo.describe(name)["TableArn"], "S3Bucket": "exports"}
    earliest = dynamo.window(name)["EarliestRestorableDateTime"]

    refused(
        "InvalidExportTimeException",
        dynamo.api.export_table_to_point_in_time,
        **request,
        ExportTime=earliest - timedelta(seconds=5),
    )
    dynamo.recovery(name, enabled=False)
    refused(
        "PointInTimeRecoveryUnavailableException",
        dynamo.api.export_table_to_point_in_time,
        **request,
    )
