"""The door does what its rules say, to the requests they are about, and to no other."""

from __future__ import annotations

import json
import os
import signal
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from fixtures.aws.session import Client, RehearsalSession
from tests.aws.fix_aws import SOURCE
from tests.faults.conftest import Site
from tests.faults.rule import Rule, before, refuse, rewrite


@pytest.fixture
def rds(site: Site, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client that asks once."""
    monkeypatch.setattr("fixtures.aws.session.ATTEMPTS", 1)
    return RehearsalSession(site.endpoint).client("rds")


@contextmanager
def obeying(site: Site, *rules: Rule) -> Iterator[None]:
    site.door.obey(list(rules))
    try:
        yield
    finally:
        site.door.obey([])


def tags(rds: Client, name: str = SOURCE) -> dict[str, str]:
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    return {tag["Key"]: tag["Value"] for tag in cluster["TagList"]}


def mark(rds: Client, value: str) -> Any:
    arn = f"arn:aws:rds:us-east-1:123456789012:cluster:{SOURCE}"
    return rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "by", "Value": value}])


def test_the_nth_request_is_struck_and_no_other(site: Site, rds: Client) -> None:
    with obeying(site, refuse("AddTagsToResource", "Throttling", skip=1, times=2)):
        mark(rds, "first")
        for _ in range(2):
            with pytest.raises(ClientError, match="Throttling"):
                mark(rds, "struck")
        assert {"by": "first"}.items() <= tags(rds).items()
        mark(rds, "fourth")
        assert [2] == site.door.struck
    assert "fourth" == tags(rds)["by"]


def test_a_rule_about_a_resource_spares_others(site: Site, rds: Client) -> None:
    with obeying(site, refuse("DescribeDBClusters", "AccessDenied", resource="core-*", times=None)):
        assert rds.describe_db_clusters()["DBClusters"]
        with pytest.raises(ClientError, match="AccessDenied"):
            rds.describe_db_clusters(DBClusterIdentifier=SOURCE)


def test_a_request_that_is_dropped_was_not_carried_out(site: Site, rds: Client) -> None:
    with obeying(site, Rule("AddTagsToResource", "drop")), pytest.raises(ConnectionClosedError):
        mark(rds, "dropped")
    assert "dropped" != tags(rds)["by"]


def test_a_request_whose_answer_is_lost_was_carried_out(site: Site, rds: Client) -> None:
    with obeying(site, Rule("AddTagsToResource", "lose")), pytest.raises(ConnectionClosedError):
        mark(rds, "lost")
    assert "lost" == tags(rds)["by"]


def test_an_answer_can_be_late(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixtures.aws.session.READ_SECONDS", 1.0)
    monkeypatch.setattr("fixtures.aws.session.ATTEMPTS", 1)
    rds = RehearsalSession(site.endpoint).client("rds")
    with obeying(site, Rule("AddTagsToResource", "late")), pytest.raises(ReadTimeoutError):
        mark(rds, "late")


def test_an_answer_can_be_damaged(site: Site, rds: Client) -> None:
    with obeying(site, Rule("DescribeDB*", "garble")), pytest.raises(ResponseParserError):
        tags(rds)


def test_an_answer_can_say_something_else(site: Site, rds: Client) -> None:
    with obeying(site, rewrite("DescribeDBClusters", ("<Key>by</Key>", "<Key>on</Key>"))):
        assert "by" not in tags(rds)
    assert "by" in tags(rds)


def test_somebody_else_can_be_quicker(site: Site, rds: Client) -> None:
    arn = "arn:aws:rds:us-east-1:123456789012:cluster:{resource}"
    quicker = before(
        "DescribeDBClusters",
        "RemoveTagsFromResource",
        {"ResourceName": arn, "TagKeys.member.1": "by"},
        resource=SOURCE,
    )
    mark(rds, "slow")
    with obeying(site, quicker):
        assert "by" not in tags(rds)


def test_what_somebody_else_cannot_do_does_not_go_unseen(site: Site, rds: Client) -> None:
    wrong = before("DescribeDBClusters", "DeleteDBCluster", {"DBClusterIdentifier": "nobody"})
    with obeying(site, wrong), pytest.raises(ClientError, match="FaultyDoor"):
        rds.describe_db_clusters()


def test_a_process_can_be_sent_a_signal(site: Site, rds: Client) -> None:
    came = threading.Event()
    previous = signal.signal(signal.SIGUSR1, lambda *_: came.set())
    try:
        given = {"pid": os.getpid(), "signum": int(signal.SIGUSR1)}
        with obeying(site, Rule("DescribeDBClusters", "signal", given=given)):
            assert tags(rds)
        assert came.is_set()
    finally:
        signal.signal(signal.SIGUSR1, previous)


def test_rules_come_by_http(site: Site, rds: Client) -> None:
    def ask(rules: list[Rule] | None) -> list[int]:
        data = None if rules is None else json.dumps([rule.as_json() for rule in rules]).encode()
        with urllib.request.urlopen(f"{site.endpoint}/faults", data) as answer:  # noqa: S310
            struck: list[int] = json.load(answer)
            return struck

    assert [0] == ask([refuse("DescribeDBClusters", "SlowDown")])
    with pytest.raises(ClientError, match="SlowDown"):
        tags(rds)
    assert [1] == ask(None)
    assert [] == ask([])
    assert tags(rds)
