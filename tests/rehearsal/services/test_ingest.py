"""What ingest runs on: rules that deliver, state machines that execute, queues that count."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused, wait_until

EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_{}.html"
STATES = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_{}.html"
QUEUES = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_{}.html"
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/api/API_{}.html"
ROLE = "arn:aws:iam::123456789012:role/tests"
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@pytest.fixture(scope="module")
def events(cloud: RehearsalCloud) -> Any:
    return client("events", cloud.endpoint)


@pytest.fixture(scope="module")
def states(cloud: RehearsalCloud) -> Any:
    return client("stepfunctions", cloud.endpoint)


@pytest.fixture(scope="module")
def sqs(cloud: RehearsalCloud) -> Any:
    return client("sqs", cloud.endpoint)


@pytest.fixture
def queue(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName=f"q-{uuid.uuid4()}")["QueueUrl"])


def arn(sqs: Any, queue: str) -> str:
    return str(
        sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
    )


def counts(sqs: Any, queue: str) -> tuple[int, ...]:
    """Messages that are visible, in flight, delayed (R12)."""
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    return tuple(int(found[name]) for name in COUNTS)


def machine(states: Any, *steps: dict[str, Any]) -> str:
    """A state machine of steps in a row."""
    names = [f"step {number}" for number in range(len(steps))]
    definition = {
        "StartAt": names[0],
        "States": {
            name: step | ({"Next": after} if after else {"End": True})
            for name, step, after in zip(names, steps, [*names[1:], None], strict=True)
        },
    }
    made = states.create_state_machine(
        name=f"m-{uuid.uuid4()}", definition=json.dumps(definition), roleArn=ROLE
    )
    return str(made["stateMachineArn"])


PASS = {"Type": "Pass", "Result": {"ingested": 1}}
LONG = {"Type": "Wait", "Seconds": 600}


def start(states: Any, machine: str) -> str:
    started = states.start_execution(stateMachineArn=machine, name=str(uuid.uuid4()), input="{}")
    return str(started["executionArn"])


def status(states: Any, execution: str) -> str:
    return str(states.describe_execution(executionArn=execution)["status"])


def rule(events: Any, target: str, **settings: Any) -> str:
    name = f"r-{uuid.uuid4()}"
    pattern = json.dumps({"source": [name]})
    events.put_rule(Name=name, EventPattern=pattern, State="ENABLED", **settings)
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target}])
    return name


def tell(events: Any, rule: str) -> None:
    """An event that this rule alone matches."""
    answer = events.put_events(
        Entries=[{"Source": rule, "DetailType": "granule", "Detail": json.dumps({"id": 1})}]
    )
    assert 0 == answer["FailedEntryCount"]


@documented(
    "events",
    "DisableRule",
    "A disabled rule delivers nothing; enabled again it does",
    EVENTS.format("DisableRule"),
)
def test_a_disabled_rule_delivers_nothing(events: Any, sqs: Any, queue: str) -> None:
    """R8. moto delivers all the same."""
    name = rule(events, arn(sqs, queue))
    tell(events, name)
    assert 1 == counts(sqs, queue)[0]
    events.disable_rule(Name=name)
    assert "DISABLED" == events.describe_rule(Name=name)["State"]
    tell(events, name)
    assert 1 == counts(sqs, queue)[0]
    events.enable_rule(Name=name)
    tell(events, name)
    assert 2 == counts(sqs, queue)[0]


@documented(
    "events",
    "PutRule",
    "A rule that is made disabled delivers nothing",
    EVENTS.format("PutRule"),
)
def test_a_rule_that_is_made_disabled(events: Any, sqs: Any, queue: str) -> None:
    name = f"r-{uuid.uuid4()}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}), State="DISABLED")
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn(sqs, queue)}])
    tell(events, name)
    assert 0 == counts(sqs, queue)[0]


@documented(
    "events",
    "PutTargets",
    "A state machine is a target: an event starts an execution, unless the rule is disabled",
    EVENTS.format("PutTargets"),
)
def test_an_event_starts_an_execution(events: Any, states: Any) -> None:
    """R8, R11."""
    of = machine(states, PASS)
    name = rule(events, of, RoleArn=ROLE)

    def executions() -> int:
        return len(states.list_executions(stateMachineArn=of)["executions"])

    tell(events, name)
    wait_until(lambda: executions() == 1)
    events.disable_rule(Name=name)
    tell(events, name)
    assert 1 == executions()


@documented(
    "stepfunctions",
    "StartExecution",
    "An execution runs and succeeds with the machine's output",
    STATES.format("StartExecution"),
)
def test_an_execution_really_runs(states: Any) -> None:
    """moto's says RUNNING for ever."""
    execution = start(states, machine(states, PASS))
    wait_until(lambda: status(states, execution) != "RUNNING")
    described = states.describe_execution(executionArn=execution)
    assert "SUCCEEDED" == described["status"]
    assert {"ingested": 1} == json.loads(described["output"])


