"""Tables of DynamoDB that hold what the application writes into the cluster of these tests."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from fixtures.rehearsal.sample import ingest_granule

GRANULES = "core-GranulesTable"
EXECUTIONS = "core-ExecutionsTable"
TABLES = f"""
[dynamodb]
in_flight = "1m"

[[dynamodb.table]]
name = "{GRANULES}"
attributes = ["granuleId", "collectionId"]
query = '''
    select g.granule_id, c.name || '___' || c.version from granules g
    join collections c on c.cumulus_id = g.collection_cumulus_id where g.granule_id like 'LIVE.%'
'''
timestamp = "updatedAt"

[[dynamodb.table]]
name = "{EXECUTIONS}"
attributes = ["arn"]
query = "select arn from executions where arn like '%:Live:%'"
timestamp = "updatedAt"
"""
LIVE = """
    select g.granule_id, c.name || '___' || c.version, e.arn from granules g
    join collections c on c.cumulus_id = g.collection_cumulus_id
    join granules_executions x on x.granule_cumulus_id = g.cumulus_id
    join executions e on e.cumulus_id = x.execution_cumulus_id
    where g.granule_id like 'LIVE.%%' and (%(one)s::text is null or g.granule_id = %(one)s)
"""


class Twin:
    """Writes into DynamoDB what the application writes, before that is committed."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def put(self, connection: psycopg.Connection[Any], one: str | None = None) -> None:
        for granule, collection, arn in connection.execute(LIVE, {"one": one}).fetchall():
            now = {"updatedAt": {"N": str(int(time.time() * 1000))}}
            item = {"granuleId": {"S": granule}, "collectionId": {"S": collection}, **now}
            self.client.put_item(TableName=GRANULES, Item=item)
            self.client.put_item(TableName=EXECUTIONS, Item={"arn": {"S": arn}, **now})

    def work(self, connection: psycopg.Connection[Any], number: int) -> None:
        ingest_granule(connection, number)
        self.put(connection, f"LIVE.{number}")

    def tables(self) -> list[str]:
        names: list[str] = self.client.list_tables()["TableNames"]
        return names
