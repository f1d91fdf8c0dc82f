"""Rules of the archive: what they start while they are enabled, and what becomes of it when not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.rehearsal.cumulus.archive import STARTED_FOR, Archive
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import wait_until

WAYS = ("sqs", "sns", "kinesis")


@pytest.mark.parametrize("way", WAYS)
def test_what_a_provider_sends_is_ingested_once(
    archive: Archive, number: Callable[[], int], way: str
) -> None:
    """One execution, one granule, and both in DynamoDB as well."""
    this = number()
    archive.send(way, {"number": this})
    archive.wait_for(this)

    arn = archive.value(f"select arn {STARTED_FOR}", str(this))
    granule = f"CML.{arn.rpartition(':')[2]}"
    names = archive.deployment.names
    execution, kept = (
        archive.item(names.executions, arn=arn),
        archive.item(names.granules, granuleId=granule),
    )
    assert execution is not None
    assert kept is not None
    assert "completed" == execution["status"]["S"] == kept["status"]["S"]
    assert 1 == archive.value("select count(*) from granules where granule_id = %s", granule)


def test_a_disabled_rule_of_a_queue_starts_nothing_and_loses_nothing(
    archive: Archive, number: Callable[[], int]
) -> None:
    """R8. The queue keeps what is sent, until the rules are enabled again."""
    disabled, this = archive.switch("sqs", "DISABLED"), number()
    try:
        archive.send("sqs", {"number": this})
        archive.send("kinesis", {"number": (other := number())})
        archive.wait_for(other)  # which came later, and from elsewhere
        assert 1 == archive.queued(archive.deployment.live.queue)
        assert [] == archive.statuses(this)
    finally:
        for name in disabled:
            archive.ask("PATCH", f"/rules/{name}", {"state": "ENABLED"})
    archive.wait_for(this)


def test_a_disabled_rule_of_a_topic_loses_what_is_published(
    archive: Archive, number: Callable[[], int]
) -> None:
    """R8, R57. Nobody is subscribed meanwhile, and the new subscription has another ARN."""
    before = archive.ask("GET", "/rules/rule_2")[1]["rule"]["arn"]
    disabled, lost = archive.switch("sns", "DISABLED"), number()
    assert "arn" not in archive.ask("GET", "/rules/rule_2")[1]["rule"]
    archive.send("sns", {"number": lost})
    for one in disabled:
        archive.ask("PATCH", f"/rules/{one}", {"state": "ENABLED"})
    assert before != archive.ask("GET", "/rules/rule_2")[1]["rule"]["arn"]
    archive.send("sns", {"number": (kept := number())})
    archive.wait_for(kept)
    assert [] == archive.statuses(lost)


def test_a_stream_that_rules_share_is_read_on_and_what_it_brings_is_lost(
    archive: Archive, number: Callable[[], int]
) -> None:
    """R8. The archive leaves a shared mapping alone: the rules' own states start nothing."""
    disabled, lost = archive.switch("kinesis", "DISABLED"), number()
    _, rule = archive.ask("GET", f"/rules/{disabled[0]}")
    functions = archive.deployment.client("lambda")
    assert "Enabled" == functions.get_event_source_mapping(UUID=rule["rule"]["arn"])["State"]
    archive.send("kinesis", {"number": lost})
    archive.send("sqs", {"number": (other := number())})
    archive.wait_for(other)
    for one in disabled:
        archive.ask("PATCH", f"/rules/{one}", {"state": "ENABLED"})
    archive.send("kinesis", {"number": (kept := number())})
    archive.wait_for(kept)
    assert [] == archive.statuses(lost)


@documented(
    "kinesis",
    "PutRecord",
    "Records of a stream wait while its mapping is disabled, and are read when it is enabled",
    "https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html",
)
def test_a_streams_records_wait_for_its_mapping(
    archive: Archive, number: Callable[[], int]
) -> None:
    """R8. Unlike those of a disabled rule."""
    functions = archive.deployment.client("lambda")
    mapping = archive.ask("GET", "/rules/rule_4")[1]["rule"]["arn"]

    def switch(state: str) -> None:
        functions.update_event_source_mapping(UUID=mapping, Enabled=state == "Enabled")
        wait_until(lambda: functions.get_event_source_mapping(UUID=mapping)["State"] == state)

    switch("Disabled")
    archive.send("kinesis", {"number": (this := number())})
    archive.send("sqs", {"number": (other := number())})
    archive.wait_for(other)
    assert [] == archive.statuses(this)
    switch("Enabled")
    archive.wait_for(this)


