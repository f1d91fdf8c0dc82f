"""The proof of deletion: each thing that may be left of a copy is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.aws.errors import RemoveByHand
from fixtures.aws.gone import Was, prove_gone, until_proven_gone
from fixtures.aws.session import Client
from fixtures.aws.wait import Pace
from tests.aws.fix_aws import ACCESS, Answered, FakeClock, Recorder

COPY, RID = "core-copy", "cluster-COPY"
CLUSTER = Was((COPY, RID), (("core-copy-1", "db-1"),))
SINGLE = Was(None, (("alone", "db-9"),))

Answers = dict[str, list[dict[str, Any]] | str]


@pytest.fixture
def pace(clock: FakeClock) -> Pace:
    return Pace(poll=10, deadline=100, clock=clock, sleep=clock.sleep)


RESULTS = {
    "DescribeDBClusters": "DBClusters",
    "DescribeDBInstances": "DBInstances",
    "DescribeDBClusterAutomatedBackups": "DBClusterAutomatedBackups",
    "DescribeDBInstanceAutomatedBackups": "DBInstanceAutomatedBackups",
    "DescribeDBClusterSnapshots": "DBClusterSnapshots",
    "DescribeDBSnapshots": "DBSnapshots",
    "DeleteDBClusterAutomatedBackup": "",
}


def answering(answers: Answers) -> Client:
    """A client for which AWS knows these things and nothing else; a text is a refusal's code."""
    client = ACCESS.client("rds")
    for operation, result in RESULTS.items():
        client.meta.events.register(
            f"before-call.rds.{operation}", _answer(operation, result, answers)
        )
    return client


def _answer(operation: str, result: str, answers: Answers) -> Callable[..., Any]:
    def answer(**_: Any) -> tuple[Answered, dict[str, Any]]:
        found = answers.get(operation, "DBClusterNotFoundFault")
        if isinstance(found, str):
            raise ClientError({"Error": {"Code": found, "Message": "AWS says so"}}, operation)
        if operation.startswith("Delete"):
            answers["DescribeDBClusterAutomatedBackups"] = []
        return Answered(), {result: found} if result else {}

    return answer


@pytest.mark.parametrize("was", [CLUSTER, SINGLE], ids=["cluster", "single instance"])
def test_where_aws_knows_nothing_the_proof_is_made(was: Was) -> None:
    assert [] == prove_gone(answering({}), was)


def test_another_s_of_the_same_name_is_no_finding() -> None:
    somebody_s = {"DBClusterIdentifier": COPY, "DbClusterResourceId": "cluster-NEW"}
    client = answering(
        {
            "DescribeDBClusters": [{**somebody_s, "Status": "available"}],
            "DescribeDBClusterAutomatedBackups": [{**somebody_s, "Status": "active"}],
            "DescribeDBClusterSnapshots": [{**somebody_s, "SnapshotType": "manual"}],
            "DescribeDBInstances": [{"DbiResourceId": "db-NEW"}],
        }
    )
    assert [] == prove_gone(client, CLUSTER)


SNAPSHOT = {"DbClusterResourceId": RID, "DBClusterSnapshotIdentifier": "awsbackup:job-1"}
LEFT: dict[str, tuple[Was, Answers, str]] = {
    "the cluster": (
        CLUSTER,
        {"DescribeDBClusters": [{"DbClusterResourceId": RID, "Status": "available"}]},
        "cluster core-copy: still there, available",
    ),
    "an instance": (
        CLUSTER,
        {"DescribeDBInstances": [{"DbiResourceId": "db-1", "DBInstanceStatus": "available"}]},
        "instance core-copy-1: still there, available",
    ),
    "automated backups": (
        CLUSTER,
        {
            "DescribeDBClusterAutomatedBackups": [
                {"DbClusterResourceId": RID, "Status": "retained"}
            ],
        },
        "automated backups of core-copy (cluster-COPY): still there, retained",
    ),
    "somebody's snapshot": (
        CLUSTER,
        {"DescribeDBClusterSnapshots": [{**SNAPSHOT, "SnapshotType": "manual"}]},
        "manual snapshot awsbackup:job-1: somebody or a backup plan made it",
    ),
    "an automated snapshot": (
        CLUSTER,
        {"DescribeDBClusterSnapshots": [{**SNAPSHOT, "SnapshotType": "automated"}]},
        "automated snapshot awsbackup:job-1: still there",
    ),
    "a single instance's backups": (
        SINGLE,
        {"DescribeDBInstanceAutomatedBackups": [{"DbiResourceId": "db-9", "Status": "retained"}]},
        "automated backups of alone (db-9): still there, retained",
    ),
    "a single instance's snapshot": (
        SINGLE,
        {
            "DescribeDBSnapshots": [
                {"DbiResourceId": "db-9", "DBSnapshotIdentifier": "s", "SnapshotType": "manual"}
            ]
        },
        "manual snapshot s: somebody or a backup plan made it",
    ),
    "what the role may not ask": (
        CLUSTER,
        {"DescribeDBClusterAutomatedBackups": "AccessDenied"},
        "AWS did not say whether any is left (AccessDenied: AWS says so)",
    ),
}


@pytest.mark.parametrize("left", LEFT)
def test_what_is_left_is_found_and_named(left: str) -> None:
    was, answers, said = LEFT[left]
    (finding,) = prove_gone(answering(answers), was)
    assert said in str(finding)


def test_retained_backups_are_deleted_and_then_proven_gone(pace: Pace) -> None:
    """AWS did not take DeleteAutomatedBackups, or another hand had them retained."""
    retained = {"DbClusterResourceId": RID, "Status": "retained"}
    client = answering(
        {
            "DescribeDBClusterAutomatedBackups": [retained],
            "DeleteDBClusterAutomatedBackup": [],
        }
    )
    calls = Recorder(client)
    until_proven_gone(client, CLUSTER, pace)
    assert [{"DbClusterResourceId": RID}] == calls.of("DeleteDBClusterAutomatedBackup")


def test_what_is_being_deleted_is_waited_for_and_no_longer_than_it_should_take(
    pace: Pace, clock: FakeClock
) -> None:
    client = answering({"DescribeDBClusters": [{"DbClusterResourceId": RID, "Status": "deleting"}]})
    with pytest.raises(RemoveByHand, match="core-copy is deleted and not all of it is gone"):
        until_proven_gone(client, CLUSTER, pace)
    assert 900 == sum(clock.slept)


def test_what_is_not_passing_is_told_at_once(pace: Pace, clock: FakeClock) -> None:
    was, answers, _ = LEFT["somebody's snapshot"]
    with pytest.raises(RemoveByHand, match="awsbackup:job-1"):
        until_proven_gone(answering(answers), was, pace)
    assert [] == clock.slept


def test_snapshots_that_others_made_may_be_none_of_the_caller_s_business(pace: Pace) -> None:
    was, answers, _ = LEFT["somebody's snapshot"]
    until_proven_gone(answering(answers), was, pace, spare_somebody_s=True)
