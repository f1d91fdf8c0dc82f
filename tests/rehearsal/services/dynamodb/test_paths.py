"""No way to write goes around the history: a table a path, restored to just before it was taken.

```
before ── the second all tables are restored to ── the path
```
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import client, refused, wait_until
from tests.rehearsal.services.dynamodb.dynamo import Dynamo, next_second, post, row

Item = Mapping[str, Any]
Path = Callable[[Any, str], object]

OLD = {
    **row("old", state="good"),
    "count": {"N": "1"},
    "list": {"L": [{"S": "a"}, {"M": {"deep": {"SS": ["x"]}}}]},
    "set": {"NS": ["1"]},
    "raw": {"B": b"\x00\xff"},
}
GONE = row("gone", state="good")
BEFORE = [GONE, OLD]


def _update(expression: str, names: str = "", **values: Any) -> Path:
    more: dict[str, Any] = {}
    if names:
        more["ExpressionAttributeNames"] = {f"#{name}": name for name in names.split()}
    if values:
        more["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    return lambda api, name: api.update_item(
        TableName=name, Key=row("old"), UpdateExpression=expression, **more
    )


def _attributes(**updates: Any) -> Path:
    return lambda api, name: api.update_item(
        TableName=name, Key=row("old"), AttributeUpdates=updates
    )


def _statement(statement: str) -> Path:
    return lambda api, name: api.execute_statement(Statement=statement.format(name))


PATHS: dict[str, Path] = {
    "PutItem": lambda api, name: api.put_item(TableName=name, Item=row("new")),
    "PutItem over an item": lambda api, name: api.put_item(TableName=name, Item=row("old")),
    "PutItem with a condition": lambda api, name: api.put_item(
        TableName=name,
        Item=row("old"),
        ConditionExpression="attribute_exists(id)",
    ),
    "PutItem with Expected": lambda api, name: api.put_item(
        TableName=name, Item=row("old"), Expected={"state": {"Value": {"S": "good"}}}
    ),
    "UpdateItem, SET": _update("SET #state = :v", "state", v={"S": "bad"}),
    "UpdateItem, SET in a list": _update("SET #list[0] = :v", "list", v={"S": "bad"}),
    "UpdateItem, list_append": _update(
        "SET #list = list_append(#list, :v)", "list", v={"L": [{"S": "bad"}]}
    ),
    "UpdateItem, REMOVE": _update("REMOVE #state, #list[1]", "state list"),
    "UpdateItem, ADD": _update(
        "ADD #count :n, #set :s", "count set", n={"N": "5"}, s={"NS": ["2"]}
    ),
    "UpdateItem, ADD within": _update("ADD #list[1].deep :s", "list", s={"SS": ["y"]}),
    "UpdateItem, DELETE": _update("DELETE #set :s", "set", s={"NS": ["1"]}),
    "UpdateItem, AttributeUpdates": _attributes(
        state={"Action": "PUT", "Value": {"S": "bad"}},
        count={"Action": "ADD", "Value": {"N": "5"}},
        raw={"Action": "DELETE"},
    ),
    "UpdateItem of a new item": lambda api, name: api.update_item(
        TableName=name,
        Key=row("new"),
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"S": "bad"}},
    ),
    "DeleteItem": lambda api, name: api.delete_item(TableName=name, Key=row("gone")),
    "BatchWriteItem": lambda api, name: api.batch_write_item(
        RequestItems={
            name: [
                {"PutRequest": {"Item": row("new")}},
                {"PutRequest": {"Item": row("old")}},
                {"DeleteRequest": {"Key": row("gone")}},
            ]
        }
    ),
    "TransactWriteItems": lambda api, name: api.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": name, "Item": row("new")}},
            {"Delete": {"TableName": name, "Key": row("gone")}},
            {
                "Update": {
                    "TableName": name,
                    "Key": row("old"),
                    "UpdateExpression": "SET #c = #c + :one",
                    "ExpressionAttributeNames": {"#c": "count"},
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
        ]
    ),
    "ExecuteStatement, INSERT": _statement("INSERT INTO \"{}\" VALUE {{'id': 'new'}}"),
    "ExecuteStatement, UPDATE": _statement("UPDATE \"{}\" SET state = 'bad' WHERE id = 'old'"),
    "ExecuteStatement, DELETE": _statement("DELETE FROM \"{}\" WHERE id = 'gone'"),
    "BatchExecuteStatement": lambda api, name: api.batch_execute_statement(
        Statements=[
            {"Statement": f"INSERT INTO \"{name}\" VALUE {{'id': 'new'}}"},
            {"Statement": f"DELETE FROM \"{name}\" WHERE id = 'gone'"},
        ]
    ),
    "ExecuteTransaction": lambda api, name: api.execute_transaction(
        TransactStatements=[
            {"Statement": f"UPDATE \"{name}\" SET state = 'bad' WHERE id = 'old'"},
            {"Statement": f"DELETE FROM \"{name}\" WHERE id = 'gone'"},
        ]
    ),
}


@dataclass(frozen=True)
class Taken:
    """A path that was taken: the table it changed, and its copy from before."""

    table: str
    copy: str


@pytest.fixture(scope="module")
def taken(dynamo: Dynamo) -> Mapping[str, Taken]:
    """Every path at once, so that they share one wait for a whole second."""
    tables = {path: dynamo.create() for path in PATHS}
    for name in tables.values():
        dynamo.put(name, *BEFORE)
    before = next_second()
    for path, name in tables.items():
        PATHS[path](dynamo.api, name)
    return {path: Taken(name, dynamo.start_restore(name, before)) for path, name in tables.items()}


@pytest.mark.parametrize("path", PATHS)
def test_no_path_goes_around_the_history(
    dynamo: Dynamo, taken: Mapping[str, Taken], path: str
) -> None:
    dynamo.wait(taken[path].copy)

    assert dynamo.items(taken[path].table) != BEFORE, "the path changed nothing"
    assert BEFORE == dynamo.items(taken[path].copy)


def test_what_an_import_wrote_can_be_restored(dynamo: Dynamo, cloud: RehearsalCloud) -> None:
    """An import writes on a thread of its own, into a table that is already there."""
    s3 = client("s3", cloud.endpoint)
    s3.create_bucket(Bucket="imports")
    lines = [json.dumps({"Item": row(f"item-{number}")}) for number in range(50)]
    s3.put_object(Bucket="imports", Key="data/one.json", Body="\n".join(lines).encode())
    name = dynamo.new_name()
    asked = dynamo.api.import_table(
        S3BucketSource={"S3Bucket": "imports", "S3KeyPrefix": "data"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        },
    )["ImportTableDescription"]["ImportArn"]
    wait_until(
        lambda: (
            dynamo.api.describe_import(ImportArn=asked)["ImportTableDescription"]["ImportStatus"]
            != "IN_PROGRESS"
        )
    )
    dynamo.recovery(name)
    imported = next_second()
    dynamo.api.delete_item(TableName=name, Key=row("item-0"))

    assert 50 == len(dynamo.items(dynamo.restore(name, imported)))
    assert 49 == len(dynamo.items(name))


REFUSED: dict[str, Path] = {
    "PutItem whose condition fails": lambda api, name: api.put_item(
        TableName=name, Item=row("old"), ConditionExpression="attribute_not_exists(id)"
    ),
    "UpdateItem of the wrong type": _update("ADD #state :n", "state", n={"N": "1"}),
    "UpdateItem that grows too large": _update(
        "SET #state = :v, other = :w", "state", v={"S": "bad"}, w={"S": "x" * 409_600}
    ),
    "UpdateItem of a new item, refused": lambda api, name: api.update_item(
        TableName=name,
        Key=row("new"),
        UpdateExpression="SET v = other + :v",
        ExpressionAttributeValues={":v": {"N": "1"}},
    ),
    "BatchWriteItem with one bad item": lambda api, name: api.batch_write_item(
        RequestItems={
            name: [
                {"PutRequest": {"Item": row("new")}},
                {"PutRequest": {"Item": {"id": {"N": "1"}}}},
            ]
        }
    ),
    "TransactWriteItems whose last condition fails": lambda api, name: api.transact_write_items(
        TransactItems=[
            {
                "Update": {
                    "TableName": name,
                    "Key": row("old"),
                    "UpdateExpression": "SET fresh = :v",
                    "ExpressionAttributeValues": {":v": {"S": "bad"}},
                }
            },
            {"Put": {"TableName": name, "Item": row("new")}},
            {"Delete": {"TableName": name, "Key": row("gone")}},
            {
                "ConditionCheck": {
                    "TableName": name,
                    "Key": row("nobody"),
                    "ConditionExpression": "attribute_exists(id)",
                }
            },
        ]
    ),
    "ExecuteTransaction whose last statement fails": lambda api, name: api.execute_transaction(
        TransactStatements=[
            {"Statement": f"DELETE FROM \"{name}\" WHERE id = 'gone'"},
            {"Statement": "DELETE FROM \"nowhere\" WHERE id = 'gone'"},
        ]
    ),
}


CODES = dict(
    zip(
        REFUSED,
        [
            "ConditionalCheckFailedException",
            "ValidationException",
            "ValidationException",
            "ValidationException",
            "ValidationException",
            "TransactionCanceledException",
            "ResourceNotFoundException",
        ],
        strict=True,
    )
)


@pytest.mark.parametrize("path", REFUSED)
def test_a_refused_write_changes_nothing(dynamo: Dynamo, cloud: RehearsalCloud, path: str) -> None:
    streams = client("dynamodbstreams", cloud.endpoint)
    name = dynamo.create(
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    )
    dynamo.put(name, *BEFORE)

    with pytest.raises(ClientError) as refusal:
        REFUSED[path](dynamo.api, name)

    assert CODES[path] == refusal.value.response["Error"]["Code"]
    assert BEFORE == dynamo.items(name)
    assert len(BEFORE) == len(_records(streams, dynamo.describe(name)["LatestStreamArn"]))


def _records(streams: Any, arn: str) -> list[Any]:
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records: list[Any] = streams.get_records(ShardIterator=iterator)["Records"]
    return records


def test_a_transaction_over_two_tables_is_undone_in_both(dynamo: Dynamo) -> None:
    names = [dynamo.create(), dynamo.create()]
    for name in names:
        dynamo.put(name, *BEFORE)
    puts = [{"Put": {"TableName": name, "Item": row("new")}} for name in names]
    check = {
        "TableName": names[1],
        "Key": row("old"),
        "ConditionExpression": "attribute_not_exists(id)",
    }

    refused(
        "TransactionCanceledException",
        dynamo.api.transact_write_items,
        TransactItems=[*puts, {"ConditionCheck": check}],
    )
    assert [BEFORE, BEFORE] == [dynamo.items(name) for name in names]


def test_readers_and_writers_do_not_trip_over_each_other(dynamo: Dynamo) -> None:
    """moto's own tables are iterated over while they change."""
    name = dynamo.create()

    def write(writer: int) -> None:
        for number in range(30):
            dynamo.put(name, row(f"{writer}-{number}"))

    def read(_: int) -> None:
        for _ in range(15):
            dynamo.items(name)
            dynamo.describe(name)

    with ThreadPoolExecutor(6) as together:
        work = [together.submit(act, number) for act in (write, read) for number in range(3)]
    for one in work:
        one.result()

    assert 90 == len(dynamo.items(name)) == dynamo.describe(name)["ItemCount"]


