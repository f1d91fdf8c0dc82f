"""R51, R52: the snapshot is found, whole, and of the cluster that was lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from fixtures.aws.errors import ChooseAnotherSnapshot
from fixtures.aws.session import Client
from fixtures.aws.snapshots import find_snapshot, newest_snapshot

ARN = "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:"
WHOLE: dict[str, Any] = {
    "DBClusterSnapshotIdentifier": "by-hand",
    "DBClusterSnapshotArn": f"{ARN}by-hand",
    "DBClusterIdentifier": "core-prod",
    "SnapshotCreateTime": datetime(2026, 11, 26, 7, 30, tzinfo=UTC),
    "SnapshotType": "manual",
    "Status": "available",
    "EngineVersion": "15.4",
    "StorageEncrypted": True,
}


def answer(stubber: Stubber, *found: dict[str, Any]) -> None:
    stubber.add_response("describe_db_cluster_snapshots", {"DBClusterSnapshots": list(found)})


def test_it_is_described(stubbed: tuple[Client, Stubber]) -> None:
    client, stubber = stubbed
    answer(stubber, {**WHOLE, "SourceDBClusterSnapshotArn": f"{ARN}rds:core-prod-2026"})

    found = find_snapshot(client, "by-hand", of="core-prod")

    assert ("by-hand", "core-prod", "copied manual") == (found.identifier, found.of, found.kind)
    assert "2026-11-26T07:30:00+00:00" == found.taken.isoformat()
    assert {
        "arn": f"{ARN}by-hand",
        "copy of": f"{ARN}rds:core-prod-2026",
        "encrypted": True,
    } == found.facts()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Status": "creating", "PercentProgress": 40}, r"is creating \(40 %\)"),
        ({"DBClusterIdentifier": "other"}, "is one of other, not of core-prod"),
    ],
)
def test_one_that_is_not_whole_or_of_another_cluster_is_refused(
    stubbed: tuple[Client, Stubber], change: dict[str, Any], said: str
) -> None:
    client, stubber = stubbed
    answer(stubber, {**WHOLE, **change})

    with pytest.raises(ChooseAnotherSnapshot, match=said):
        find_snapshot(client, "by-hand", of="core-prod")


def test_one_that_is_not_there_is_refused(stubbed: tuple[Client, Stubber]) -> None:
    client, stubber = stubbed
    stubber.add_client_error("describe_db_cluster_snapshots", "DBClusterSnapshotNotFoundFault")
    answer(stubber)

    for _ in range(2):
        with pytest.raises(ChooseAnotherSnapshot, match="there is no cluster snapshot 'gone'"):
            find_snapshot(client, "gone", of="core-prod")


MINE = "cluster-MINE"


def at(day: int, name: str, **changed: Any) -> dict[str, Any]:
    """A snapshot of that very cluster, taken that day of November."""
    taken = datetime(2026, 11, day, 3, tzinfo=UTC)
    arns = {"DBClusterSnapshotIdentifier": name, "DBClusterSnapshotArn": f"{ARN}{name}"}
    return {**WHOLE, **arns, "DbClusterResourceId": MINE, "SnapshotCreateTime": taken, **changed}


LISTED = (
    at(24, "rds:older", SnapshotType="automated"),
    at(25, "rds:newer", SnapshotType="automated"),
    at(26, "on-its-way", Status="creating"),
    at(26, "a-copy", SourceDBClusterSnapshotArn=f"{ARN}rds:older"),
    at(26, "of-an-earlier-cluster", DbClusterResourceId="cluster-EARLIER"),
)


def test_the_newest_is_taken_that_is_whole_and_the_source_s_own(
    stubbed: tuple[Client, Stubber],
) -> None:
    client, stubber = stubbed
    for _ in range(2):
        answer(stubber, *LISTED)

    newest = newest_snapshot(client, of="core-prod", resource_id=MINE)
    earlier = newest_snapshot(
        client, of="core-prod", resource_id=MINE, until=datetime(2026, 11, 24, 12, tzinfo=UTC)
    )

    assert ("rds:newer", "rds:older") == (newest.identifier, earlier.identifier)
    assert "123456789012" == newest.account


@pytest.mark.parametrize("listed", [LISTED[2:], ()])
def test_none_that_could_be_restored_is_refused(
    stubbed: tuple[Client, Stubber], listed: tuple[dict[str, Any], ...]
) -> None:
    client, stubber = stubbed
    answer(stubber, *listed)

    with pytest.raises(ChooseAnotherSnapshot, match="core-prod has no snapshot that could be"):
        newest_snapshot(client, of="core-prod", resource_id=MINE)


def test_one_of_an_earlier_cluster_of_that_name_is_refused(
    stubbed: tuple[Client, Stubber],
) -> None:
    """It would be another cluster's data under the source's name."""
    client, stubber = stubbed
    answer(stubber, LISTED[4])

    with pytest.raises(ChooseAnotherSnapshot, match="one of an earlier cluster called core-prod"):
        find_snapshot(client, "of-an-earlier-cluster", of="core-prod", resource_id=MINE)
