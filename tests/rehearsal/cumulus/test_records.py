"""What became of executions is written once, into both, or comes back, or is a dead letter."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from fixtures.cumulus.twins import twin_tables
from fixtures.rehearsal.cumulus import twin
from fixtures.rehearsal.cumulus.archive import TWINS
from tests.rehearsal.cumulus.archive import STARTED_FOR, TRIES, Archive
from tests.rehearsal.helpers import DATABASE, wait_until


def told(archive: Archive, status: str, name: str, number: int) -> None:
    """An event of Step Functions, as EventBridge sends it to the record writer's queue."""
    ended = status != "RUNNING"
    given = {
        "cumulus_meta": {"workflow": "IngestGranule"},
        "payload": {"number": number},
    }
    detail = {
        "executionArn": f"arn:aws:states:us-east-1:123456789012:execution:tests:{name}",
        "name": name,
        "status": status,
        "startDate": 1_700_000_000_000,
        "stopDate": 1_700_000_001_500 if ended else None,
        "input": json.dumps(given),
        "output": json.dumps(given) if status == "SUCCEEDED" else None,
        "error": None,
        "cause": None,
    }
    archive.deployment.client("sqs").send_message(
        QueueUrl=archive.deployment.queue_url(archive.deployment.names.record_queue),
        MessageBody=json.dumps({"source": "aws.states", "detail": detail}),
    )


@contextmanager
def fenced(archive: Archive) -> Iterator[None]:
    """No new connection of the application, and none that was left."""
    with archive.rds.connect(archive.cluster, dbname="postgres") as admin:
        admin.execute(f"alter database {DATABASE} connection limit 0".encode())
        cut(admin)
        try:
            yield
        finally:
            admin.execute(f"alter database {DATABASE} connection limit -1".encode())


def cut(admin: Any) -> None:
    """End the application's sessions."""
    admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'core_app'"
    )


def test_an_event_that_is_delivered_again_is_not_doubled(
    archive: Archive, number: Callable[[], int]
) -> None:
    """At least once, in no order: a late RUNNING does not undo what has ended."""
    this, name = number(), str(uuid.uuid4())
    for status in ("RUNNING", "SUCCEEDED", "SUCCEEDED", "RUNNING"):
        told(archive, status, name, this)
    archive.wait_until_idle()
    assert ["completed"] == archive.statuses(this)
    granule = f"CML.{name}"
    assert "completed" == archive.value(
        "select status from granules where granule_id = %s", granule
    )
    item = archive.item(archive.deployment.names.granules, granuleId=granule)
    assert item is not None
    assert "completed" == item["status"]["S"]


def test_an_execution_that_is_stopped_has_failed(
    archive: Archive, number: Callable[[], int]
) -> None:
    this = number()
    archive.send("sqs", {"number": this})
    wait_until(lambda: archive.statuses(this))
    arn = archive.value(f"select arn {STARTED_FOR}", str(this))
    states = archive.deployment.client("stepfunctions")
    states.stop_execution(executionArn=arn, error="Stopped", cause="by a test")
    wait_until(lambda: archive.statuses(this) == ["failed"])
    assert "Stopped" == archive.value(f"select error ->> 'Error' {STARTED_FOR}", str(this))


def test_a_lost_connection_is_made_again(archive: Archive, number: Callable[[], int]) -> None:
    this = number()
    with archive.rds.connect(archive.cluster, dbname="postgres") as admin:
        cut(admin)
    told(archive, "SUCCEEDED", str(uuid.uuid4()), this)
    wait_until(lambda: archive.statuses(this) == ["completed"])
    assert 0 == archive.own_queue(archive.deployment.names.record_dead_letters)


def test_what_cannot_be_written_comes_back_and_is_written_later(
    archive: Archive, number: Callable[[], int]
) -> None:
    """R12, R15. The writer is refused at the fence, its message waits, and is written behind it."""
    this = number()
    with fenced(archive):
        told(archive, "SUCCEEDED", str(uuid.uuid4()), this)
        queue = archive.deployment.queue_url(archive.deployment.names.record_queue)
        wait_until(lambda: archive.queued(queue) == 1 and in_flight(archive, queue) == 1)
        assert [] == seen_by_owner(archive, this)
    wait_until(lambda: archive.statuses(this) == ["completed"])
    assert 0 == archive.own_queue(archive.deployment.names.record_dead_letters)


def test_what_is_refused_too_often_is_a_dead_letter(
    archive: Archive, number: Callable[[], int]
) -> None:
    """R12. As often as the queue's redrive policy says; it is not lost, and not written either."""
    this = number()
    dead = archive.deployment.queue_url(archive.deployment.names.record_dead_letters)
    with fenced(archive):
        told(archive, "SUCCEEDED", str(uuid.uuid4()), this)
        wait_until(lambda: archive.queued(dead) == 1, TRIES.seconds * TRIES.receives + 30)
    sqs = archive.deployment.client("sqs")
    (letter,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])
    assert [] == archive.statuses(this)


def test_what_is_in_postgres_is_in_dynamodb(archive: Archive) -> None:
    """R58. The twin was filled, and each write since went into both, DynamoDB first: as many items
    at least, and those of the first and the last keys.
    """
    dynamodb = archive.deployment.client("dynamodb")
    for table in twin_tables(archive.deployment.names.prefix, TWINS, DATABASE):
        name, attributes = table["name"], table["attributes"]
        with archive.connect() as connection:
            rows = sorted(connection.execute(table["query"].encode()).fetchall())
        described = dynamodb.describe_table(TableName=name)["Table"]
        assert described["ItemCount"] >= len(rows)
        wanted = {*rows[:40], *rows[-40:]}
        of = twin.keys_of(archive.deployment.names)[name]
        keys = [{key: {"S": row[attributes.index(key)]} for key in of} for row in wanted]
        found = dynamodb.batch_get_item(RequestItems={name: {"Keys": keys}})["Responses"][name]
        assert wanted == {tuple(item[one]["S"] for one in attributes) for item in found}
        assert all(int(item[table["timestamp"]]["N"]) > 0 for item in found)


def test_every_table_of_the_twin_can_be_restored_to_a_point_in_time(archive: Archive) -> None:
    dynamodb = archive.deployment.client("dynamodb")
    for table in twin.keys_of(archive.deployment.names):
        said = dynamodb.describe_continuous_backups(TableName=table)
        recovery = said["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert "ENABLED" == recovery["PointInTimeRecoveryStatus"]


def in_flight(archive: Archive, url: str) -> int:
    name = "ApproximateNumberOfMessagesNotVisible"
    found = archive.deployment.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=[name]
    )
    return int(found["Attributes"][name])


def seen_by_owner(archive: Archive, number: int) -> list[str]:
    """As `statuses`, past the fence."""
    facts = archive.rds.cloud.control.cluster("us-east-1", archive.cluster)
    with psycopg.connect(
        host=str(facts.socket_dir), port=facts.socket_port, user=facts.superuser, dbname=DATABASE
    ) as connection:
        rows = connection.execute(f"select status {STARTED_FOR}".encode(), [str(number)])
        return [status for (status,) in rows]
