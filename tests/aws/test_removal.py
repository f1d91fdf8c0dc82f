"""DESIGN 7: what is not provably this run's own stays."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.aws import tags as tagging
from fixtures.aws.description import ClusterDescription, describe, read_instances
from fixtures.aws.errors import RemoveByHand, ResumeTheWait
from fixtures.aws.instances import create_like
from fixtures.aws.names import cluster_exists
from fixtures.aws.removal import Removed, remove
from fixtures.aws.restore import restore
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import Pace
from tests.aws.fix_aws import ACCESS, FakeClock, Recorder

TAG = RunTag("run-1", "ci")
COPY = "core-copy"


@pytest.fixture
def pace(clock: FakeClock) -> Pace:
    return Pace(poll=10, deadline=100, clock=clock, sleep=clock.sleep)


@pytest.fixture
def described(rds: Client, source: str) -> ClusterDescription:
    return describe(rds, source)


@pytest.fixture
def copy(rds: Client, described: ClusterDescription) -> str:
    """A copy of this run's, with two instances; its identifier."""
    restore(rds, described, COPY, "latest", TAG)
    create_like(rds, described, COPY, TAG)
    return COPY


def retag(client: Client, arn: str, **values: str) -> None:
    client.add_tags_to_resource(
        ResourceName=arn,
        Tags=[{"Key": tagging.PREFIX + name, "Value": value} for name, value in values.items()],
    )


def arn_of(client: Client, cluster: str) -> str:
    found: str = client.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"][0][
        "DBClusterArn"
    ]
    return found


def test_what_this_run_made_is_removed_and_nothing_else(
    rds: Client, copy: str, pace: Pace, calls: Recorder
) -> None:
    """Readers, writer, cluster; no snapshot and no backups stay behind."""
    assert remove(rds, copy, TAG, pace=pace) == Removed(("core-copy-2", "core-copy-1"), copy)
    assert not cluster_exists(rds, copy)
    assert [name for name in calls.names if name.startswith("Delete")] == [
        "DeleteDBInstance",
        "DeleteDBInstance",
        "DeleteDBCluster",
    ]
    for deletion in calls.of("DeleteDBInstance") + calls.of("DeleteDBCluster"):
        assert deletion["SkipFinalSnapshot"] is True
        assert deletion["DeleteAutomatedBackups"] is True
    assert len(describe(rds, "core-prod").instances) == 2


def test_nothing_there_is_nothing_removed(rds: Client, pace: Pace) -> None:
    assert remove(rds, COPY, TAG, pace=pace) == Removed((), None)


def assert_refused(client: Client, calls: Recorder, pace: Pace, why: str, name: str = COPY) -> None:
    with pytest.raises(RemoveByHand, match=why):
        remove(client, name, TAG, pace=pace)
    assert [call for call in calls.names if call.startswith("Delete")] == []


def test_the_source_is_never_removed(rds: Client, source: str, pace: Pace, calls: Recorder) -> None:
    assert_refused(rds, calls, pace, "nothing was deleted", name=source)


def test_another_run_s_copy_stays(rds: Client, copy: str, pace: Pace, calls: Recorder) -> None:
    retag(rds, arn_of(rds, copy), run="run-2")
    assert_refused(rds, calls, pace, "'run-2'")


def test_inherited_tags_never_match(
    rds: Client, described: ClusterDescription, copy: str, pace: Pace, calls: Recorder
) -> None:
    """The copy of a copy carries its tags word for word, and another resource id."""
    retag(rds, arn_of(rds, copy), resource=described.resource_id)
    assert_refused(rds, calls, pace, described.resource_id)


def test_a_copy_that_was_never_marked_stays(
    rds: Client, copy: str, pace: Pace, calls: Recorder
) -> None:
    rds.remove_tags_from_resource(ResourceName=arn_of(rds, copy), TagKeys=[tagging.RESOURCE])
    assert_refused(rds, calls, pace, "is None")


