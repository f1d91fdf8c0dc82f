"""A single instance: created, restored to a point in time, adopted, destroyed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import Rds
from tests.terraform.conftest import NewWorkspace
from tests.terraform.terraform import Plan, Workspace

pytestmark = pytest.mark.provider

SOURCE, COPY = "single-1", "single-2"
INSTANCE = "aws_db_instance.core"


@dataclass
class Story:
    """What the plans said on the way."""

    workspace: Workspace
    created: Plan
    """After the first apply."""
    adopting: Plan
    """After the import, with the new name in the variables."""
    adopted: Plan
    """After `adopting` was applied."""


@pytest.fixture(scope="module")
def story(new_workspace: NewWorkspace, rds: Rds) -> Story:
    workspace = new_workspace("instance", identifier=SOURCE)
    workspace.create()
    created = workspace.plan()
    rds.wait("db_instance_available", DBInstanceIdentifier=SOURCE)
    rds.api.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=SOURCE,
        TargetDBInstanceIdentifier=COPY,
        UseLatestRestorableTime=True,
    )
    rds.wait("db_instance_available", DBInstanceIdentifier=COPY)
    workspace.forget(INSTANCE)
    workspace.adopt(INSTANCE, COPY)
    workspace.configure(identifier=COPY)
    adopting = workspace.plan()
    workspace.apply(adopting)
    return Story(workspace, created, adopting, workspace.plan())


def test_a_second_plan_after_the_creation_is_empty(story: Story) -> None:
    assert {} == story.created.actions
    assert not story.created.has_changes


@documented(
    "rds",
    "RestoreDBInstanceToPointInTime",
    "a copy has the source's class, storage size, name and retention, and none of its tags",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html",
)
def test_the_restored_copy_is_changed_in_place(story: Story) -> None:
    assert {INSTANCE: ["update"]} == story.adopting.actions
    change = story.adopting.change(INSTANCE)
    assert (COPY, COPY) == (change["before"]["id"], change["after"]["id"])
    assert {
        "apply_immediately",
        "final_snapshot_identifier",
        "password",
        "skip_final_snapshot",
        "tags",
        "tags_all",
        "timeouts",
    } == {name for name, value in change["after"].items() if change["before"].get(name) != value}


def test_a_second_plan_after_the_adoption_is_empty(story: Story) -> None:
    assert {} == story.adopted.actions
    assert not story.adopted.has_changes


def test_destroy_leaves_the_final_snapshot(story: Story, rds: Rds) -> None:
    """The last of the story."""
    story.workspace.destroy()

    instances = rds.api.describe_db_instances()["DBInstances"]
    assert [SOURCE] == [one["DBInstanceIdentifier"] for one in instances]
    (final,) = rds.api.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert f"{COPY}-final-snapshot" == final["DBSnapshotIdentifier"]
