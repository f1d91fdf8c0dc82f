"""R30: a wait shows progress, ends where it must, and is not a failure because time is up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from fixtures.aws._polling import GRACE_SECONDS, SILENT_LOOKS
from fixtures.aws.errors import (
    CheckTheConnection,
    ChooseAnotherSource,
    ChooseAnotherTarget,
    FindSource,
    ReadTheEvents,
    ResumeTheWait,
)
from fixtures.aws.session import Client
from fixtures.aws.wait import (
    Pace,
    Progress,
    until_cluster_available,
    until_cluster_gone,
    until_instance_available,
    until_instance_gone,
    until_restorable,
)
from tests.aws.fix_aws import ACCESS, FakeClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def pace(clock: FakeClock) -> Pace:
    return Pace(poll=10, resume="say --resume=run-1", clock=clock, sleep=clock.sleep)


@pytest.fixture
def stub(stubbed: tuple[Client, Stubber]) -> Stub:
    return Stub(*stubbed)


class Stub:
    """Writes down the states that a cluster or an instance goes through."""

    def __init__(self, client: Client, stubber: Stubber) -> None:
        self.client = client
        self.stubber = stubber

    def cluster(self, *states: str, **more: Any) -> None:
        for state in states:
            entry = {"DBClusterIdentifier": "copy", "Status": state, **more}
            self.stubber.add_response("describe_db_clusters", {"DBClusters": [entry]})

    def instance(self, *states: str) -> None:
        for state in states:
            entry = {"DBInstanceIdentifier": "copy-1", "DBInstanceStatus": state}
            self.stubber.add_response("describe_db_instances", {"DBInstances": [entry]})

    def error(self, code: str, *, times: int = 1, http: int = 400) -> None:
        for _ in range(times):
            self.stubber.add_client_error(
                "describe_db_clusters", code, "AWS's words", http_status_code=http
            )

    def events(self, *messages: str) -> None:
        self.stubber.add_response(
            "describe_events",
            {"Events": [{"Date": NOON, "Message": message} for message in messages]},
        )


def test_progress_tells_state_time_and_percent(stub: Stub, pace: Pace) -> None:
    """R30."""
    stub.cluster("creating", PercentProgress="40")
    stub.cluster("creating", "available")
    seen: list[Progress] = []
    found = until_cluster_available(stub.client, "copy", pace=pace, progress=seen.append)
    assert found["Status"] == "available"
    assert seen == [
        Progress("cluster copy", "creating", 0, "40"),
        Progress("cluster copy", "creating", 10, None),
        Progress("cluster copy", "available", 20, None),
    ]


def test_an_instance_is_waited_for_too(stub: Stub, pace: Pace) -> None:
    stub.instance("creating", "configuring-log-exports", "available")
    found = until_instance_available(stub.client, "copy-1", pace=pace)
    assert found["DBInstanceStatus"] == "available"


@pytest.mark.parametrize(
    "state",
    [
        "failed",
        "Failed",
        "restore-error",
        "incompatible-parameters",
        "incompatible-network",
        "incompatible-restore",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "storage-full",
        "stopped",
        "deleting",
        "deleted",
    ],
)
def test_a_failed_or_stuck_state_ends_the_wait_with_its_events(
    stub: Stub, pace: Pace, state: str
) -> None:
    """R30."""
    stub.cluster("creating", state)
    stub.events(*"abcdef", "the key is disabled")
    with pytest.raises(ReadTheEvents) as failed:
        until_cluster_available(stub.client, "copy", pace=pace)
    assert failed.value.status == state.lower()
    assert f"cluster copy is {state.lower()!r}" in str(failed.value)
    assert failed.value.events[-1] == "12:00:00Z the key is disabled"
    assert len(failed.value.events) == 5


def test_a_failed_instance_ends_the_wait_too(stub: Stub, pace: Pace) -> None:
    stub.instance("incompatible-parameters")
    stub.events()
    with pytest.raises(ReadTheEvents, match=r"instance copy-1 is 'incompatible-parameters'.*none"):
        until_instance_available(stub.client, "copy-1", pace=pace)


def test_unreadable_events_do_not_hide_the_failure(stub: Stub, pace: Pace) -> None:
    stub.cluster("failed")
    stub.stubber.add_client_error("describe_events", "AccessDenied", "not you")
    with pytest.raises(ReadTheEvents, match=r"is 'failed'.*could not be read: AccessDenied"):
        until_cluster_available(stub.client, "copy", pace=pace)


def test_time_being_up_is_no_failure_and_says_how_to_go_on(stub: Stub, clock: FakeClock) -> None:
    """R30."""
    stub.cluster("creating", "creating", "creating", "creating")
    pace = Pace(poll=10, deadline=25, resume="say --resume=run-1", clock=clock, sleep=clock.sleep)
    with pytest.raises(ResumeTheWait, match=r"'creating' after 25 s.*say --resume=run-1") as up:
        until_cluster_available(stub.client, "copy", pace=pace)
    assert (up.value.status, up.value.seconds) == ("creating", 25)
    assert clock.slept == [10, 10, 5]


def test_without_a_deadline_hours_pass(stub: Stub, pace: Pace, clock: FakeClock) -> None:
    """botocore's waiter would have given up after 30 minutes."""
    stub.cluster(*["creating"] * 1000, "available")
    until_cluster_available(stub.client, "copy", pace=pace)
    assert clock.now == 1000 + 10_000


