"""R29: a single instance is read in full, waited for, and removed when it is this run's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from fixtures.aws.description import describe
from fixtures.aws.errors import (
    ChooseAnotherSource,
    ChooseAnotherTarget,
    RemoveByHand,
)
from fixtures.aws.removal import Removed, remove_instance
from fixtures.aws.session import Client
from fixtures.aws.single import describe_single
from fixtures.aws.tags import RunTag, claim
from fixtures.aws.wait import Pace, until_instance_restorable
from tests.aws.fix_aws import FakeClock, Recorder
from tests.aws.fix_single import INSTANCE_BACKUPS, Kept
from tests.aws.samples import SINGLE

TAG = RunTag("run-1", "ci")
T = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_single_instance_is_described_in_full(
    rds: Client, single: str, groups: dict[str, Any], calls: Recorder
) -> None:
    """R29; its window begins where its automated backups say, which is not where it ends."""
    found = describe_single(rds, single)
    assert ("core-alone", "postgres", "15.4") == (
        found.identifier,
        found.engine,
        found.engine_version,
    )
    assert 5433 == found.port
    assert ("core-net", groups["vpc"]) == (found.subnet_group.name, found.subnet_group.vpc)
    assert tuple(sorted(groups["security"])) == found.security_groups
    assert ("single-params", "postgres15") == (
        found.parameter_group.name,
        found.parameter_group.family,
    )
    assert found.option_group.startswith("default")
    assert found.iam_authentication
    assert found.encrypted
    assert "arn:key" == found.key
    assert 7 == found.retention_days
    assert datetime(2026, 2, 22, tzinfo=UTC) == found.earliest
    assert found.latest is not None
    assert {"team": "archive"} == found.tags
    assert found.facts()["in two zones"] is True
    assert [] == [n for n in calls.names if not n.startswith(("Describe", "List"))]


def test_without_backups_there_is_no_window(rds: Client, single: str, kept: Kept) -> None:
    """R1: the runbook refuses it by this."""
    kept.instances.clear()
    assert describe_single(rds, single).earliest is None


def test_a_member_is_no_source(rds: Client, source: str) -> None:
    with pytest.raises(
        ChooseAnotherSource, match="instance core-prod-1 is a member of cluster core-prod"
    ):
        describe_single(rds, "core-prod-1")


def test_another_engine_is_no_source(rds: Client, groups: dict[str, Any]) -> None:
    rds.create_db_instance(
        DBInstanceIdentifier="shop",
        DBInstanceClass="db.m6g.large",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
    )
    with pytest.raises(ChooseAnotherSource, match="instance shop runs mysql"):
        describe_single(rds, "shop")


def test_a_multi_az_db_cluster_is_refused_in_one_line(stubbed: tuple[Client, Stubber]) -> None:
    client, stub = stubbed
    stub.add_response(
        "describe_db_clusters",
        {"DBClusters": [{"DBClusterIdentifier": "core", "Engine": "postgres"}]},
    )
    with pytest.raises(ChooseAnotherSource, match="core is a Multi-AZ DB cluster") as refusal:
        describe(client, "core")
    assert "\n" not in str(refusal.value)


def entry(**changes: Any) -> dict[str, Any]:
    return {"DBInstances": [{**SINGLE, "LatestRestorableTime": T, **changes}]}


def test_an_instance_is_waited_for_until_it_is_restorable(
    stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    """R2: on RDS it lags behind the clock by minutes."""
    client, stub = stubbed
    window = {"DBInstanceAutomatedBackups": [INSTANCE_BACKUPS]}
    for minute in (0, 5):
        latest = T.replace(minute=minute)
        stub.add_response("describe_db_instances", entry(LatestRestorableTime=latest))
        stub.add_response("describe_db_instance_automated_backups", window)
    pace = Pace(poll=10, clock=clock, sleep=clock.sleep)
    wanted = T.replace(minute=3)
    assert T.replace(minute=5) == until_instance_restorable(client, "core-prod", wanted, pace=pace)
    assert [10] == clock.slept


def test_a_time_before_an_instance_s_window_is_refused(stubbed: tuple[Client, Stubber]) -> None:
    client, stub = stubbed
    stub.add_response("describe_db_instances", entry())
    stub.add_response(
        "describe_db_instance_automated_backups", {"DBInstanceAutomatedBackups": [INSTANCE_BACKUPS]}
    )
    with pytest.raises(ChooseAnotherTarget, match="is before 2026-02-22"):
        until_instance_restorable(client, "core-prod", T.replace(month=1))


def test_an_instance_of_this_run_s_is_removed(
    rds: Client, single: str, kept: Kept, clock: FakeClock, calls: Recorder
) -> None:
    """DESIGN 7: with the proof that no automated backup outlives it."""
    rds.add_tags_to_resource(
        ResourceName=describe_single(rds, single).arn,
        Tags=[{"Key": "restore-drills:run", "Value": "run-1"}],
    )
    description = describe_single(rds, single)
    claim(rds, description.arn, description.resource_id)
    kept.instances.clear()
    pace = Pace(poll=10, deadline=100, clock=clock, sleep=clock.sleep)
    assert Removed((single,), None) == remove_instance(rds, single, TAG, pace=pace)
    (asked,) = calls.of("DeleteDBInstance")
    assert asked["SkipFinalSnapshot"] is True
    assert Removed((), None) == remove_instance(rds, single, TAG, pace=pace)


def test_backups_that_outlive_an_instance_are_deleted_too(
    rds: Client, single: str, kept: Kept, clock: FakeClock, calls: Recorder
) -> None:
    """DESIGN 7: they hold production's rows, and cost."""
    description = describe_single(rds, single)
    rds.add_tags_to_resource(
        ResourceName=description.arn, Tags=[{"Key": "restore-drills:run", "Value": "run-1"}]
    )
    claim(rds, description.arn, description.resource_id)
    kept.instances[0]["Status"] = "retained"
    pace = Pace(poll=10, deadline=20, clock=clock, sleep=clock.sleep)
    assert Removed((single,), None) == remove_instance(rds, single, TAG, pace=pace)
    (asked,) = calls.of("DeleteDBInstanceAutomatedBackup")
    assert description.resource_id == asked["DbiResourceId"]


