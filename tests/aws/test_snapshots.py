"""R51, R52: the snapshot is found, whole, and of the cluster that was lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from fixtures.aws.errors import ChooseAnotherSnapshot
from fixtures.aws.session import Client
from fixtures.aws.snapshots import find_snapshot

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