@pytest.mark.parametrize(
    ("code", "http"), [("Throttling", 400), ("RequestLimitExceeded", 503), ("InternalFailure", 500)]
)
def test_throttling_and_trouble_of_aws_pass(stub: Stub, pace: Pace, code: str, http: int) -> None:
    stub.cluster("creating")
    stub.error(code, times=SILENT_LOOKS - 1, http=http)
    stub.cluster("available")
    seen: list[Progress] = []
    until_cluster_available(stub.client, "copy", pace=pace, progress=seen.append)
    assert seen[1].status == "no answer"


def test_an_endpoint_that_never_answers_is_not_waited_for(pace: Pace, clock: FakeClock) -> None:
    client = ACCESS.client("rds")

    def nobody_home(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    client.meta.events.register("before-call.rds.DescribeDBClusters", nobody_home)
    with pytest.raises(CheckTheConnection, match=r"10 times in a row.*Could not connect"):
        until_cluster_available(client, "copy", pace=pace)
    assert len(clock.slept) == SILENT_LOOKS - 1


def test_a_refusal_that_does_not_pass_ends_the_wait(stub: Stub, pace: Pace) -> None:
    stub.error("AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        until_cluster_available(stub.client, "copy", pace=pace)


def test_a_resource_just_asked_for_may_be_unknown_for_a_moment(stub: Stub, pace: Pace) -> None:
    stub.error("DBClusterNotFoundFault", times=2)
    stub.cluster("creating", "available")
    until_cluster_available(stub.client, "copy", pace=pace)


def test_a_resource_that_never_appears_ends_the_wait(stub: Stub, pace: Pace) -> None:
    stub.error("DBClusterNotFoundFault", times=int(GRACE_SECONDS / pace.poll) + 1)
    with pytest.raises(FindSource, match="cluster copy does not exist"):
        until_cluster_available(stub.client, "copy", pace=pace)


def test_a_resource_that_disappears_ends_the_wait_at_once(stub: Stub, pace: Pace) -> None:
    stub.cluster("creating")
    stub.error("DBClusterNotFoundFault")
    with pytest.raises(FindSource, match="any more"):
        until_cluster_available(stub.client, "copy", pace=pace)


def test_gone_is_when_aws_knows_it_no_more(stub: Stub, pace: Pace) -> None:
    stub.cluster("deleting", "deleting")
    stub.error("DBClusterNotFoundFault")
    until_cluster_gone(stub.client, "copy", pace=pace)
    stub.instance("deleting")
    stub.stubber.add_client_error("describe_db_instances", "DBInstanceNotFound", "none")
    until_instance_gone(stub.client, "copy-1", pace=pace)


def test_an_empty_answer_is_gone_too(stub: Stub, pace: Pace) -> None:
    stub.stubber.add_response("describe_db_clusters", {"DBClusters": []})
    until_cluster_gone(stub.client, "copy", pace=pace)


def window(stub: Stub, earliest: datetime, latest: datetime) -> None:
    stub.cluster("available", EarliestRestorableTime=earliest, LatestRestorableTime=latest)


def test_a_time_becomes_restorable(stub: Stub, pace: Pace, clock: FakeClock) -> None:
    """R2: on RDS about five minutes after it passed."""
    day = timedelta(days=1)
    window(stub, NOON - day, NOON - timedelta(seconds=1))
    window(stub, NOON - day, NOON)
    paris = NOON.astimezone(timezone(timedelta(hours=1)))
    assert until_restorable(stub.client, "copy", paris, pace=pace) == NOON
    assert clock.slept == [10]


def test_a_time_before_the_window_never_becomes_restorable(stub: Stub, pace: Pace) -> None:
    """R2."""
    window(stub, NOON + timedelta(seconds=1), NOON + timedelta(hours=1))
    with pytest.raises(ChooseAnotherTarget, match="is before 2026-03-01T12:00:01"):
        until_restorable(stub.client, "copy", NOON, pace=pace)


def test_without_backups_nothing_becomes_restorable(stub: Stub, pace: Pace) -> None:
    """R1."""
    stub.cluster("available")
    with pytest.raises(ChooseAnotherSource, match="turn on its automated backups"):
        until_restorable(stub.client, "copy", NOON, pace=pace)


def test_a_naive_time_is_not_waited_for(stub: Stub, pace: Pace) -> None:
    """R22."""
    with pytest.raises(ChooseAnotherTarget, match="has no zone"):
        until_restorable(stub.client, "copy", datetime(2026, 3, 1), pace=pace)
