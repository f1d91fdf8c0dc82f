"""A read that asks for some attributes gets these, as they are, and the item keeps the others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.services.dynamodb.dynamo import GUIDE, HASH_ONLY, Dynamo

ITEM: dict[str, Any] = {
    "id": {"S": "a"},
    "count": {"N": "7"},
    "parts": {"M": {"one": {"S": "x"}, "two": {"L": [{"N": "1"}, {"BOOL": True}]}}},
    "tags": {"SS": ["p", "q"]},
    "image": {"B": b"\x00\xff"},
}


@pytest.mark.parametrize(
    ("asked", "names"),
    [("id, #c", {"#c": "count"}), ("tags, image, parts", {}), ("id, gone", {}), ("parts.one", {})],
    ids=["names", "of any type", "one that is not there", "a path"],
)
@documented(
    "dynamodb",
    "Scan",
    "A projection gives the attributes that it names, each as it is stored",
    f"{GUIDE}Expressions.ProjectionExpressions.html",
)
def test_a_projection(dynamo: Dynamo, asked: str, names: dict[str, str]) -> None:
    """moto's reads the item as JSON: slowly, and not what JSON has no word for."""
    table = "projected"
    if table not in dynamo.api.list_tables()["TableNames"]:
        dynamo.api.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", **HASH_ONLY)
        dynamo.api.put_item(TableName=table, Item=ITEM)
    wish = {"ProjectionExpression": asked, **({"ExpressionAttributeNames": names} if names else {})}
    wanted = {names.get(one, one) for one in asked.split(", ")}
    expected = {name: value for name, value in ITEM.items() if name in wanted}
    if asked == "parts.one":
        expected = {"parts": {"M": {"one": {"S": "x"}}}}

    (scanned,) = dynamo.api.scan(TableName=table, **wish)["Items"]
    found = dynamo.api.get_item(TableName=table, Key={"id": ITEM["id"]}, **wish)["Item"]

    assert expected == scanned == found
    assert ITEM == dynamo.api.get_item(TableName=table, Key={"id": ITEM["id"]})["Item"]
