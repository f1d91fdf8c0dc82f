"""What a restored table has of its source, what it has lost, and what a restore may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused
from tests.rehearsal.services.dynamodb.dynamo import (
    API,
    HASH_AND_RANGE,
    RESTORES,
    Dynamo,
    next_second,
    row,
)

RESTORE = "RestoreTableToPointInTime"
LOST = API + RESTORE
GLOBAL = {
    "IndexName": "by-owner",
    "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
    "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
}
LOCAL = {
    "IndexName": "by-size",
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "size", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["state"]},
}
CAPACITY = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 5}
ITEM = {**row("one", state="good"), "at": {"S": "1"}, "size": {"N": "2"}, "owner": {"S": "me"}}


def create_rich(dynamo: Dynamo, cloud: RehearsalCloud) -> str:
    """A table with everything that a table can have here, and what others hold about it."""
    name = dynamo.create(
        KeySchema=HASH_AND_RANGE["KeySchema"],
        AttributeDefinitions=[
            *HASH_AND_RANGE["AttributeDefinitions"],
            {"AttributeName": "owner", "AttributeType": "S"},
            {"AttributeName": "size", "AttributeType": "N"},
        ],
        BillingMode="PROVISIONED",
        ProvisionedThroughput=CAPACITY,
        GlobalSecondaryIndexes=[GLOBAL],
        LocalSecondaryIndexes=[LOCAL],
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        Tags=[{"Key": "team", "Value": "core"}],
        DeletionProtectionEnabled=True,
    )
    api, arn = dynamo.api, dynamo.describe(name)["TableArn"]
    api.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    api.put_resource_policy(ResourceArn=arn, Policy='{"Version": "2012-10-17", "Statement": []}')
    client("application-autoscaling", cloud.endpoint).register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId=f"table/{name}",
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
        MinCapacity=1,
        MaxCapacity=9,
    )
    dynamo.put(name, ITEM)
    return name


@dataclass(frozen=True)
class Pair:
    """A table, and what was restored from it."""

    source: str
    copy: str
    how: str


@pytest.fixture(scope="module", params=["to a point in time", "from a backup"])
def pair(request: pytest.FixtureRequest, dynamo: Dynamo, cloud: RehearsalCloud) -> Pair:
    name = create_rich(dynamo, cloud)
    if request.param == "from a backup":
        return Pair(name, dynamo.restore_backup(dynamo.back_up(name)), request.param)
    return Pair(name, dynamo.restore(name), request.param)


@documented("dynamodb", RESTORE, "Keys are the source's.", LOST)
def test_keys_and_items_are_kept(dynamo: Dynamo, pair: Pair) -> None:
    source, copy = dynamo.describe(pair.source), dynamo.describe(pair.copy)

    for part in ("KeySchema", "AttributeDefinitions"):
        assert source[part] == copy[part]
    assert source["TableId"] != copy["TableId"]
    assert [ITEM] == dynamo.items(pair.copy)


@documented("dynamodb", RESTORE, "Global secondary indexes are restored.", LOST)
def test_global_indexes_are_kept(dynamo: Dynamo, pair: Pair) -> None:
    [index] = dynamo.describe(pair.copy)["GlobalSecondaryIndexes"]
    found = dynamo.api.query(
        TableName=pair.copy,
        IndexName="by-owner",
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":o": {"S": "me"}},
    )["Items"]

    assert GLOBAL == {part: index[part] for part in GLOBAL}
    assert "ACTIVE" == index["IndexStatus"]
    assert [{name: ITEM[name] for name in ("id", "at", "owner")}] == found


@documented("dynamodb", RESTORE, "Local secondary indexes are restored.", LOST)
def test_local_indexes_are_kept(dynamo: Dynamo, pair: Pair) -> None:
    [index] = dynamo.describe(pair.copy)["LocalSecondaryIndexes"]

    assert LOCAL == {part: index[part] for part in LOCAL}


@documented("dynamodb", RESTORE, "Provisioned capacity is restored.", LOST)
def test_capacity_is_kept(dynamo: Dynamo, pair: Pair) -> None:
    copy = dynamo.describe(pair.copy)

    assert CAPACITY == {part: copy["ProvisionedThroughput"][part] for part in CAPACITY}
    assert "PROVISIONED" == copy["BillingModeSummary"]["BillingMode"]


@documented("dynamodb", RESTORE, "Encryption settings are restored.", LOST)
def test_encryption_is_kept(dynamo: Dynamo, pair: Pair) -> None:
    source, copy = dynamo.describe(pair.source), dynamo.describe(pair.copy)

    assert "KMS" == source["SSEDescription"]["SSEType"]
    assert source["SSEDescription"] == copy["SSEDescription"]


@documented("dynamodb", RESTORE, "Tags are not restored.", LOST)
def test_tags_are_lost(dynamo: Dynamo, pair: Pair) -> None:
    arns = [dynamo.describe(name)["TableArn"] for name in (pair.source, pair.copy)]

    assert [[{"Key": "team", "Value": "core"}], []] == [
        dynamo.api.list_tags_of_resource(ResourceArn=arn)["Tags"] for arn in arns
    ]


@documented("dynamodb", RESTORE, "Stream settings are not restored.", LOST)
def test_the_stream_is_lost(dynamo: Dynamo, pair: Pair) -> None:
    assert "StreamSpecification" in dynamo.describe(pair.source)
    assert not {"StreamSpecification", "LatestStreamArn"} & set(dynamo.describe(pair.copy))


@documented("dynamodb", RESTORE, "Time to Live settings are not restored.", LOST)
def test_time_to_live_is_lost(dynamo: Dynamo, pair: Pair) -> None:
    assert ["ENABLED", "DISABLED"] == [
        dynamo.api.describe_time_to_live(TableName=name)["TimeToLiveDescription"][
            "TimeToLiveStatus"
        ]
        for name in (pair.source, pair.copy)
    ]


@documented("dynamodb", RESTORE, "Point-in-time recovery settings are not restored.", LOST)
def test_point_in_time_recovery_is_lost(dynamo: Dynamo, pair: Pair) -> None:
    assert ["ENABLED", "DISABLED"] == [
        dynamo.window(name)["PointInTimeRecoveryStatus"] for name in (pair.source, pair.copy)
    ]


@documented("dynamodb", RESTORE, "Auto scaling policies are not restored.", LOST)
def test_auto_scaling_is_lost(dynamo: Dynamo, cloud: RehearsalCloud, pair: Pair) -> None:
    scaling = client("application-autoscaling", cloud.endpoint)

    assert [1, 0] == [
        len(
            scaling.describe_scalable_targets(
                ServiceNamespace="dynamodb", ResourceIds=[f"table/{name}"]
            )["ScalableTargets"]
        )
        for name in (pair.source, pair.copy)
    ]


def test_deletion_protection_is_lost(dynamo: Dynamo, pair: Pair) -> None:
    """AWS lists it among what CreateTable sets, false by default, and not among what is restored:
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html"""
    assert [True, False] == [
        dynamo.describe(name)["DeletionProtectionEnabled"] for name in (pair.source, pair.copy)
    ]


@documented("dynamodb", RESTORE, "IAM policies are not restored.", LOST)
def test_the_resource_policy_is_lost(dynamo: Dynamo, pair: Pair) -> None:
    source, copy = dynamo.describe(pair.source), dynamo.describe(pair.copy)

    assert dynamo.api.get_resource_policy(ResourceArn=source["TableArn"])["Policy"]
    refused(
        "PolicyNotFoundException",
        dynamo.api.get_resource_policy,
        ResourceArn=copy["TableArn"],
    )


@documented(
    "dynamodb", RESTORE, "RestoreSummary tells where a table is from.", API + "RestoreSummary"
)
def test_the_summary_tells_where_it_is_from(dynamo: Dynamo, pair: Pair) -> None:
    summary = dynamo.describe(pair.copy)["RestoreSummary"]

    assert dynamo.describe(pair.source)["TableArn"] == summary["SourceTableArn"]
    assert ("from a backup" == pair.how) == ("SourceBackupArn" in summary)
    assert not summary["RestoreInProgress"]


@pytest.fixture(scope="module")
def rich(dynamo: Dynamo, cloud: RehearsalCloud) -> str:
    return create_rich(dynamo, cloud)


def start(dynamo: Dynamo, source: str, how: str, **overrides: Any) -> str:
    """A restore of either kind."""
    if how == "from a backup":
        return dynamo.restore_backup(dynamo.back_up(source), **overrides)
    return dynamo.restore(source, **overrides)


HOW = pytest.mark.parametrize("how", ["to a point in time", "from a backup"])


@documented("dynamodb", RESTORE, "Some or all indexes can be left out.", RESTORES)
@HOW
def test_indexes_can_be_left_out(dynamo: Dynamo, rich: str, how: str) -> None:
    name = start(dynamo, rich, how, GlobalSecondaryIndexOverride=[], LocalSecondaryIndexOverride=[])
    copy = dynamo.describe(name)

    assert not copy.get("GlobalSecondaryIndexes")
    assert not copy.get("LocalSecondaryIndexes")
    assert {"id", "at"} == {one["AttributeName"] for one in copy["AttributeDefinitions"]}


OTHER_INDEXES: dict[str, dict[str, Any]] = {
    "an unknown one": {"GlobalSecondaryIndexOverride": [{**GLOBAL, "IndexName": "another"}]},
    "other keys": {
        "GlobalSecondaryIndexOverride": [
            {**GLOBAL, "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
        ]
    },
    "another projection": {
        "GlobalSecondaryIndexOverride": [{**GLOBAL, "Projection": {"ProjectionType": "ALL"}}]
    },
    "one twice": {"GlobalSecondaryIndexOverride": [GLOBAL, GLOBAL]},
    "an unknown local one": {"LocalSecondaryIndexOverride": [{**LOCAL, "IndexName": "another"}]},
    "warm throughput": {
        "GlobalSecondaryIndexOverride": [
            {**GLOBAL, "WarmThroughput": {"ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 5}}
        ]
    },
}


@documented("dynamodb", RESTORE, "The indexes provided must match existing ones.", LOST)
@pytest.mark.parametrize("case", OTHER_INDEXES)
def test_other_indexes_are_refused(dynamo: Dynamo, rich: str, case: str) -> None:
    tables = dynamo.api.list_tables()["TableNames"]

    refused(
        "ValidationException",
        dynamo.api.restore_table_to_point_in_time,
        SourceTableName=rich,
        TargetTableName=dynamo.new_name(),
        UseLatestRestorableTime=True,
        **OTHER_INDEXES[case],
    )
    assert tables == dynamo.api.list_tables()["TableNames"]


@documented("dynamodb", RESTORE, "The billing mode can be another.", RESTORES)
@HOW
def test_the_billing_mode_can_be_another(dynamo: Dynamo, rich: str, how: str) -> None:
    copy = dynamo.describe(start(dynamo, rich, how, BillingModeOverride="PAY_PER_REQUEST"))

    assert "PAY_PER_REQUEST" == copy["BillingModeSummary"]["BillingMode"]
    assert 0 == copy["ProvisionedThroughput"]["ReadCapacityUnits"]
    assert 0 == copy["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"]


@documented("dynamodb", RESTORE, "The provisioned capacity can be another.", RESTORES)
@HOW
def test_the_capacity_can_be_another(dynamo: Dynamo, rich: str, how: str) -> None:
    wanted = {"ReadCapacityUnits": 70, "WriteCapacityUnits": 50}
    of_index = {"ReadCapacityUnits": 30, "WriteCapacityUnits": 40}
    copy = dynamo.describe(
        start(
            dynamo,
            rich,
            how,
            ProvisionedThroughputOverride=wanted,
            GlobalSecondaryIndexOverride=[{**GLOBAL, "ProvisionedThroughput": of_index}],
        )
    )

    assert wanted == {part: copy["ProvisionedThroughput"][part] for part in wanted}
    [index] = copy["GlobalSecondaryIndexes"]
    assert of_index == {part: index["ProvisionedThroughput"][part] for part in of_index}


@documented("dynamodb", RESTORE, "The encryption can be another.", RESTORES)
@HOW
def test_the_encryption_can_be_another(
    dynamo: Dynamo, cloud: RehearsalCloud, rich: str, how: str
) -> None:
    key = client("kms", cloud.endpoint).create_key()["KeyMetadata"]["Arn"]
    asked = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    other = start(dynamo, rich, how, SSESpecificationOverride=asked)
    none = start(dynamo, rich, how, SSESpecificationOverride={"Enabled": False})

    assert key == dynamo.describe(other)["SSEDescription"]["KMSMasterKeyArn"]
    assert "SSEDescription" not in dynamo.describe(none)


CAPACITIES: dict[str, dict[str, Any]] = {
    "provisioned capacity of an on-demand copy": {
        "BillingModeOverride": "PAY_PER_REQUEST",
        "ProvisionedThroughputOverride": CAPACITY,
    },
    "on-demand capacity of a provisioned copy": {
        "OnDemandThroughputOverride": {"MaxReadRequestUnits": 5}
    },
    "encryption by no KMS": {"SSESpecificationOverride": {"Enabled": True, "SSEType": "AES256"}},
}


@pytest.mark.parametrize("case", CAPACITIES)
def test_settings_that_do_not_fit_are_refused(dynamo: Dynamo, rich: str, case: str) -> None:
    target = dynamo.new_name()

    refused(
        "ValidationException",
        dynamo.api.restore_table_to_point_in_time,
        SourceTableName=rich,
        TargetTableName=target,
        UseLatestRestorableTime=True,
        **CAPACITIES[case],
    )
    refused("ResourceNotFoundException", dynamo.api.describe_table, TableName=target)


def test_an_on_demand_source_needs_a_capacity_to_become_provisioned(dynamo: Dynamo) -> None:
    name = dynamo.create()
    refused(
        "ValidationException",
        dynamo.api.restore_table_to_point_in_time,
        SourceTableName=name,
        TargetTableName=dynamo.new_name(),
        UseLatestRestorableTime=True,
        BillingModeOverride="PROVISIONED",
    )
    copy = dynamo.restore(
        name, BillingModeOverride="PROVISIONED", ProvisionedThroughputOverride=CAPACITY
    )

    assert 7 == dynamo.describe(copy)["ProvisionedThroughput"]["ReadCapacityUnits"]


@documented("dynamodb", RESTORE, "Capacity is what it was at that time.", RESTORES)
def test_capacity_is_of_that_time(dynamo: Dynamo) -> None:
    name = dynamo.create(
        ProvisionedThroughput={"ReadCapacityUnits": 100, "WriteCapacityUnits": 100}
    )
    then = next_second()
    less = {"ReadCapacityUnits": 50, "WriteCapacityUnits": 50}
    dynamo.api.update_table(TableName=name, ProvisionedThroughput=less)

    assert [100, 50] == [
        dynamo.describe(dynamo.restore(name, to))["ProvisionedThroughput"]["ReadCapacityUnits"]
        for to in (then, None)
    ]


@documented("dynamodb", RESTORE, "Indexes are the source's at the time of the restore.", LOST)
def test_indexes_are_those_of_now(dynamo: Dynamo) -> None:
    name = dynamo.create()
    then = next_second()
    dynamo.api.update_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "owner", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[
            {"Create": {part: GLOBAL[part] for part in ("IndexName", "KeySchema", "Projection")}}
        ],
    )

    [index] = dynamo.describe(dynamo.restore(name, then))["GlobalSecondaryIndexes"]
    assert "by-owner" == index["IndexName"]


def test_a_copy_elsewhere_has_the_key_of_its_region(
    dynamo: Dynamo, cloud: RehearsalCloud, rich: str
) -> None:
    elsewhere = Dynamo(client("dynamodb", cloud.endpoint, "eu-west-1"))
    name = elsewhere.new_name()
    elsewhere.api.restore_table_to_point_in_time(
        SourceTableArn=dynamo.describe(rich)["TableArn"],
        TargetTableName=name,
        UseLatestRestorableTime=True,
    )
    elsewhere.wait(name)

    assert ":eu-west-1:" in elsewhere.describe(name)["SSEDescription"]["KMSMasterKeyArn"]
    assert [ITEM] == elsewhere.items(name)
