"""What ingest is made of, for the tests of the services that it runs on."""

from __future__ import annotations

import json
import uuid
from typing import Any

EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_{}.html"
STATES = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_{}.html"
QUEUES = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_{}.html"
ROLE = "arn:aws:iam::123456789012:role/tests"
ACCOUNT = "123456789012"
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
PASS = {"Type": "Pass", "Result": {"ingested": 1}}
LONG = {"Type": "Wait", "Seconds": 600}


def new_queue(sqs: Any, **attributes: str) -> str:
    """The URL of an empty one."""
    suffix = ".fifo" if "FifoQueue" in attributes else ""
    made = sqs.create_queue(QueueName=f"q-{uuid.uuid4()}{suffix}", Attributes=attributes)
    return str(made["QueueUrl"])


def arn(sqs: Any, queue: str) -> str:
    """A queue's, by its URL."""
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def counts(sqs: Any, queue: str) -> tuple[int, ...]:
    """Messages that are visible, in flight, delayed (R12)."""
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    return tuple(int(found[name]) for name in COUNTS)


def received(sqs: Any, queue: str) -> list[str]:
    """The bodies of messages, which are deleted."""
    bodies = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(str(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def machine(states: Any, *steps: dict[str, Any], **whole: Any) -> str:
    """The ARN of a state machine of steps in a row."""
    names = [f"step {number}" for number in range(len(steps))]
    definition = whole | {
        "StartAt": names[0],
        "States": {
            name: step | _after(step, after)
            for name, step, after in zip(names, steps, [*names[1:], None], strict=True)
        },
    }
    made = states.create_state_machine(
        name=f"m-{uuid.uuid4()}", definition=json.dumps(definition), roleArn=ROLE
    )
    return str(made["stateMachineArn"])


def _after(step: dict[str, Any], following: str | None) -> dict[str, Any]:
    if step["Type"] in ("Fail", "Succeed"):
        return {}
    return {"Next": following} if following else {"End": True}


def start(states: Any, machine: str, **settings: str) -> str:
    """The ARN of a new execution."""
    return str(states.start_execution(stateMachineArn=machine, **settings)["executionArn"])


def status(states: Any, execution: str) -> str:
    """Of an execution: RUNNING, or how it ended."""
    return str(states.describe_execution(executionArn=execution)["status"])


def rule(events: Any, target: str, pattern: Any = None, **settings: Any) -> str:
    """The name of an enabled rule with a target, for events that have its name as their source."""
    name = f"r-{uuid.uuid4()}"
    pattern = json.dumps(pattern or {"source": [name]})
    events.put_rule(Name=name, EventPattern=pattern, State="ENABLED")
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, **settings}])
    return name


def tell(events: Any, rule: str) -> None:
    """An event that this rule alone matches."""
    answer = events.put_events(
        Entries=[{"Source": rule, "DetailType": "granule", "Detail": json.dumps({"id": 1})}]
    )
    assert 0 == answer["FailedEntryCount"]