def test_backups_that_nobody_could_delete_are_said(
    rds: Client, single: str, kept: Kept, clock: FakeClock
) -> None:
    description = describe_single(rds, single)
    rds.add_tags_to_resource(
        ResourceName=description.arn, Tags=[{"Key": "restore-drills:run", "Value": "run-1"}]
    )
    claim(rds, description.arn, description.resource_id)
    pace = Pace(poll=10, deadline=20, clock=clock, sleep=clock.sleep)
    with pytest.raises(RemoveByHand, match=r"automated backups of core-alone .* still there"):
        remove_instance(rds, single, TAG, pace=pace)


def test_an_instance_that_is_not_this_run_s_stays(
    rds: Client, single: str, calls: Recorder
) -> None:
    """DESIGN 7."""
    with pytest.raises(RemoveByHand, match="instance core-alone is not provably run run-1's own"):
        remove_instance(rds, single, TAG)
    assert [] == calls.of("DeleteDBInstance")


def test_a_member_goes_with_its_cluster_only(rds: Client, source: str, calls: Recorder) -> None:
    with pytest.raises(RemoveByHand, match="is a member of cluster core-prod"):
        remove_instance(rds, "core-prod-1", TAG)
    assert [] == calls.of("DeleteDBInstance")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DeletionProtection": True}, "has deletion protection"),
        (
            {"DeletionProtection": False, "ReadReplicaDBInstanceIdentifiers": ["core-read"]},
            "core-read.*somebody replicates from it",
        ),
    ],
)
def test_an_instance_that_somebody_wants_or_follows_stays(
    stubbed: tuple[Client, Stubber], changes: dict[str, Any], said: str
) -> None:
    client, stub = stubbed
    stub.add_response("describe_db_instances", entry(**changes))
    stub.add_response(
        "list_tags_for_resource",
        {
            "TagList": [
                {"Key": "restore-drills:run", "Value": "run-1"},
                {"Key": "restore-drills:resource", "Value": SINGLE["DbiResourceId"]},
            ]
        },
    )
    with pytest.raises(RemoveByHand, match=said):
        remove_instance(client, "core-prod", TAG)
