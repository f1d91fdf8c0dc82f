"""A small archive in Postgres and DynamoDB, whose tables were restored to three times.

```
        written in both       written in both          in DynamoDB alone: 2 put, 1 deleted
  ─────────────┬─────────────────────┬──────────┬───────────────────────┬─────────
            earlier                  T        right = T + 1 s         later
```
Postgres is as it was at T.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fixtures.aws.session import Client
from fixtures.postgres.server import Server
from fixtures.settings.dynamodb import DynamoDB
from tests.rehearsal.helpers import wait_until

DATABASE = "archive"
EARLY, LATE, AFTER, DELETED = range(5), range(5, 8), range(8, 10), 0
TABLES = {
    "collections": ("arc-CollectionsTable", ("name", "version")),
    "granules": ("arc-GranulesTable", ("granuleId",)),
    "executions": ("arc-ExecutionsTable", ("arn",)),
}
"""Table in Postgres → in DynamoDB, and its key there."""
SETTINGS: Mapping[str, Any] = {
    "table": [
        {
            "name": "arc-CollectionsTable",
            "attributes": ["name", "version"],
            "query": "select name, version from collections",
            "timestamp": "updatedAt",
        },
        {
            "name": "arc-GranulesTable",
            "attributes": ["granuleId", "collectionId"],
            "query": "select g.granule_id, c.name || '___' || c.version from granules g"
            " join collections c on c.cumulus_id = g.collection_cumulus_id",
            "timestamp": "updatedAt",
        },
        {
            "name": "arc-ExecutionsTable",
            "attributes": ["arn"],
            "query": "select arn from executions",
            "timestamp": "updatedAt",
        },
    ]
}
SCHEMA = """
create table collections (cumulus_id int primary key, name text, version text);
create table granules (granule_id text, collection_cumulus_id int references collections);
create table executions (arn text);
"""


@dataclass(frozen=True)
class Archive:
    """The three times, whole seconds in UTC; `right` is the one that goes with T."""

    earlier: datetime
    target: datetime
    right: datetime
    later: datetime


def wanted(**changed: Any) -> DynamoDB:
    """Its settings."""
    return DynamoDB.model_validate({**SETTINGS, **changed})


def make(client: Client, server: Server) -> Archive:
    """Let it all happen; takes a few seconds, because whole ones have to pass."""
    for name, key in TABLES.values():
        create_table(client, name, key)
    with server.connect() as connection:
        connection.execute(f"create database {DATABASE}")
    with server.connect(DATABASE) as connection:
        connection.execute(SCHEMA)
        for n in EARLY:
            connection.execute("insert into collections values (%s, %s, '006')", [n, f"MOD{n}"])
    write(client, server, EARLY)
    for n in EARLY:
        put(client, "arc-CollectionsTable", name=f"MOD{n}", version="006")
    earlier = next_second()
    write(client, server, LATE)
    target = next_second()
    right = next_second()
    for n in AFTER:
        put(client, "arc-GranulesTable", granuleId=f"G{n}", collectionId="MOD1___006")
    client.delete_item(TableName="arc-GranulesTable", Key={"granuleId": {"S": f"G{DELETED}"}})
    later = next_second()
    return Archive(earlier, target, right, later)


def write(client: Client, server: Server, numbers: Iterable[int]) -> None:
    """As Cumulus does: rows, items, commit."""
    with server.connect(DATABASE) as connection, connection.transaction():
        for n in numbers:
            connection.execute("insert into granules values (%s, 1)", [f"G{n}"])
            connection.execute("insert into executions values (%s)", [f"arn:exec:{n}"])
            put(client, "arc-GranulesTable", granuleId=f"G{n}", collectionId="MOD1___006")
            put(client, "arc-ExecutionsTable", arn=f"arn:exec:{n}")


def put(client: Client, table: str, **values: str) -> None:
    """An item, dated now."""
    item = {name: {"S": value} for name, value in values.items()}
    item["updatedAt"] = {"N": str(int(time.time() * 1000))}
    client.put_item(TableName=table, Item=item)


def create_table(
    client: Client, name: str, key: Iterable[str], *, recovery: bool = True, **settings: Any
) -> dict[str, Any]:
    """An empty table with point-in-time recovery, its keys of text; as CreateTable tells it."""
    names = list(key)
    made: dict[str, Any] = client.create_table(
        **{
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [
                {"AttributeName": one, "KeyType": kind}
                for one, kind in zip(names, ("HASH", "RANGE"), strict=False)
            ],
            "AttributeDefinitions": [{"AttributeName": one, "AttributeType": "S"} for one in names],
            **settings,
        }
    )["TableDescription"]
    if recovery:
        client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    return made


def next_second() -> datetime:
    """The first whole second after now, which has passed at return: the cloud's clock is ours."""
    target = math.floor(time.time()) + 1
    wait_until(lambda: time.time() > target)
    return datetime.fromtimestamp(target, UTC)
