"""Step Functions: executions that really run, end, and are told of."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused, wait_until
from tests.rehearsal.services.ingest import (
    LONG,
    PASS,
    ROLE,
    STATES,
    arn,
    counts,
    machine,
    received,
    rule,
    start,
    status,
)


def ended(states: Any, execution: str) -> dict[str, Any]:
    """An execution once it runs no more."""
    wait_until(lambda: status(states, execution) != "RUNNING")
    described: dict[str, Any] = states.describe_execution(executionArn=execution)
    return described


def running(states: Any, machine: str) -> int:
    """R11: how many of its executions run."""
    listed = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
    return len(listed["executions"])


@documented(
    "stepfunctions",
    "StartExecution",
    "An execution runs and succeeds with the machine's output",
    STATES.format("StartExecution"),
)
def test_an_execution_really_runs(states: Any) -> None:
    """moto's says RUNNING for ever."""
    described = ended(states, start(states, machine(states, PASS)))
    assert "SUCCEEDED" == described["status"]
    assert {"ingested": 1} == json.loads(described["output"])
    assert described["startDate"] <= described["stopDate"]


@documented(
    "stepfunctions",
    "DescribeExecution",
    "An execution that fails is FAILED, with its error",
    STATES.format("DescribeExecution"),
)
def test_an_execution_that_fails(states: Any) -> None:
    fail = {"Type": "Fail", "Error": "Granule", "Cause": "missing"}
    described = ended(states, start(states, machine(states, fail)))
    assert ("FAILED", "Granule", "missing") == (
        described["status"],
        described["error"],
        described["cause"],
    )


@documented(
    "stepfunctions",
    "DescribeExecution",
    "An output that is text is the JSON of that text",
    STATES.format("DescribeExecution"),
)
def test_an_output_that_is_text(states: Any) -> None:
    described = ended(states, start(states, machine(states, {"Type": "Pass", "Result": "done"})))
    assert '"done"' == described["output"]


@documented(
    "stepfunctions",
    "DescribeExecution",
    "An execution that takes longer than its machine allows is TIMED_OUT, and has a stop date",
    "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html",
)
def test_an_execution_that_takes_too_long(states: Any) -> None:
    of = machine(states, LONG, TimeoutSeconds=1)
    described = ended(states, start(states, of))
    assert "TIMED_OUT" == described["status"]
    assert described["stopDate"]
    (listed,) = states.list_executions(stateMachineArn=of, statusFilter="TIMED_OUT")["executions"]
    assert listed["stopDate"] == described["stopDate"]


@documented(
    "stepfunctions",
    "ListExecutions",
    "Executions under way are listed as RUNNING",
    STATES.format("ListExecutions"),
)
@documented(
    "stepfunctions",
    "StopExecution",
    "A stopped execution is ABORTED, with the error and cause that were given",
    STATES.format("StopExecution"),
)
def test_an_execution_runs_until_it_is_stopped(states: Any) -> None:
    """R11. moto forgets why, and when."""
    of = machine(states, LONG, PASS)
    execution = start(states, of)
    assert 1 == running(states, of)

    stopped = states.stop_execution(executionArn=execution, error="Halt", cause="a drill")

    assert 0 == running(states, of)
    described = states.describe_execution(executionArn=execution)
    assert ("ABORTED", "Halt", "a drill") == (
        described["status"],
        described["error"],
        described["cause"],
    )
    assert stopped["stopDate"] == described["stopDate"]


@documented(
    "stepfunctions",
    "StartExecution",
    "A Wait state keeps an execution RUNNING for its time",
    "https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html",
)
def test_an_execution_that_waits(states: Any) -> None:
    of = machine(states, {"Type": "Wait", "Seconds": 1}, PASS)
    execution = start(states, of)
    assert "RUNNING" == status(states, execution)
    described = ended(states, execution)
    assert "SUCCEEDED" == described["status"]
    assert (described["stopDate"] - described["startDate"]).total_seconds() >= 1


@documented(
    "stepfunctions",
    "StartExecution",
    "An execution that is given no name has one of its own",
    STATES.format("StartExecution"),
)
def test_executions_without_a_name(states: Any) -> None:
    """moto calls each None, and so refuses the second."""
    of = machine(states, PASS)
    assert start(states, of) != start(states, of)
    assert 2 == len(states.list_executions(stateMachineArn=of)["executions"])