GARBAGE = {
    "no JSON": (b"{", "PutItem", "SerializationException"),
    "a list": (b"[]", "PutItem", "SerializationException"),
    "nothing": (b"", "PutItem", "ValidationException"),
    "no text": (b"\xff\xfe", "RestoreTableToPointInTime", "SerializationException"),
    "a number for a name": (
        b'{"TargetTableName": 5, "UseLatestRestorableTime": true}',
        "RestoreTableToPointInTime",
        "SerializationException",
    ),
    "a word for a time": (
        b'{"TargetTableName": "abc", "SourceTableName": "abc", "RestoreDateTime": "noon"}',
        "RestoreTableToPointInTime",
        "SerializationException",
    ),
    "a time past all times": (
        b'{"TargetTableName": "abc", "SourceTableName": "abc", "RestoreDateTime": 1e300}',
        "RestoreTableToPointInTime",
        "SerializationException",
    ),
    "no time at all": (
        b'{"TargetTableName": "abc", "SourceTableName": "abc", "RestoreDateTime": NaN}',
        "RestoreTableToPointInTime",
        "SerializationException",
    ),
    "no action": (b"{}", "DoAsILike", "UnknownOperationException"),
    "half a statement": (b'{"Statement": "DELETE FROM"}', "ExecuteStatement", "NotImplemented"),
    "an action not offered": (
        b'{"GlobalTableName": "abc"}',
        "DescribeGlobalTable",
        "NotImplemented",
    ),
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_is_refused_in_json(cloud: RehearsalCloud, case: str) -> None:
    """A request that no SDK would send, signed as AWS has it."""
    body, action, code = GARBAGE[case]
    answer = post(cloud.endpoint, action, body)

    assert 400 == answer.status_code
    assert code == json.loads(answer.content)["__type"].rpartition("#")[2]
