"""SNS: subscriptions deliver apart from the one who publishes, and nothing leaves this machine."""

from __future__ import annotations

import json
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.services.ingest import arn, counts, new_queue, received

API = "https://docs.aws.amazon.com/sns/latest/api/API_{}.html"
GONE = "arn:aws:{}:us-east-1:123456789012:gone"


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name=f"t-{uuid.uuid4()}")["TopicArn"])


@documented(
    "sns",
    "Publish",
    "A message reaches every queue that is subscribed",
    "https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html",
)
def test_a_queue_is_subscribed(sns: Any, sqs: Any, topic: str) -> None:
    queues = [new_queue(sqs) for _ in range(2)]
    for queue in queues:
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn(sqs, queue))
    sns.publish(TopicArn=topic, Message="granule")
    for queue in queues:
        (sent,) = received(sqs, queue)
        assert ("Notification", "granule") == (
            json.loads(sent)["Type"],
            json.loads(sent)["Message"],
        )


@documented(
    "sns",
    "Unsubscribe",
    "What is published while nobody is subscribed is lost",
    API.format("Unsubscribe"),
)
def test_what_is_published_meanwhile(sns: Any, sqs: Any, queue: str, topic: str) -> None:
    """R8. Removing a subscription halts ingest, and loses what comes meanwhile."""
    subscribe = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn(sqs, queue)}
    subscription = sns.subscribe(**subscribe)["SubscriptionArn"]
    sns.unsubscribe(SubscriptionArn=subscription)
    assert [] == sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.publish(TopicArn=topic, Message="meanwhile")
    sns.subscribe(**subscribe)
    sns.publish(TopicArn=topic, Message="after")
    assert ["after"] == [json.loads(body)["Message"] for body in received(sqs, queue)]


@documented(
    "sns",
    "Publish",
    "Whoever publishes is answered alike when a subscriber cannot be reached, and the others are",
    "https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html",
)
def test_a_subscriber_that_is_not_there(
    sns: Any, sqs: Any, queue: str, topic: str, function: str
) -> None:
    """moto fails the one who publishes."""
    for protocol, endpoint in (
        ("sqs", GONE.format("sqs")),
        ("lambda", f"arn:aws:lambda:us-east-1:123456789012:function:{function}"),
        ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:gone"),
        ("sqs", arn(sqs, queue)),
    ):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert sns.publish(TopicArn=topic, Message="x")["MessageId"]
    assert 1 == counts(sqs, queue)[0]


def test_nothing_is_sent_over_http(sns: Any, topic: str) -> None:
    """DESIGN 6. moto posts to whatever address is subscribed."""
    asked: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=address)
        sns.publish(TopicArn=topic, Message="x")
        server.shutdown()
    assert [] == asked