@documented(
    "stepfunctions",
    "StartExecution",
    "The name and input of a running execution are that execution again",
    STATES.format("StartExecution"),
)
@documented(
    "stepfunctions",
    "StartExecution",
    "A name is not used again with another input, nor when its execution has ended",
    STATES.format("StartExecution"),
)
def test_a_name_that_is_used_again(states: Any) -> None:
    of = machine(states, LONG)
    first = states.start_execution(stateMachineArn=of, name="one", input="{}")
    again = states.start_execution(stateMachineArn=of, name="one", input="{}")
    assert (first["executionArn"], first["startDate"]) == (
        again["executionArn"],
        again["startDate"],
    )
    twice = {"stateMachineArn": of, "name": "one"}
    refused("ExecutionAlreadyExists", states.start_execution, **twice, input='{"other": 1}')
    states.stop_execution(executionArn=first["executionArn"])
    refused("ExecutionAlreadyExists", states.start_execution, **twice, input="{}")


@documented(
    "stepfunctions",
    "StartExecution",
    "A name with blanks, brackets or wildcards, and an input that is no JSON, are refused",
    STATES.format("StartExecution"),
)
def test_an_execution_that_cannot_be_started(states: Any) -> None:
    of = machine(states, PASS)
    for name in ("a b", "a<b>", "a*", "a:b", "x" * 81):
        refused("InvalidName", states.start_execution, stateMachineArn=of, name=name)
    refused("InvalidExecutionInput", states.start_execution, stateMachineArn=of, input="no JSON")
    refused("StateMachineDoesNotExist", states.start_execution, stateMachineArn=f"{of}-gone")
    assert [] == states.list_executions(stateMachineArn=of)["executions"]


@documented(
    "stepfunctions",
    "CreateStateMachine",
    "The same name and definition are the same machine, the same name and another are refused",
    STATES.format("CreateStateMachine"),
)
def test_a_machine_that_is_created_again(states: Any) -> None:
    """moto answers with the old one."""
    made = {"name": f"m-{uuid.uuid4()}", "roleArn": ROLE}
    one = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})
    other = json.dumps({"StartAt": "b", "States": {"b": {"Type": "Succeed"}}})
    create = states.create_state_machine
    first = create(**made, definition=one)["stateMachineArn"]
    assert first == create(**made, definition=one)["stateMachineArn"]
    refused("StateMachineAlreadyExists", create, **made, definition=other)


@documented(
    "stepfunctions",
    "CreateStateMachine",
    "A definition that is none is refused as InvalidDefinition",
    STATES.format("CreateStateMachine"),
)
def test_a_definition_that_is_none(states: Any) -> None:
    """moto's refusals of this kind have no code."""
    for definition in ("no JSON", '{"StartAt": "a", "States": {}}'):
        refused(
            "InvalidDefinition",
            states.create_state_machine,
            name="odd",
            definition=definition,
            roleArn=ROLE,
        )


@documented(
    "stepfunctions",
    "ListExecutions",
    "The newest execution is listed first, a page at a time",
    STATES.format("ListExecutions"),
)
def test_executions_by_the_page(states: Any) -> None:
    of = machine(states, PASS)
    for number in range(3):
        ended(states, start(states, of, name=f"run-{number}"))
    first = states.list_executions(stateMachineArn=of, maxResults=2)
    rest = states.list_executions(stateMachineArn=of, maxResults=2, nextToken=first["nextToken"])
    names = [item["name"] for page in (first, rest) for item in page["executions"]]
    assert ["run-2", "run-1", "run-0"] == names
    assert "nextToken" not in rest


@documented(
    "stepfunctions",
    "GetExecutionHistory",
    "The history says which states an execution went through",
    STATES.format("GetExecutionHistory"),
)
def test_the_history_of_an_execution(states: Any) -> None:
    execution = start(states, machine(states, PASS))
    ended(states, execution)
    history = states.get_execution_history(executionArn=execution)["events"]
    assert ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"] == [
        event["type"] for event in history
    ]


@documented(
    "stepfunctions",
    "DescribeExecution",
    "Each change of an execution's status is an event of EventBridge",
    "https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html",
)
def test_an_execution_is_told_of(events: Any, states: Any, sqs: Any, queue: str) -> None:
    """R11, R12. An execution's end is written down by whoever listens, later than it ends."""
    of = machine(states, PASS)
    rule(
        events,
        arn(sqs, queue),
        {"source": ["aws.states"], "detail": {"stateMachineArn": [of]}},
    )
    execution = start(states, of, input='{"id": 7}')
    wait_until(lambda: counts(sqs, queue)[0] == 2)
    first, second = [json.loads(body) for body in received(sqs, queue)]
    assert "Step Functions Execution Status Change" == first["detail-type"]
    assert [execution] == first["resources"]
    assert ("RUNNING", None, {"id": 7}) == (
        first["detail"]["status"],
        first["detail"]["stopDate"],
        json.loads(first["detail"]["input"]),
    )
    assert ("SUCCEEDED", {"ingested": 1}) == (
        second["detail"]["status"],
        json.loads(second["detail"]["output"]),
    )
    assert second["detail"]["stopDate"] >= second["detail"]["startDate"]