@documented(
    "stepfunctions",
    "DescribeExecution",
    "An execution that fails is FAILED, with its error",
    STATES.format("DescribeExecution"),
)
def test_an_execution_that_fails(states: Any) -> None:
    fail = {"Type": "Fail", "Error": "Granule", "Cause": "missing"}
    definition = {"StartAt": "fail", "States": {"fail": fail}}
    of = states.create_state_machine(
        name=f"m-{uuid.uuid4()}", definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    execution = start(states, of)
    wait_until(lambda: status(states, execution) != "RUNNING")
    described = states.describe_execution(executionArn=execution)
    assert ("FAILED", "Granule") == (described["status"], described["error"])


@documented(
    "stepfunctions",
    "ListExecutions",
    "Executions under way are listed as RUNNING",
    STATES.format("ListExecutions"),
)
@documented(
    "stepfunctions",
    "StopExecution",
    "A stopped execution is ABORTED",
    STATES.format("StopExecution"),
)
def test_an_execution_runs_until_it_is_stopped(states: Any) -> None:
    """R11."""
    of = machine(states, LONG, PASS)
    execution = start(states, of)

    def running() -> int:
        listed = states.list_executions(stateMachineArn=of, statusFilter="RUNNING")
        return len(listed["executions"])

    wait_until(lambda: running() == 1)
    states.stop_execution(executionArn=execution)
    wait_until(lambda: running() == 0)
    assert "ABORTED" == status(states, execution)


@documented(
    "stepfunctions",
    "CreateStateMachine",
    "A task writes to a queue of this cloud",
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html",
)
def test_a_task_sends_a_message(states: Any, sqs: Any, queue: str) -> None:
    """Task integrations come back to this cloud, and go nowhere else."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue, "MessageBody": "from a task"},
    }
    execution = start(states, machine(states, task))
    wait_until(lambda: status(states, execution) != "RUNNING")
    assert "SUCCEEDED" == status(states, execution)
    assert 1 == counts(sqs, queue)[0]


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
    "PurgeQueue",
    "A purged queue has no message",
    QUEUES.format("PurgeQueue"),
)
def test_a_queue_is_purged(sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    sqs.purge_queue(QueueUrl=queue)
    assert 0 == counts(sqs, queue)[0]


@documented(
    "sqs",
    "ReceiveMessage",
    "A message that was received too often goes to the dead-letter queue",
    QUEUES.format("SetQueueAttributes"),
)
def test_a_message_that_nobody_could_handle(sqs: Any, queue: str) -> None:
    """R12."""
    dead = sqs.create_queue(QueueName=f"dead-{uuid.uuid4()}")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": "1"})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    for _ in range(2):
        sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)
    assert (0, 1) == (counts(sqs, queue)[0], counts(sqs, dead)[0])


@pytest.fixture(scope="module")
def functions(cloud: RehearsalCloud) -> Any:
    return client("lambda", cloud.endpoint)


@pytest.fixture(scope="module")
def function(cloud: RehearsalCloud, functions: Any) -> str:
    """A function that would do something."""
    iam = client("iam", cloud.endpoint)
    role = iam.create_role(RoleName="tests", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    functions.create_function(
        FunctionName="ingest",
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": _ZIP},
    )
    return "ingest"


def state(functions: Any, mapping: Any) -> str:
    return str(functions.get_event_source_mapping(UUID=mapping["UUID"])["State"])


# An empty archive.
_ZIP = b"PK\x05\x06" + bytes(18)


@documented(
    "lambda",
    "UpdateEventSourceMapping",
    "A mapping is enabled, and disabled",
    LAMBDA.format("UpdateEventSourceMapping"),
)
def test_a_mapping_is_disabled(functions: Any, function: str, sqs: Any, queue: str) -> None:
    """R8. No message is touched, whatever the mapping's state: no function runs here."""
    made = functions.create_event_source_mapping(
        EventSourceArn=arn(sqs, queue), FunctionName=function
    )
    wait_until(lambda: state(functions, made) == "Enabled")
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert (1, 0, 0) == counts(sqs, queue)
    (message,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"]
    assert "1" == message["Attributes"]["ApproximateReceiveCount"]

    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    wait_until(lambda: state(functions, made) == "Disabled")


@documented(
    "lambda",
    "Invoke",
    "A function that cannot run is refused, in a form that a client can read",
    LAMBDA.format("Invoke"),
)
def test_no_function_runs(functions: Any, function: str) -> None:
    message = refused("ServiceException", functions.invoke, FunctionName=function)
    assert "was not invoked" in message


@documented(
    "sts",
    "AssumeRole",
    "A role of another account lends that account's identity",
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
)
def test_another_accounts_role(cloud: RehearsalCloud) -> None:
    sts = client("sts", cloud.endpoint)
    assert "123456789012" == sts.get_caller_identity()["Account"]
    lent = sts.assume_role(RoleArn="arn:aws:iam::444444444444:role/drill", RoleSessionName="tests")[
        "Credentials"
    ]
    theirs = client("sts", cloud.endpoint, account=lent)
    assert "444444444444" == theirs.get_caller_identity()["Account"]


@documented(
    "kms",
    "ScheduleKeyDeletion",
    "A key that is to be deleted is pending deletion, and encrypts nothing",
    "https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html",
)
def test_a_key_that_is_to_be_deleted(cloud: RehearsalCloud) -> None:
    kms = client("kms", cloud.endpoint)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert "PendingDeletion" == kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
