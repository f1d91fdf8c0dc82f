"""EventBridge: which rules deliver, what, where, and to whom that makes no difference."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused, wait_until
from tests.rehearsal.services.ingest import (
    EVENTS,
    PASS,
    ROLE,
    arn,
    counts,
    machine,
    received,
    rule,
    tell,
)

GONE = "arn:aws:sqs:us-east-1:123456789012:gone"
TARGET = EVENTS.format("Target")


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
    "PutRule",
    "A rule that is put again without a state is enabled, and keeps its targets",
    EVENTS.format("PutRule"),
)
def test_a_rule_that_is_put_again_is_enabled(events: Any, sqs: Any, queue: str) -> None:
    """R8. What deploys the rules again ends the halt of ingest."""
    name = rule(events, arn(sqs, queue))
    events.disable_rule(Name=name)
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    tell(events, name)
    assert 1 == counts(sqs, queue)[0]


@documented(
    "events",
    "PutRule",
    "A rule that has a schedule alone matches no event",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html",
)
def test_a_scheduled_rule_matches_no_event(events: Any, sqs: Any, queue: str) -> None:
    """moto's matches every event of its bus."""
    name = f"r-{uuid.uuid4()}"
    events.put_rule(Name=name, ScheduleExpression="rate(1 minute)", State="ENABLED")
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn(sqs, queue)}])
    tell(events, name)
    assert 0 == counts(sqs, queue)[0]
    events.remove_targets(Rule=name, Ids=["1"])
    events.delete_rule(Name=name)