@pytest.mark.parametrize(("state", "switched"), [("DISABLED", False), ("ENABLED", True)])
def test_a_scheduled_rule_is_followed_by_eventbridge(
    archive: Archive, state: str, switched: bool
) -> None:
    """R8. Database, API and EventBridge agree."""
    status, rule = archive.ask("PATCH", "/rules/rule_1", {"state": state})
    assert (200, state) == (status, rule["state"])
    events = archive.deployment.client("events")
    name = archive.deployment.names.rule("rule_1")
    assert state == events.describe_rule(Name=name)["State"]
    assert switched is archive.value("select enabled from rules where name = 'rule_1'")


def test_some_were_disabled_before_and_nothing_triggers_them(archive: Archive) -> None:
    """R57. Those that a halt must not enable again when it ends."""
    _, listed = archive.ask("GET", "/rules", limit="100")
    off = {rule["name"]: rule for rule in listed["results"] if rule["state"] == "DISABLED"}
    assert 60 == listed["meta"]["count"] == len(listed["results"])
    assert {f"rule_{number}" for number in range(6, 61, 6)} == set(off)
    events, functions = (archive.deployment.client(one) for one in ("events", "lambda"))
    for name, rule in off.items():
        if rule["rule"]["type"] == "scheduled":
            found = events.describe_rule(Name=archive.deployment.names.rule(name))
            assert "DISABLED" == found["State"]
        if rule["rule"]["type"] in ("sqs", "kinesis"):
            found = functions.get_event_source_mapping(UUID=rule["rule"]["arn"])
            assert "Disabled" == found["State"]


@contextmanager
def starter_paused(archive: Archive) -> Iterator[None]:
    """Nothing takes start messages from their queue."""
    functions = archive.deployment.client("lambda")
    (mapping,) = functions.list_event_source_mappings(
        FunctionName=archive.deployment.names.starter
    )["EventSourceMappings"]

    def switch(state: str) -> None:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=state == "Enabled")
        wait_until(
            lambda: functions.get_event_source_mapping(UUID=mapping["UUID"])["State"] == state
        )

    switch("Disabled")
    yield
    switch("Enabled")


def test_queued_start_messages_start_executions_after_the_rules_are_disabled(
    archive: Archive, number: Callable[[], int]
) -> None:
    """R11. Disabling rules is not a halt."""
    this, queue = number(), archive.deployment.names.start_queue
    with starter_paused(archive):
        archive.send("sqs", {"number": this})
        wait_until(lambda: archive.own_queue(queue))
        disabled = archive.switch("sqs", "DISABLED")
        assert (1, []) == (archive.own_queue(queue), archive.statuses(this))
    archive.wait_for(this)
    for name in disabled:
        archive.ask("PATCH", f"/rules/{name}", {"state": "ENABLED"})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/rules/nobody", None, 404),
        ("PATCH", "/rules/nobody", {"state": "DISABLED"}, 404),
        ("PATCH", "/rules/rule_1", {"state": "off"}, 400),
        ("PATCH", "/rules/rule_1", {"name": "rule_2"}, 400),
        ("PUT", "/rules/rule_1", {"state": "DISABLED"}, 400),
        ("DELETE", "/rules/rule_1", None, 404),
    ],
)
def test_the_api_refuses(archive: Archive, method: str, path: str, body: Any, status: int) -> None:
    answered, answer = archive.ask(method, path, body)
    assert (status, status) == (answered, answer["statusCode"])


def test_tags_are_written_with_the_state_and_a_whole_rule_is_put(archive: Archive) -> None:
    """What a halt writes down stands in the rule itself, in one request with its state."""
    tagged = archive.ask("PATCH", "/rules/rule_5", {"state": "DISABLED", "tags": ["was-enabled"]})
    assert ("DISABLED", ["was-enabled"]) == (tagged[1]["state"], tagged[1]["tags"])
    whole = tagged[1] | {"state": "ENABLED"}
    whole.pop("tags")
    status, put = archive.ask("PUT", "/rules/rule_5", whole)
    assert (200, "ENABLED", False) == (status, put["state"], "tags" in put)


def test_the_list_comes_in_pages(archive: Archive) -> None:
    first = archive.ask("GET", "/rules")[1]
    last = archive.ask("GET", "/rules", limit="25", page="3")[1]
    assert (10, 10, 60) == (len(first["results"]), first["meta"]["limit"], first["meta"]["count"])
    assert ["rule_51", "rule_60"] == [last["results"][n]["name"] for n in (0, -1)]


def test_what_an_event_of_a_schedule_brings_starts_its_rule(
    archive: Archive, number: Callable[[], int]
) -> None:
    """Schedules never fire here; what EventBridge would send is its target's Input."""
    events = archive.deployment.client("events")
    rule = archive.deployment.names.rule("rule_1")
    (target,) = events.list_targets_by_rule(Rule=rule)["Targets"]
    sent = json.loads(target["Input"]) | {"payload": {"number": (this := number())}}
    archive.deployment.invoke(archive.deployment.names.message_consumer, sent)
    archive.wait_for(this)
