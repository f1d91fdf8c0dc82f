"""Lambda: functions of the project's own really run, and what is mapped to them is consumed.

The one that starts executions stands for all of them here: it needs no database.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import refused, wait_until
from tests.rehearsal.services.ingest import EVENTS, PASS, arn, counts, machine, new_queue

LAMBDA = "https://docs.aws.amazon.com/lambda/latest/api/API_{}.html"
GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/{}.html"
NOTHING = b"PK\x05\x06" + bytes(18)


@pytest.fixture
def starter(functions: Any, function: str) -> str:
    """The name of one that starts executions."""
    role = functions.get_function(FunctionName=function)["Configuration"]["Role"]
    name = f"starter-{uuid.uuid4()}"
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="cumulus.sqs2sf",
        Code={"ZipFile": NOTHING},
    )
    return name


@pytest.fixture
def work(states: Any) -> str:
    """The ARN of a state machine."""
    return machine(states, PASS)


def start_message(work: str) -> str:
    return json.dumps(
        {"cumulus_meta": {"state_machine": work, "execution_name": str(uuid.uuid4())}}
    )


def started(states: Any, work: str) -> int:
    return len(states.list_executions(stateMachineArn=work)["executions"])


def invoked(functions: Any, name: str, event: Any, kind: str = "RequestResponse") -> Any:
    return functions.invoke(FunctionName=name, InvocationType=kind, Payload=json.dumps(event))


def record(work: str) -> dict[str, Any]:
    return {"messageId": "1", "body": start_message(work)}


@documented(
    "lambda",
    "Invoke",
    "A function runs, and what it returns is the answer's payload",
    LAMBDA.format("Invoke"),
)
def test_a_function_runs(functions: Any, starter: str, states: Any, work: str) -> None:
    answer = invoked(functions, starter, {"Records": [record(work)]})
    assert (200, None) == (answer["StatusCode"], answer.get("FunctionError"))
    assert {"batchItemFailures": []} == json.loads(answer["Payload"].read())
    assert 1 == started(states, work)


@documented(
    "lambda",
    "Invoke",
    "A function that raises is answered with 200, FunctionError, and the error's type",
    GUIDE.format("python-exceptions"),
)
def test_a_function_that_raises(functions: Any, starter: str) -> None:
    answer = invoked(functions, starter, {})
    assert (200, "Unhandled") == (answer["StatusCode"], answer["FunctionError"])
    assert "KeyError" == json.loads(answer["Payload"].read())["errorType"]


@documented(
    "lambda",
    "Invoke",
    "An event is accepted, and runs afterwards",
    GUIDE.format("invocation-async"),
)
def test_an_event_runs_afterwards(functions: Any, starter: str, states: Any, work: str) -> None:
    assert 202 == invoked(functions, starter, {"Records": [record(work)]}, "Event")["StatusCode"]
    wait_until(lambda: started(states, work) == 1)


@documented(
    "lambda",
    "PutFunctionConcurrency",
    "A reserved concurrency of zero throttles every invocation",
    GUIDE.format("configuration-concurrency"),
)
def test_a_throttled_function_runs_not(
    functions: Any, starter: str, sqs: Any, queue: str, states: Any, work: str
) -> None:
    """R8. Nor does it consume what is mapped to it."""
    functions.put_function_concurrency(FunctionName=starter, ReservedConcurrentExecutions=0)
    refused("TooManyRequestsException", functions.invoke, FunctionName=starter)
    enabled(functions, sqs, queue, starter)
    sqs.send_message(QueueUrl=queue, MessageBody=start_message(work))
    enabled(functions, sqs, new_queue(sqs), starter)  # takes as long as a poll would
    assert (0, 1, 0, 0) == (started(states, work), *counts(sqs, queue))
    functions.delete_function_concurrency(FunctionName=starter)
    wait_until(lambda: started(states, work) == 1)


def enabled(functions: Any, sqs: Any, queue: str, name: str, **settings: Any) -> str:
    """The UUID of a mapping, which is Enabled."""
    made = functions.create_event_source_mapping(
        EventSourceArn=arn(sqs, queue), FunctionName=name, **settings
    )
    wait_for(functions, made["UUID"], "Enabled")
    return str(made["UUID"])


def wait_for(functions: Any, mapping: str, state: str) -> None:
    wait_until(lambda: functions.get_event_source_mapping(UUID=mapping)["State"] == state)


@documented(
    "lambda",
    "CreateEventSourceMapping",
    "A queue's messages are consumed while the mapping is Enabled, and stay while it is not",
    GUIDE.format("with-sqs"),
)
def test_a_mapped_queue_is_consumed_while_it_is_enabled(
    functions: Any, starter: str, sqs: Any, queue: str, states: Any, work: str
) -> None:
    """R8."""
    mapping = enabled(functions, sqs, queue, starter)
    sqs.send_message(QueueUrl=queue, MessageBody=start_message(work))
    wait_until(lambda: started(states, work) == 1 and counts(sqs, queue) == (0, 0, 0))

    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    wait_for(functions, mapping, "Disabled")
    sqs.send_message(QueueUrl=queue, MessageBody=start_message(work))
    other = new_queue(sqs)
    enabled(functions, sqs, other, starter)  # takes as long as a poll would
    assert (1, 1, 0, 0) == (started(states, work), *counts(sqs, queue))

    functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    wait_until(lambda: started(states, work) == 2 and counts(sqs, queue) == (0, 0, 0))


@documented(
    "lambda",
    "CreateEventSourceMapping",
    "Of a batch, only the messages that the function reports come back (ReportBatchItemFailures)",
    GUIDE.format("services-sqs-errorhandling"),
)
def test_what_a_function_reports_comes_back(
    functions: Any, starter: str, sqs: Any, states: Any, work: str
) -> None:
    """R12. And is a dead letter, when the queue's redrive policy says so."""
    dead = new_queue(sqs)
    policy = {"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 2}
    queue = new_queue(sqs, VisibilityTimeout="1", RedrivePolicy=json.dumps(policy))
    for message in (start_message(work), start_message(f"{work}-gone")):
        sqs.send_message(QueueUrl=queue, MessageBody=message)
    enabled(functions, sqs, queue, starter, FunctionResponseTypes=["ReportBatchItemFailures"])
    wait_until(lambda: counts(sqs, dead)[0] == 1)
    assert (1, 0, 0, 0) == (started(states, work), *counts(sqs, queue))


@documented(
    "lambda",
    "CreateEventSourceMapping",
    "A batch on which the function fails comes back whole, after the visibility timeout",
    GUIDE.format("services-sqs-errorhandling"),
)
def test_a_batch_that_fails_comes_back(functions: Any, starter: str, sqs: Any) -> None:
    dead = new_queue(sqs)
    policy = {"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 1}
    queue = new_queue(sqs, VisibilityTimeout="1", RedrivePolicy=json.dumps(policy))
    for text in ("no JSON", "none either"):
        sqs.send_message(QueueUrl=queue, MessageBody=text)
    enabled(functions, sqs, queue, starter)
    wait_until(lambda: counts(sqs, dead)[0] == 2)


@documented(
    "events",
    "PutTargets",
    "A function that is a rule's target runs",
    EVENTS.format("PutTargets"),
)
def test_a_rule_invokes_a_function(
    events: Any, functions: Any, starter: str, states: Any, work: str
) -> None:
    name = f"r-{uuid.uuid4()}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    target = functions.get_function(FunctionName=starter)["Configuration"]["FunctionArn"]
    sent = json.dumps({"Records": [record(work)]})
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, "Input": sent}])
    events.put_events(Entries=[{"Source": name, "DetailType": "x", "Detail": "{}"}])
    wait_until(lambda: started(states, work) == 1)


@documented(
    "sns",
    "Publish",
    "A function that is subscribed runs",
    GUIDE.format("with-sns"),
)
def test_a_topic_invokes_a_function(functions: Any, starter: str, sns: Any, cloud: Any) -> None:
    """This one fails, for want of a body, and says so in the cloud's log."""
    topic = sns.create_topic(Name=f"t-{uuid.uuid4()}")["TopicArn"]
    target = functions.get_function(FunctionName=starter)["Configuration"]["FunctionArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=target)
    sns.publish(TopicArn=topic, Message="{}")
    log = cloud.control.cloud().folder / "cloud.log"
    wait_until(lambda: f"{starter} failed: 'body'" in log.read_text())
