"""SQS: what a drill that halts ingest reads of a queue, and that no message is lost."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused, wait_until
from tests.rehearsal.services.ingest import QUEUES, arn, counts, new_queue, received

GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/{}.html"
VISIBILITY = GUIDE.format("sqs-visibility-timeout")


@documented(
    "sqs",
    "GetQueueAttributes",
    "Messages are visible, then in flight, then visible again or gone",
    QUEUES.format("GetQueueAttributes"),
)
def test_messages_are_counted(sqs: Any, queue: str) -> None:
    """R12."""
    for number in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
    assert (3, 0, 1) == counts(sqs, queue)
    (message,) = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=900)["Messages"]
    assert (2, 1, 1) == counts(sqs, queue)
    sqs.change_message_visibility(
        QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )
    assert (3, 0, 1) == counts(sqs, queue)


@documented(
    "sqs",
    "ReceiveMessage",
    "A message in flight is given to nobody else until its visibility timeout is over",
    VISIBILITY,
)
def test_a_message_comes_back(sqs: Any, queue: str) -> None:
    """R12. A queue without visible messages is not an empty one."""
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=1)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    assert (0, 1, 0) == counts(sqs, queue)
    wait_until(lambda: counts(sqs, queue) == (1, 0, 0))
    (again,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"]
    assert "2" == again["Attributes"]["ApproximateReceiveCount"]


@documented(
    "sqs",
    "SendMessage",
    "A queue's delay holds for messages without one of their own",
    GUIDE.format("sqs-delay-queues"),
)
def test_a_queue_with_a_delay(sqs: Any) -> None:
    queue = new_queue(sqs, DelaySeconds="900")
    sqs.send_message(QueueUrl=queue, MessageBody="later")
    sqs.send_message(QueueUrl=queue, MessageBody="now", DelaySeconds=0)
    assert (1, 0, 1) == counts(sqs, queue)
    assert ["now"] == received(sqs, queue)


@documented(
    "sqs",
    "PurgeQueue",
    "A purged queue has no message, visible, in flight or delayed",
    QUEUES.format("PurgeQueue"),
)
def test_a_queue_is_purged(sqs: Any, queue: str) -> None:
    for delay in (0, 0, 900):
        sqs.send_message(QueueUrl=queue, MessageBody="x", DelaySeconds=delay)
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=900)
    assert (1, 1, 1) == counts(sqs, queue)
    sqs.purge_queue(QueueUrl=queue)
    assert (0, 0, 0) == counts(sqs, queue)


@documented(
    "sqs",
    "PurgeQueue",
    "A queue is purged once a minute at most",
    QUEUES.format("PurgeQueue"),
)
def test_a_queue_is_purged_once_a_minute(sqs: Any, queue: str) -> None:
    sqs.purge_queue(QueueUrl=queue)
    refused("AWS.SimpleQueueService.PurgeQueueInProgress", sqs.purge_queue, QueueUrl=queue)


@documented(
    "sqs",
    "ReceiveMessage",
    "A message that was received too often goes to the dead-letter queue",
    QUEUES.format("SetQueueAttributes"),
)
def test_a_message_that_nobody_could_handle(sqs: Any, queue: str) -> None:
    """R12."""
    dead = new_queue(sqs)
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": "1"})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    for _ in range(2):
        sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)
    assert (0, 1) == (counts(sqs, queue)[0], counts(sqs, dead)[0])
    assert ["poison"] == received(sqs, dead)
    sources = sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]
    assert [queue] == sources


@documented(
    "sqs",
    "SetQueueAttributes",
    "A dead-letter queue that is not there is refused",
    QUEUES.format("SetQueueAttributes"),
)
def test_a_dead_letter_queue_that_is_not_there(sqs: Any, queue: str) -> None:
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, queue) + "gone", "maxReceiveCount": "1"})
    refused(
        "AWS.SimpleQueueService.NonExistentQueue",
        sqs.set_queue_attributes,
        QueueUrl=queue,
        Attributes={"RedrivePolicy": policy},
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MessageRetentionPeriod", "59"),
        ("MessageRetentionPeriod", "1209601"),
        ("VisibilityTimeout", "43201"),
        ("VisibilityTimeout", "-1"),
        ("DelaySeconds", "901"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("VisibilityTimeout", "soon"),
    ],
)
@documented(
    "sqs",
    "SetQueueAttributes",
    "An attribute out of its bounds is refused, and nothing is set",
    QUEUES.format("SetQueueAttributes"),
)
def test_an_attribute_out_of_bounds(sqs: Any, queue: str, name: str, value: str) -> None:
    """moto takes any number."""
    odd = {"DelaySeconds": "7"} | {name: value}
    refused("InvalidAttributeValue", sqs.set_queue_attributes, QueueUrl=queue, Attributes=odd)
    refused("InvalidAttributeValue", sqs.create_queue, QueueName="odd", Attributes={name: value})
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert "0" == found["DelaySeconds"]


@documented(
    "sqs",
    "ReceiveMessage",
    "Of a FIFO queue's group nothing more is given while a message of it is in flight",
    GUIDE.format("using-messagegroupid-property"),
)
def test_a_group_of_a_fifo_queue(sqs: Any) -> None:
    queue = new_queue(sqs, FifoQueue="true", ContentBasedDeduplication="true")
    for body in ("first", "second"):
        sqs.send_message(QueueUrl=queue, MessageBody=body, MessageGroupId="granules")
    sqs.send_message(QueueUrl=queue, MessageBody="other", MessageGroupId="pdrs")
    (first,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert "first" == first["Body"]
    (other,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert "other" == other["Body"]
    assert (1, 2, 0) == counts(sqs, queue)


@documented(
    "sqs",
    "SendMessage",
    "A FIFO queue takes a message of the same content once in five minutes",
    GUIDE.format("using-messagededuplicationid-property"),
)
def test_the_same_content_twice(sqs: Any) -> None:
    queue = new_queue(sqs, FifoQueue="true", ContentBasedDeduplication="true")
    for _ in range(2):
        sqs.send_message(QueueUrl=queue, MessageBody="x", MessageGroupId="g")
    assert 1 == counts(sqs, queue)[0]


@documented(
    "sqs",
    "CreateQueue",
    "A queue of that name with other attributes is refused, with the same ones it is that queue",
    QUEUES.format("CreateQueue"),
)
def test_a_queue_that_is_created_again(sqs: Any, queue: str) -> None:
    name = queue.rpartition("/")[2]
    assert queue == sqs.create_queue(QueueName=name)["QueueUrl"]
    other = {"VisibilityTimeout": "7"}
    refused("QueueAlreadyExists", sqs.create_queue, QueueName=name, Attributes=other)


@documented(
    "sqs",
    "GetQueueUrl",
    "A queue that is not there is NonExistentQueue",
    QUEUES.format("GetQueueUrl"),
)
def test_a_queue_that_is_not_there(sqs: Any, queue: str) -> None:
    gone = "AWS.SimpleQueueService.NonExistentQueue"
    refused(gone, sqs.get_queue_url, QueueName="gone")
    refused(gone, sqs.get_queue_attributes, QueueUrl=queue + "gone", AttributeNames=["All"])


@documented(
    "sqs",
    "ReceiveMessage",
    "A long poll ends as soon as a message comes",
    GUIDE.format("sqs-short-and-long-polling"),
)
def test_a_long_poll(cloud: RehearsalCloud, sqs: Any, queue: str) -> None:
    """Also that one who waits keeps nobody from sending."""
    got: list[str] = []

    def wait() -> None:
        answer = client("sqs", cloud.endpoint).receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        got.extend(message["Body"] for message in answer["Messages"])

    waiting = threading.Thread(target=wait)
    waiting.start()
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    waiting.join(timeout=15)
    assert ["x"] == got


def test_many_at_once_lose_nothing(cloud: RehearsalCloud, sqs: Any, queue: str) -> None:
    """R12. Each of 120 messages is received once, by whoever."""
    got: list[str] = []
    sending = 3

    def send(sender: int) -> None:
        api = client("sqs", cloud.endpoint)
        for number in range(40):
            api.send_message(QueueUrl=queue, MessageBody=f"{sender}-{number}")

    def take() -> None:
        api = client("sqs", cloud.endpoint)
        while len(got) < sending * 40:
            answer = api.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                got.append(message["Body"])
                api.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(sending)]
    threads += [threading.Thread(target=take, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(f"{sender}-{number}" for sender in range(3) for number in range(40)) == sorted(
        got
    )
    assert (0, 0, 0) == counts(sqs, queue)