def test_somebody_s_instance_in_our_cluster_keeps_the_whole_cluster(
    rds: Client, copy: str, pace: Pace, calls: Recorder
) -> None:
    rds.create_db_instance(
        DBInstanceIdentifier="somebody-s",
        DBClusterIdentifier=copy,
        Engine="aurora-postgresql",
        DBInstanceClass="db.t4g.medium",
        Tags=tagging.as_list(TAG.as_dict()),
    )
    assert_refused(rds, calls, pace, "instance somebody-s is not provably")


def test_a_protected_copy_stays(rds: Client, copy: str, pace: Pace, calls: Recorder) -> None:
    rds.modify_db_cluster(DBClusterIdentifier=copy, DeletionProtection=True)
    assert_refused(rds, calls, pace, "deletion protection")


@pytest.mark.parametrize(
    ("key", "value"),
    [("ReadReplicaIdentifiers", ["arn:aws:rds:::cluster:r"]), ("GlobalClusterIdentifier", "world")],
)
def test_a_copy_that_somebody_replicates_from_stays(
    rds: Client, copy: str, pace: Pace, calls: Recorder, key: str, value: object
) -> None:
    def after(parsed: dict[str, Any], **_: Any) -> None:
        parsed["DBClusters"][0][key] = value

    rds.meta.events.register("after-call.rds.DescribeDBClusters", after)
    assert_refused(rds, calls, pace, key)


def fail_first(client: Client, operation: str, code: str, words: str, *, times: int) -> None:
    """Let AWS refuse an operation so many times before it does it."""
    left = [None] * times

    def refuse(**_: Any) -> None:
        if left:
            left.pop()
            raise ClientError({"Error": {"Code": code, "Message": words}}, operation)

    client.meta.events.register(f"before-call.rds.{operation}", refuse)


def test_a_copy_still_being_made_is_deleted_a_little_later(
    rds: Client, copy: str, pace: Pace, clock: FakeClock
) -> None:
    fail_first(rds, "DeleteDBCluster", "InvalidDBClusterStateFault", "creating", times=3)
    assert remove(rds, copy, TAG, pace=pace).cluster == copy
    assert clock.slept == [10, 10, 10]


def test_a_copy_that_stays_busy_is_told(rds: Client, copy: str, pace: Pace) -> None:
    fail_first(rds, "DeleteDBCluster", "InvalidDBClusterStateFault", "stopped", times=99)
    with pytest.raises(RemoveByHand, match=r"will not delete core-copy.*stopped"):
        remove(rds, copy, TAG, pace=pace)


def test_where_deleting_backups_is_not_taken_it_is_left_out(
    rds: Client, copy: str, pace: Pace, calls: Recorder
) -> None:
    fail_first(
        rds,
        "DeleteDBInstance",
        "InvalidParameterCombination",
        "DeleteAutomatedBackups is not supported for Aurora",
        times=1,
    )
    assert remove(rds, copy, TAG, pace=pace).cluster == copy
    first, second, *_ = calls.of("DeleteDBInstance")
    assert "DeleteAutomatedBackups" in first
    assert "DeleteAutomatedBackups" not in second


def test_what_went_meanwhile_is_gone(rds: Client, copy: str, pace: Pace) -> None:
    def went(**_: Any) -> None:
        if "core-copy-1" in {one["DBInstanceIdentifier"] for one in read_instances(other, copy)}:
            other.delete_db_instance(DBInstanceIdentifier="core-copy-1", SkipFinalSnapshot=True)

    other = ACCESS.client("rds")
    rds.meta.events.register("before-call.rds.DeleteDBInstance", went)
    assert remove(rds, copy, TAG, pace=pace).cluster == copy


def test_a_deletion_that_takes_too_long_can_be_resumed(rds: Client, copy: str, pace: Pace) -> None:
    """AWS takes the deletion and goes on describing the cluster for longer than we wait."""

    def still_there(**_: Any) -> tuple[object, dict[str, Any]]:
        return _Response(), {}

    rds.meta.events.register("before-call.rds.DeleteDBInstance", still_there)
    with pytest.raises(ResumeTheWait, match="core-copy-2"):
        remove(rds, copy, TAG, pace=pace)


class _Response:
    status_code = 200
