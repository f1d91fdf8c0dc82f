"""A drill's copy gets a password that nobody knows, once it is proven to be the drill's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from fixtures.aws.errors import CorrectTheRequest, RemoveByHand, ResumeTheWait
from fixtures.aws.master_password import MasterLogin, give_password
from fixtures.aws.session import Client
from fixtures.aws.tags import RESOURCE, RUN, RunTag
from fixtures.aws.wait import Pace
from tests.aws.fix_aws import FakeClock, Recorder

COPY = "core-prod-drill-1"
ARN = f"arn:aws:rds:us-east-1:123456789012:cluster:{COPY}"
TAG = RunTag("run-1", "ops")


def cluster(status: str = "available", **said: Any) -> dict[str, Any]:
    return {
        "DBClusters": [
            {
                "DBClusterIdentifier": COPY,
                "DBClusterArn": ARN,
                "DbClusterResourceId": "cluster-COPY",
                "Status": status,
                "MasterUsername": "root",
                **said,
            }
        ]
    }


def owned(stub: Stubber, resource: str = "cluster-COPY", run: str = "run-1") -> None:
    tags = [{"Key": RUN, "Value": run}, {"Key": RESOURCE, "Value": resource}]
    stub.add_response("list_tags_for_resource", {"TagList": tags}, {"ResourceName": ARN})


def modified(stub: Stubber, **said: Any) -> None:
    asked = {"DBClusterIdentifier": COPY, "ApplyImmediately": True, "MasterUserPassword": ANY}
    stub.add_response("modify_db_cluster", {}, {**asked, **said})


class Server:
    """Refuses a login until it was tried so often."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.seen: list[MasterLogin] = []

    def __call__(self, login: MasterLogin) -> str | None:
        self.seen.append(login)
        return "password authentication failed" if len(self.seen) <= self.refusals else None


def given(client: Client, server: Server, clock: FakeClock, deadline: float = 60) -> MasterLogin:
    pace = Pace(poll=5, deadline=deadline, resume="go on", clock=clock, sleep=clock.sleep)
    return give_password(client, COPY, TAG, server, pace=pace)


def test_it_returns_when_a_login_works_and_the_cluster_is_available(
    stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    client, stub = stubbed
    calls = Recorder(client)
    stub.add_response("describe_db_clusters", cluster())
    owned(stub)
    modified(stub)
    for status in ("available", "resetting-master-credentials", "available"):
        stub.add_response("describe_db_clusters", cluster(status))
    server = Server(1)

    login = given(client, server, clock)

    (asked,) = calls.of("ModifyDBCluster")
    assert ("root", asked["MasterUserPassword"]) == (login.user, login.password)
    assert 30 < len(login.password)
    # A login that works is believed once the cluster has settled.
    assert (3, 2) == (len(server.seen), len(clock.slept))


def test_it_is_another_one_each_time_and_no_repr_shows_it(
    stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    client, stub = stubbed
    logins = []
    for _ in range(2):
        stub.add_response("describe_db_clusters", cluster())
        owned(stub)
        modified(stub)
        stub.add_response("describe_db_clusters", cluster())
        logins.append(given(client, Server(0), clock))

    first, second = logins
    assert first.password != second.password
    assert first.password not in f"{first!r} {first}"


def test_a_secret_that_rds_manages_lets_go_of_the_password_first(
    stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    client, stub = stubbed
    secret = {"SecretArn": "arn:aws:secretsmanager:…", "SecretStatus": "active"}
    stub.add_response("describe_db_clusters", cluster(MasterUserSecret=secret))
    owned(stub)
    modified(stub, ManageMasterUserPassword=False)
    stub.add_response("describe_db_clusters", cluster())

    given(client, Server(0), clock)


@pytest.mark.parametrize(
    ("resource", "run"), [("cluster-SOURCE", "run-1"), ("cluster-COPY", "run-2"), ("", "run-1")]
)
def test_a_cluster_that_is_not_provably_this_runs_keeps_its_password(
    stubbed: tuple[Client, Stubber], clock: FakeClock, resource: str, run: str
) -> None:
    """An inherited tag names another resource: the source is never changed."""
    client, stub = stubbed
    calls = Recorder(client)
    stub.add_response("describe_db_clusters", cluster())
    owned(stub, resource, run)
    server = Server(0)

    with pytest.raises(RemoveByHand, match="its password was left as it is"):
        given(client, server, clock)

    assert "ModifyDBCluster" not in calls.names
    assert [] == server.seen


def test_a_password_that_never_works_ends_the_wait_with_what_was_seen_last(
    stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    client, stub = stubbed
    stub.add_response("describe_db_clusters", cluster())
    owned(stub)
    modified(stub)
    for _ in range(3):
        stub.add_response("describe_db_clusters", cluster())
    server = Server(99)

    with pytest.raises(ResumeTheWait) as late:
        given(client, server, clock, deadline=10)

    assert "the last login: password authentication failed" in str(late.value)
    assert "'available'" in str(late.value)
    assert server.seen[0].password not in str(late.value)


def test_a_refusal_holds_no_password(stubbed: tuple[Client, Stubber], clock: FakeClock) -> None:
    """Neither in its words nor behind it, where a traceback would look."""
    client, stub = stubbed
    calls = Recorder(client)
    stub.add_response("describe_db_clusters", cluster())
    owned(stub)
    stub.add_client_error("modify_db_cluster", "InvalidParameterCombination", "not today")

    with pytest.raises(CorrectTheRequest, match="not today") as refused:
        given(client, Server(0), clock)

    (asked,) = calls.of("ModifyDBCluster")
    assert asked["MasterUserPassword"] not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert asked["MasterUserPassword"] not in json.dumps(str(refused.value.__context__))
