"""A copy of a table beside its source: each difference is found, and what is left behind told."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from checks.keys.configuration import compare_tables, left_behind

SOURCE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
    ],
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-at",
            "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "a"]},
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        }
    ],
    "LocalSecondaryIndexes": None,
    "SSEDescription": {"Status": "ENABLED", "KMSMasterKeyArn": "arn:aws:kms:…:key/own"},
    "DeletionProtectionEnabled": True,
    "PointInTimeRecovery": True,
    "TimeToLive": "expiresAt",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    "TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
    "Tags": {"team": "archive"},
}
BARE = (
    *("DeletionProtectionEnabled", "PointInTimeRecovery", "TimeToLive", "StreamSpecification"),
    *("TableClassSummary", "Tags"),
)


def changed(key: str, value: object) -> dict[str, Any]:
    return {**copy.deepcopy(SOURCE), key: value}


def test_a_faithful_copy_is_silent() -> None:
    """In whatever order AWS lists attributes."""
    other = changed("AttributeDefinitions", SOURCE["AttributeDefinitions"][::-1])
    assert [] == compare_tables("core-Things", SOURCE, other)
    assert {"auto scaling"} == set(left_behind(SOURCE, other))


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("KeySchema", [{"AttributeName": "at", "KeyType": "HASH"}], ["keys"]),
        ("AttributeDefinitions", SOURCE["AttributeDefinitions"][:1], ["attributes"]),
        ("GlobalSecondaryIndexes", [], ["global_indexes"]),
        (
            "GlobalSecondaryIndexes",
            [{**SOURCE["GlobalSecondaryIndexes"][0], "Projection": {"ProjectionType": "ALL"}}],
            ["global_indexes"],
        ),
        ("LocalSecondaryIndexes", SOURCE["GlobalSecondaryIndexes"], ["local_indexes"]),
        ("SSEDescription", None, ["encryption"]),
        (
            "ProvisionedThroughput",
            {"ReadCapacityUnits": 6, "WriteCapacityUnits": 5},
            ["capacity"],
        ),
        (
            "BillingModeSummary",
            {"BillingMode": "PAY_PER_REQUEST"},
            ["global_indexes", "billing", "capacity"],
        ),
    ],
)
def test_what_differs_is_found(key: str, value: object, found: list[str]) -> None:
    findings = compare_tables("core-Things", SOURCE, changed(key, value))
    assert [f"tables.configuration.{one}" for one in found] == [one.check for one in findings]
    assert found == [one.property for one in findings]


def test_what_a_restore_leaves_behind_is_told_one_by_one() -> None:
    bare = {key: value for key, value in SOURCE.items() if key not in BARE}
    assert {
        "point-in-time recovery",
        "deletion protection",
        "time to live",
        "stream",
        "table class",
        "tags",
        "auto scaling",
    } == set(left_behind(SOURCE, bare))
    on_demand = {**SOURCE, "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}
    assert {} == left_behind(on_demand, SOURCE)
