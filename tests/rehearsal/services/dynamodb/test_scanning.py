"""The plain scan is answered by us, and says what moto says: the same items, pages and key."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.services.dynamodb.dynamo import HASH_AND_RANGE, Dynamo

NAMES = {"#i": "id", "#a": "at", "#m": "mixed"}
VALUES: tuple[dict[str, Any], ...] = (
    {"S": "größe"},
    {"N": "1.50"},
    {"B": b"\x00\xff"},
    {"BOOL": True},
    {"NULL": True},
    {"SS": ["a"]},  # of more the order is nobody's
    {"L": [{"S": "x"}, {"M": {"n": {"N": "7"}}}]},
    {"M": {"deep": {"L": [{"B": b"x"}]}}},
)


@pytest.fixture(scope="module")
def table(dynamo: Dynamo) -> str:
    """Forty items by two keys, of every type, some without the third attribute."""
    name = dynamo.create(recovery=False, **HASH_AND_RANGE)
    for n, value in zip(range(40), itertools.cycle(VALUES), strict=False):
        item = {"id": {"S": f"i{n % 7}"}, "at": {"S": f"{n:02d}"}, "big": {"S": "x" * 100}}
        dynamo.put(name, {**item, **({"mixed": value} if n % 3 else {})})
    return name


def pages(dynamo: Dynamo, table: str, **asked: Any) -> list[dict[str, Any]]:
    """All answers to one scan after the other, without what HTTP says."""
    found = []
    for page in dynamo.api.get_paginator("scan").paginate(TableName=table, **asked):
        page.pop("ResponseMetadata")
        found.append(page)
    return found


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"Limit": 7},
        {"Limit": 40},
        {"ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL"},
        {"Segment": 1, "TotalSegments": 3, "Limit": 2},
    ],
)
def test_it_says_what_moto_says(dynamo: Dynamo, table: str, asked: dict[str, Any]) -> None:
    """moto answers what filters, also where that leaves all items in."""
    plain = {"ProjectionExpression": "#i, #a, #m", "ExpressionAttributeNames": NAMES, **asked}
    by_moto = {**plain, "FilterExpression": "attribute_exists(#i)"}

    ours, its = pages(dynamo, table, **plain), pages(dynamo, table, **by_moto)

    assert its == ours
    assert len(ours) > 1 or asked.get("Limit", 40) == 40


def test_pages_end_where_a_page_is_full(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html: 1 MB."""
    name = dynamo.create(recovery=False)
    for n in range(5):
        dynamo.put(name, {"id": {"S": str(n)}, "big": {"S": "x" * 300_000}})
    asked = {"ProjectionExpression": "#i", "ExpressionAttributeNames": {"#i": "id"}}
    by_moto = {**asked, "FilterExpression": "attribute_exists(#i)"}
    found = pages(dynamo, name, **asked)
    assert pages(dynamo, name, **by_moto) == found
    assert [3, 2] == [page["Count"] for page in found]


@pytest.mark.parametrize(
    "asked",
    [
        {"Segment": 3, "TotalSegments": 3},
        {"Segment": 0},
        {"ProjectionExpression": "#i", "ExpressionAttributeNames": NAMES},
    ],
)
def test_what_is_wrong_is_refused_as_moto_refuses_it(
    dynamo: Dynamo, table: str, asked: dict[str, Any]
) -> None:
    plain = {"ProjectionExpression": "#i, #a, #m", "ExpressionAttributeNames": NAMES}
    with pytest.raises(ClientError, match="ValidationException"):
        dynamo.api.scan(TableName=table, **{**plain, **asked})


def test_a_table_that_is_not_there_is_refused(dynamo: Dynamo) -> None:
    plain = {"ProjectionExpression": "#i", "ExpressionAttributeNames": {"#i": "id"}}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        dynamo.api.scan(TableName="no-such-table", **plain)