@pytest.mark.parametrize(
    "schedule", ["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "every day", "rate(1 day"]
)
@documented(
    "events",
    "PutRule",
    "A rate has its unit in the singular for 1, in the plural for more",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html",
)
def test_a_schedule_that_is_none(events: Any, schedule: str) -> None:
    refused("ValidationException", events.put_rule, Name="odd", ScheduleExpression=schedule)


@pytest.mark.parametrize(
    "schedule", ["rate(1 minute)", "rate(5 minutes)", "rate(10 days)", "cron(0 12 * * ? *)"]
)
def test_a_schedule_that_is_one(events: Any, schedule: str) -> None:
    name = f"r-{uuid.uuid4()}"
    events.put_rule(Name=name, ScheduleExpression=schedule)
    assert schedule == events.describe_rule(Name=name)["ScheduleExpression"]
    events.delete_rule(Name=name)


@documented(
    "events",
    "PutRule",
    "A state that is none is refused",
    EVENTS.format("PutRule"),
)
def test_a_state_that_is_none(events: Any) -> None:
    odd = {"Name": "odd", "ScheduleExpression": "rate(1 day)"}
    refused("ValidationException", events.put_rule, **odd, State="OFF")
    refused("ResourceNotFoundException", events.describe_rule, Name="odd")


@documented(
    "events",
    "DisableRule",
    "A rule that is not there is neither disabled nor enabled",
    EVENTS.format("DisableRule"),
)
def test_a_rule_that_is_not_there(events: Any) -> None:
    for act in (events.disable_rule, events.enable_rule, events.describe_rule):
        refused("ResourceNotFoundException", act, Name="gone")


@documented(
    "events",
    "DeleteRule",
    "A rule is not deleted while it has targets",
    EVENTS.format("DeleteRule"),
)
def test_a_rule_with_targets_is_not_deleted(events: Any, sqs: Any, queue: str) -> None:
    name = rule(events, arn(sqs, queue))
    refused("ValidationException", events.delete_rule, Name=name)
    events.remove_targets(Rule=name, Ids=["1"])
    events.delete_rule(Name=name)
    refused("ResourceNotFoundException", events.describe_rule, Name=name)


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

    def executions() -> list[Any]:
        found: list[Any] = states.list_executions(stateMachineArn=of)["executions"]
        return found

    tell(events, name)
    wait_until(lambda: len(executions()) == 1)
    execution = states.describe_execution(executionArn=executions()[0]["executionArn"])
    assert {"id": 1} == json.loads(execution["input"])["detail"]
    events.disable_rule(Name=name)
    tell(events, name)
    assert 1 == len(executions())


@documented(
    "events",
    "PutEvents",
    "A target is sent the whole event, with AWS's fields and a time to the second",
    "https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html",
)
def test_the_whole_event(events: Any, sqs: Any, queue: str) -> None:
    name = rule(events, arn(sqs, queue))
    tell(events, name)
    (sent,) = [json.loads(body) for body in received(sqs, queue)]
    assert {"id": 1} == sent.pop("detail")
    assert sent.pop("id")
    assert sent.pop("time").endswith("Z")
    assert {
        "version": "0",
        "detail-type": "granule",
        "source": name,
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [],
    } == sent


@pytest.mark.parametrize(
    ("setting", "sent"),
    [
        ({"Input": '{"stack": "core"}'}, '{"stack": "core"}'),
        ({"InputPath": "$.detail"}, '{"id": 1}'),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"id": "$.detail.id", "kind": "$.detail-type"},
                    "InputTemplate": '{"granule": <id>, "as": <kind>, "text": "a <kind> <id>"}',
                }
            },
            '{"granule": 1, "as": "granule", "text": "a granule 1"}',
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
@documented(
    "events",
    "PutTargets",
    "A target is sent its own constant, a part of the event, or a template filled from it",
    TARGET,
)
def test_what_a_target_is_sent(
    events: Any, sqs: Any, queue: str, setting: dict[str, Any], sent: str
) -> None:
    """moto sends the whole event, whatever the target says."""
    tell(events, rule(events, arn(sqs, queue), **setting))
    assert [sent] == received(sqs, queue)


@documented(
    "events",
    "PutEvents",
    "Whoever puts an event is answered alike when a target is not there, and the others get it",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html",
)
def test_a_target_that_is_not_there(events: Any, sqs: Any, queue: str) -> None:
    """moto fails the one who tells, and those behind the missing target get nothing."""
    name = rule(events, GONE)
    others = [
        "arn:aws:states:us-east-1:123456789012:stateMachine:gone",
        "arn:aws:sns:us-east-1:123456789012:gone",
        "arn:aws:logs:us-east-1:123456789012:log-group:gone",
        "arn:aws:lambda:us-east-1:123456789012:function:gone",
        "arn:aws:kinesis:us-east-1:123456789012:stream/gone",
        arn(sqs, queue),
    ]
    events.put_targets(
        Rule=name,
        Targets=[{"Id": str(number), "Arn": one} for number, one in enumerate(others, start=2)][:4],
    )
    events.put_targets(
        Rule=name,
        Targets=[{"Id": str(number), "Arn": one} for number, one in enumerate(others, start=2)][4:],
    )
    tell(events, name)
    assert 1 == counts(sqs, queue)[0]


@documented(
    "events",
    "PutTargets",
    "What cannot be delivered goes to the target's dead-letter queue, with the reason",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
)
def test_what_cannot_be_delivered(events: Any, sqs: Any, queue: str) -> None:
    """R12."""
    name = rule(events, GONE, DeadLetterConfig={"Arn": arn(sqs, queue)})
    tell(events, name)
    (dead,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert name == json.loads(dead["Body"])["source"]
    attributes = {key: value["StringValue"] for key, value in dead["MessageAttributes"].items()}
    assert GONE == attributes["TARGET_ARN"]
    assert attributes["RULE_ARN"].endswith(f":rule/{name}")
    assert "NO_RESOURCE" == attributes["ERROR_CODE"]


@documented(
    "events",
    "PutTargets",
    "A topic is a target",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html",
)
def test_a_topic_is_a_target(events: Any, sns: Any, sqs: Any, queue: str) -> None:
    topic = sns.create_topic(Name=f"t-{uuid.uuid4()}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn(sqs, queue))
    tell(events, rule(events, topic))
    (sent,) = received(sqs, queue)
    assert {"id": 1} == json.loads(json.loads(sent)["Message"])["detail"]


def test_a_queue_of_another_region_is_a_target(
    cloud: RehearsalCloud, events: Any, sqs: Any, queue: str
) -> None:
    """Not the queue of that name here: moto looks for it beside the rule."""
    name = queue.rpartition("/")[2]
    there = client("sqs", cloud.endpoint, region="eu-west-1")
    theirs = there.create_queue(QueueName=name)["QueueUrl"]
    tell(events, rule(events, f"arn:aws:sqs:eu-west-1:123456789012:{name}"))
    assert (1, 0) == (counts(there, theirs)[0], counts(sqs, queue)[0])


@documented(
    "events",
    "PutEvents",
    "An entry whose detail is no JSON fails alone",
    EVENTS.format("PutEvents"),
)
def test_an_entry_that_is_malformed(events: Any, sqs: Any, queue: str) -> None:
    name = rule(events, arn(sqs, queue))
    good = {"Source": name, "DetailType": "d", "Detail": "{}"}
    answer = events.put_events(Entries=[good | {"Detail": "no JSON"}, good])
    assert 1 == answer["FailedEntryCount"]
    assert "MalformedDetail" == answer["Entries"][0]["ErrorCode"]
    assert 1 == counts(sqs, queue)[0]
