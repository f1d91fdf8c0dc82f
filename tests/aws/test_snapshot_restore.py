"""R25 to R29, R51: a restore from a snapshot says everything that AWS would reset."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.errors import AwsError, ChooseAnotherSnapshot, CorrectTheRequest
from fixtures.aws.restore import Quarantine
from fixtures.aws.restore import request as to_a_time
from fixtures.aws.session import Client
from fixtures.aws.snapshot_restore import request, restore
from fixtures.aws.snapshots import SnapshotDescription
from fixtures.aws.tags import RunTag

TAG = RunTag("run-1", "ci", datetime(2026, 3, 1, 20, tzinfo=UTC))
ARN = "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:by-hand"
APART = Quarantine("core-copy-quarantine", ("sg-0quarantine",))
OF_A_TIME = {"SourceDBClusterIdentifier", "RestoreType", "UseLatestRestorableTime"}


@pytest.fixture
def described(rds: Client, source: str) -> ClusterDescription:
    return describe(rds, source)


@pytest.fixture
def snapshot(described: ClusterDescription) -> SnapshotDescription:
    return SnapshotDescription(
        identifier="by-hand",
        arn=ARN,
        made="manual",
        of=described.identifier,
        resource_id=described.resource_id,
        taken=datetime(2026, 3, 1, 12, tzinfo=UTC),
        engine_version=described.engine_version,
        encrypted=True,
        copy_of=None,
    )


def test_it_says_what_a_restore_to_a_time_says(
    described: ClusterDescription, snapshot: SnapshotDescription
) -> None:
    """And the engine with its version, which would be the region's default."""
    asked = request(described, snapshot, "core-copy", TAG, quarantine=APART)
    other = to_a_time(described, "core-copy", "latest", TAG, quarantine=APART)

    assert {
        **{name: said for name, said in other.items() if name not in OF_A_TIME},
        "SnapshotIdentifier": ARN,
        "Engine": "aurora-postgresql",
        "EngineVersion": described.engine_version,
    } == asked
    assert ("core-copy-quarantine", ["sg-0quarantine"], False) == (
        asked["DBClusterParameterGroupName"],
        asked["VpcSecurityGroupIds"],
        asked["DeletionProtection"],
    )


def test_one_of_another_major_version_is_refused(
    described: ClusterDescription, snapshot: SnapshotDescription
) -> None:
    older = replace(snapshot, engine_version="11.9")

    with pytest.raises(ChooseAnotherSnapshot, match=r"by-hand is of version 11\.9"):
        request(described, older, "core-copy", TAG)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("DBClusterSnapshotNotFoundFault", ChooseAnotherSnapshot),
        ("InvalidDBClusterSnapshotStateFault", ChooseAnotherSnapshot),
        ("InvalidVPCNetworkStateFault", CorrectTheRequest),
    ],
)
def test_a_refusal_is_raised_under_the_name_of_what_to_do(
    rds: Client,
    described: ClusterDescription,
    snapshot: SnapshotDescription,
    code: str,
    error: type[AwsError],
) -> None:
    with Stubber(rds) as stubber:
        stubber.add_client_error("describe_db_clusters", "DBClusterNotFoundFault")
        stubber.add_client_error("restore_db_cluster_from_snapshot", code, "no")
        with pytest.raises(error, match=code):
            restore(rds, described, snapshot, "core-copy", TAG)