def task(states: Any, resource: str, **parameters: Any) -> dict[str, Any]:
    """How an execution of one task ended."""
    step = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters}
    return ended(states, start(states, machine(states, step)))


@documented(
    "stepfunctions",
    "CreateStateMachine",
    "A task writes to a queue of this cloud",
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html",
)
def test_a_task_sends_a_message(states: Any, sqs: Any, queue: str) -> None:
    """Task integrations come back to this cloud, and go nowhere else."""
    described = task(states, "sqs:sendMessage", QueueUrl=queue, MessageBody="from a task")
    assert "SUCCEEDED" == described["status"]
    assert ["from a task"] == received(sqs, queue)


@documented(
    "stepfunctions",
    "CreateStateMachine",
    "A task puts an item into a DynamoDB table",
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html",
)
def test_a_task_puts_an_item(cloud: RehearsalCloud, states: Any) -> None:
    dynamodb = client("dynamodb", cloud.endpoint)
    table = f"t-{uuid.uuid4()}"
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    item = {"id": {"S": "granule"}}
    assert "SUCCEEDED" == task(states, "dynamodb:putItem", TableName=table, Item=item)["status"]
    assert item == dynamodb.get_item(TableName=table, Key=item)["Item"]


@documented(
    "stepfunctions",
    "CreateStateMachine",
    "A task reads a secret, and its times are text in the output",
    "https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html",
)
def test_a_task_reads_a_secret(cloud: RehearsalCloud, states: Any) -> None:
    """moto ends such an execution, and then cannot describe it."""
    name = f"tests/{uuid.uuid4()}"
    client("secretsmanager", cloud.endpoint).create_secret(Name=name, SecretString="not shown")
    described = task(states, "aws-sdk:secretsmanager:getSecretValue", SecretId=name)
    output = json.loads(described["output"])
    assert ("SUCCEEDED", "not shown") == (described["status"], output["SecretString"])
    assert "T" in output["CreatedDate"]


@documented(
    "stepfunctions",
    "CreateStateMachine",
    "A task starts an execution of another machine, and waits for it",
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html",
)
def test_a_task_starts_another_execution(states: Any) -> None:
    """moto sends the name of the machine in a form that no API takes."""
    inner = machine(states, PASS)
    asked = {"StateMachineArn": inner, "Input": {"id": 7}}
    described = task(states, "states:startExecution.sync:2", **asked)
    output = json.loads(described["output"])
    assert ("SUCCEEDED", {"id": 7}, {"ingested": 1}) == (
        described["status"],
        output["Input"],
        output["Output"],
    )


@documented(
    "stepfunctions",
    "CreateStateMachine",
    "A task whose function is not there fails with Lambda's error",
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html",
)
def test_a_task_of_a_function(states: Any, function: str) -> None:
    gone = task(states, "lambda:invoke", FunctionName="gone")
    assert ("FAILED", "Lambda.ResourceNotFoundException") == (gone["status"], gone["error"])
    there = task(states, "lambda:invoke", FunctionName=function)
    assert "FAILED" == there["status"]
    assert "runs no Lambda function" in there["cause"]


@documented(
    "stepfunctions",
    "SendTaskSuccess",
    "A task that waits for its token runs until the token comes back",
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html",
)
def test_a_task_that_waits_for_its_token(states: Any, sqs: Any, queue: str) -> None:
    step = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
    }
    execution = start(states, machine(states, step))
    wait_until(lambda: counts(sqs, queue)[0] == 1)
    assert "RUNNING" == status(states, execution)
    (body,) = received(sqs, queue)
    states.send_task_success(taskToken=json.loads(body)["token"], output='{"written": true}')
    assert {"written": True} == json.loads(ended(states, execution)["output"])


@pytest.mark.parametrize("code", ["InvalidToken"])
def test_a_token_that_is_none(states: Any, code: str) -> None:
    """moto fails to say so."""
    refused(code, states.send_task_success, taskToken="none", output="{}")


@documented(
    "stepfunctions",
    "DescribeExecution",
    "An execution that is not there is neither described nor stopped",
    STATES.format("DescribeExecution"),
)
def test_an_execution_that_is_not_there(states: Any) -> None:
    gone = machine(states, PASS).replace(":stateMachine:", ":execution:") + ":gone"
    for act in (states.describe_execution, states.stop_execution):
        refused("ExecutionDoesNotExist", act, executionArn=gone)


def test_an_execution_is_stopped_as_it_starts(states: Any) -> None:
    """moto fails where the interpreter's thread has not begun."""
    of = machine(states, LONG)
    for _ in range(20):
        states.stop_execution(executionArn=start(states, of))
    assert 0 == running(states, of)
