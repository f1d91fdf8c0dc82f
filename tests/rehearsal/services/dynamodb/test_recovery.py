"""DynamoDB's point-in-time recovery: the time is honoured, and refused where there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused
from tests.rehearsal.services.dynamodb.dynamo import (
    API,
    GUIDE,
    HOW_IT_WORKS,
    RESTORES,
    Dynamo,
    ago,
    next_second,
    post,
    row,
)

RESTORE = "RestoreTableToPointInTime"


@dataclass(frozen=True)
class Source:
    """A table with `kept` at `good`; after it `lost` came and `kept` was spoilt."""

    name: str
    enabled: datetime
    good: datetime


GOOD = [row("kept", state="good")]
BAD = [row("kept", state="bad"), row("lost", state="bad")]


@pytest.fixture(scope="module")
def source(dynamo: Dynamo) -> Source:
    name = dynamo.create(recovery=False)
    enabled = next_second()
    dynamo.recovery(name)
    dynamo.put(name, *GOOD)
    good = next_second()
    dynamo.put(name, *BAD)
    return Source(name, enabled, good)


@documented(
    "dynamodb", RESTORE, "The items are restored as they were at RestoreDateTime.", API + RESTORE
)
def test_the_items_of_that_second_come_back(dynamo: Dynamo, source: Source) -> None:
    copy = dynamo.restore(source.name, source.good)

    assert GOOD == dynamo.items(copy)
    assert BAD == dynamo.items(source.name)


@documented("dynamodb", RESTORE, "Times are whole seconds: a fraction is dropped.", RESTORES)
def test_a_fraction_of_the_second_is_dropped(
    dynamo: Dynamo, source: Source, cloud: RehearsalCloud
) -> None:
    """The CLI sends fractions, boto3 need not."""
    name = dynamo.new_name()
    request = {
        "SourceTableName": source.name,
        "TargetTableName": name,
        "RestoreDateTime": source.good.timestamp() + 0.999,
    }
    post(cloud.endpoint, RESTORE, json.dumps(request).encode())
    dynamo.wait(name)

    assert GOOD == dynamo.items(name)
    assert source.good == dynamo.describe(name)["RestoreSummary"]["RestoreDateTime"]


@documented(
    "dynamodb", RESTORE, "UseLatestRestorableTime restores to the latest time there is.", RESTORES
)
def test_the_latest_time_has_everything(dynamo: Dynamo, source: Source) -> None:
    assert BAD == dynamo.items(dynamo.restore(source.name))


@documented("dynamodb", RESTORE, "The source may be given by its ARN.", API + RESTORE)
def test_a_source_is_found_by_its_arn(dynamo: Dynamo, source: Source) -> None:
    name = dynamo.new_name()
    dynamo.api.restore_table_to_point_in_time(
        SourceTableArn=dynamo.describe(source.name)["TableArn"],
        TargetTableName=name,
        RestoreDateTime=source.good,
    )
    dynamo.wait(name)

    assert GOOD == dynamo.items(name)


@documented("dynamodb", RESTORE, "A table can be restored into another region.", RESTORES)
def test_a_table_is_restored_into_another_region(
    dynamo: Dynamo, source: Source, cloud: RehearsalCloud
) -> None:
    elsewhere = Dynamo(client("dynamodb", cloud.endpoint, "eu-west-1"))
    name = elsewhere.new_name()
    arn = dynamo.describe(source.name)["TableArn"]
    elsewhere.api.restore_table_to_point_in_time(
        SourceTableArn=arn, TargetTableName=name, RestoreDateTime=source.good
    )
    elsewhere.wait(name)

    assert GOOD == elsewhere.items(name)
    assert ":eu-west-1:" in elsewhere.describe(name)["TableArn"]
    assert arn == elsewhere.describe(name)["RestoreSummary"]["SourceTableArn"]


def test_a_restored_copy_is_restored_again(dynamo: Dynamo, source: Source) -> None:
    copy = dynamo.restore(source.name, source.good)
    dynamo.recovery(copy)
    again = next_second()
    dynamo.put(copy, row("later"))

    assert GOOD == dynamo.items(dynamo.restore(copy, again))


def test_what_is_restored_shares_nothing_with_its_source(dynamo: Dynamo) -> None:
    name = dynamo.create()
    item = {**row("one"), "list": {"L": [{"M": {"n": {"N": "1"}}}]}, "set": {"SS": ["a"]}}
    dynamo.put(name, item)
    copy = dynamo.restore(name)
    dynamo.api.update_item(
        TableName=copy,
        Key=row("one"),
        UpdateExpression="SET #l[0].n = :two, #l[1] = :two ADD #s :more",
        ExpressionAttributeNames={"#l": "list", "#s": "set"},
        ExpressionAttributeValues={":two": {"N": "2"}, ":more": {"SS": ["b"]}},
    )

    assert [item] == dynamo.items(name)
    [changed] = dynamo.items(copy)
    assert {"L": [{"M": {"n": {"N": "2"}}}, {"N": "2"}]} == changed["list"]


def test_a_deleted_item_leaves_its_table_as_if_it_had_never_been(dynamo: Dynamo) -> None:
    name = dynamo.create()
    before = next_second()
    dynamo.put(name, row("brief"))
    between = next_second()
    dynamo.api.delete_item(TableName=name, Key=row("brief"))

    assert [[], [row("brief")], []] == [
        dynamo.items(dynamo.restore(name, moment)) for moment in (before, between, None)
    ]


@documented("dynamodb", RESTORE, "A source that is not there is refused.", API + RESTORE)
@pytest.mark.parametrize("by", ["SourceTableName", "SourceTableArn"])
def test_an_unknown_source_is_refused(dynamo: Dynamo, by: str) -> None:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/nowhere"
    message = refused(
        "TableNotFoundException",
        dynamo.api.restore_table_to_point_in_time,
        **{by: "nowhere" if by == "SourceTableName" else arn},
        TargetTableName=dynamo.new_name(),
        UseLatestRestorableTime=True,
    )
    assert "nowhere" in message


@documented(
    "dynamodb", RESTORE, "A source without point-in-time recovery is refused.", API + RESTORE
)
def test_a_source_without_recovery_is_refused(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    target = dynamo.new_name()

    refused(
        "PointInTimeRecoveryUnavailableException",
        dynamo.api.restore_table_to_point_in_time,
        SourceTableName=name,
        TargetTableName=target,
        UseLatestRestorableTime=True,
    )
    refused("ResourceNotFoundException", dynamo.api.describe_table, TableName=target)


@documented(
    "dynamodb", RESTORE, "A time before EarliestRestorableDateTime is refused.", API + RESTORE
)
@pytest.mark.parametrize("before", [timedelta(seconds=1), timedelta(days=36)])
def test_a_time_before_the_earliest_is_refused(
    dynamo: Dynamo, source: Source, before: timedelta
) -> None:
    earliest = dynamo.window(source.name)["EarliestRestorableDateTime"]
    target = dynamo.new_name()

    message = refused(
        "InvalidRestoreTimeException",
        dynamo.api.restore_table_to_point_in_time,
        SourceTableName=source.name,
        TargetTableName=target,
        RestoreDateTime=earliest - before,
    )
    assert "EarliestRestorableDateTime" in message
    refused("ResourceNotFoundException", dynamo.api.describe_table, TableName=target)


@documented("dynamodb", RESTORE, "A time after LatestRestorableDateTime is refused.", API + RESTORE)
@pytest.mark.parametrize("after", [timedelta(seconds=30), timedelta(days=3650)])
def test_a_time_to_come_is_refused(dynamo: Dynamo, source: Source, after: timedelta) -> None:
    refused(
        "InvalidRestoreTimeException",
        dynamo.api.restore_table_to_point_in_time,
        SourceTableName=source.name,
        TargetTableName=dynamo.new_name(),
        RestoreDateTime=datetime.now(UTC) + after,
    )


def test_every_time_that_is_described_is_accepted(dynamo: Dynamo, source: Source) -> None:
    window = dynamo.window(source.name)

    for name in ("EarliestRestorableDateTime", "LatestRestorableDateTime"):
        dynamo.restore(source.name, window[name])


@documented(
    "dynamodb", RESTORE, "It restores to a new table: one that exists is refused.", RESTORES
)
def test_an_existing_target_is_refused_and_unharmed(dynamo: Dynamo, source: Source) -> None:
    target = dynamo.create(recovery=False)
    dynamo.put(target, row("precious"))

    for taken in (target, source.name):
        refused(
            "TableAlreadyExistsException",
            dynamo.api.restore_table_to_point_in_time,
            SourceTableName=source.name,
            TargetTableName=taken,
            RestoreDateTime=source.good,
        )
    assert [row("precious")] == dynamo.items(target)
    assert BAD == dynamo.items(source.name)


WRONG: dict[str, dict[str, Any]] = {
    "no time": {},
    "two times": {"UseLatestRestorableTime": True, "RestoreDateTime": 1},
    "latest refused, no time": {"UseLatestRestorableTime": False},
    "no source": {"SourceTableName": None, "UseLatestRestorableTime": True},
    "two sources": {"SourceTableArn": "arn:aws:x", "UseLatestRestorableTime": True},
    "no target": {"TargetTableName": None, "UseLatestRestorableTime": True},
    "a short target": {"TargetTableName": "ab", "UseLatestRestorableTime": True},
    "a long target": {"TargetTableName": "a" * 256, "UseLatestRestorableTime": True},
    "a target that is no name": {"TargetTableName": "a b c", "UseLatestRestorableTime": True},
    "a billing mode that is none": {"BillingModeOverride": "FREE", "UseLatestRestorableTime": True},
    "no capacity": {
        "ProvisionedThroughputOverride": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 1},
        "UseLatestRestorableTime": True,
    },
    "half a capacity": {
        "ProvisionedThroughputOverride": {"ReadCapacityUnits": 1},
        "UseLatestRestorableTime": True,
    },
}


@documented("dynamodb", RESTORE, "What no table would make right is refused first.", API + RESTORE)
@pytest.mark.parametrize("case", WRONG)
def test_wrong_parameters_are_refused_and_change_nothing(
    dynamo: Dynamo, source: Source, unchecked: Any, case: str
) -> None:
    tables = dynamo.api.list_tables()["TableNames"]
    request = {"SourceTableName": source.name, "TargetTableName": "wanted", **WRONG[case]}

    refused(
        "ValidationException",
        unchecked.restore_table_to_point_in_time,
        **{name: value for name, value in request.items() if value is not None},
    )
    assert tables == dynamo.api.list_tables()["TableNames"]


@documented(
    "dynamodb",
    "DescribeContinuousBackups",
    "Continuous backups are ENABLED on a new table, point-in-time recovery DISABLED.",
    API + "DescribeContinuousBackups",
)
def test_a_new_table_has_no_point_in_time_recovery(dynamo: Dynamo) -> None:
    name = dynamo.create(recovery=False)
    answer = dynamo.api.describe_continuous_backups(TableName=name)

    assert {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    } == answer["ContinuousBackupsDescription"]


@documented(
    "dynamodb",
    "DescribeContinuousBackups",
    "The window is described from its earliest to its latest restorable time.",
    API + "PointInTimeRecoveryDescription",
)
def test_the_window_is_described(dynamo: Dynamo, source: Source) -> None:
    window = dynamo.window(source.name)

    assert "ENABLED" == window["PointInTimeRecoveryStatus"]
    assert source.enabled <= window["EarliestRestorableDateTime"] <= source.good
    assert source.good <= window["LatestRestorableDateTime"] <= datetime.now(UTC)


@documented(
    "dynamodb",
    "UpdateContinuousBackups",
    "The recovery period is 35 days unless told otherwise.",
    HOW_IT_WORKS,
)
def test_the_recovery_period_is_35_days(dynamo: Dynamo) -> None:
    name = dynamo.create()

    assert 35 == dynamo.window(name)["RecoveryPeriodInDays"]
    assert 7 == dynamo.recovery(name, RecoveryPeriodInDays=7)["RecoveryPeriodInDays"]
    assert 7 == dynamo.window(name)["RecoveryPeriodInDays"]


@documented(
    "dynamodb", "UpdateContinuousBackups", "The recovery period is 1 to 35 days.", HOW_IT_WORKS
)
@pytest.mark.parametrize("days", [0, 36, -1])
def test_another_recovery_period_is_refused(
    dynamo: Dynamo, source: Source, unchecked: Any, days: int
) -> None:
    before = dynamo.window(source.name)["RecoveryPeriodInDays"]
    refused(
        "ValidationException",
        unchecked.update_continuous_backups,
        TableName=source.name,
        PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": days,
        },
    )
    assert before == dynamo.window(source.name)["RecoveryPeriodInDays"]


@documented(
    "dynamodb",
    "UpdateContinuousBackups",
    "Disabling and enabling again resets the time from which the table can be recovered.",
    f"{GUIDE}Point-in-time-recovery.html",
)
def test_disabling_forgets_the_past(dynamo: Dynamo) -> None:
    name = dynamo.create()
    dynamo.put(name, row("one"))
    known = next_second()
    assert {"PointInTimeRecoveryStatus": "DISABLED"} == dynamo.recovery(name, enabled=False)
    again = dynamo.recovery(name)

    assert known < again["EarliestRestorableDateTime"]
    refused(
        "InvalidRestoreTimeException",
        dynamo.api.restore_table_to_point_in_time,
        SourceTableName=name,
        TargetTableName=dynamo.new_name(),
        RestoreDateTime=known,
    )
    assert [row("one")] == dynamo.items(dynamo.restore(name))


def test_enabling_what_is_enabled_keeps_the_past(dynamo: Dynamo, source: Source) -> None:
    before = dynamo.window(source.name)["EarliestRestorableDateTime"]
    dynamo.recovery(source.name)

    assert before == dynamo.window(source.name)["EarliestRestorableDateTime"]


@documented(
    "dynamodb",
    "UpdateContinuousBackups",
    "A table that is not there is refused.",
    API + "UpdateContinuousBackups",
)
def test_the_recovery_of_an_unknown_table_is_refused(dynamo: Dynamo) -> None:
    refused("TableNotFoundException", dynamo.api.describe_continuous_backups, TableName="nowhere")
    refused(
        "TableNotFoundException",
        dynamo.api.update_continuous_backups,
        TableName="nowhere",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


@pytest.fixture(scope="module")
def late(guardian: Guardian, engine: str) -> Iterator[Dynamo]:
    """The DynamoDB of a cloud whose latest restorable time is as far behind as AWS's."""
    with RehearsalCloud.start(guardian, engine=engine, restorable_lag=300) as cloud:
        yield Dynamo(client("dynamodb", cloud.endpoint))


@documented(
    "dynamodb",
    "DescribeContinuousBackups",
    "LatestRestorableDateTime is typically five minutes before the current time.",
    HOW_IT_WORKS,
)
def test_the_latest_time_is_behind(late: Dynamo) -> None:
    name = late.create()
    late.put(name, row("one"))
    known = next_second()
    late.put(name, row("two"))
    written = next_second()
    window = late.window(name)

    # Right after it was enabled, the window is no longer than a second.
    assert window["EarliestRestorableDateTime"] == window["LatestRestorableDateTime"] <= known
    refused(
        "InvalidRestoreTimeException",
        late.api.restore_table_to_point_in_time,
        SourceTableName=name,
        TargetTableName=late.new_name(),
        RestoreDateTime=written,
    )
    assert [row("one")] == late.items(late.restore(name))


def test_a_restore_to_a_time_long_gone_says_so(dynamo: Dynamo, source: Source) -> None:
    refused(
        "InvalidRestoreTimeException",
        dynamo.api.restore_table_to_point_in_time,
        SourceTableName=source.name,
        TargetTableName=dynamo.new_name(),
        RestoreDateTime=ago(days=9000),
    )
