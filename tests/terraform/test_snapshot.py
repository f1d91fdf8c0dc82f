"""The founding document's second recovery: a cluster made from a snapshot.

`snapshot_identifier` counts when the cluster is created. Provider 3.39 takes it at any later time,
too, plans an update, and restores nothing; from 5.0 on it replaces the cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import Rds
from tests.terraform.conftest import NewWorkspace
from tests.terraform.terraform import Plan, Workspace

pytestmark = pytest.mark.provider

SOURCE, COPY, SNAPSHOT = "snapshot-1", "snapshot-2", "snapshot-of-1"
CLUSTER = "module.rds_cluster.aws_rds_cluster.cumulus"


@dataclass
class Story:
    """What the plans said on the way."""

    workspace: Workspace
    restored: Plan
    """After the cluster was created from the snapshot."""
    resource_id: str
    """Of that cluster."""


@pytest.fixture(scope="module")
def story(new_workspace: NewWorkspace, family: str, rds: Rds) -> Story:
    rds.create(SOURCE, EngineMode="serverless")
    with rds.connect(SOURCE) as connection:
        connection.execute("create table marks (mark int)")
        connection.execute("insert into marks values (1)")
    rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier=SOURCE, DBClusterSnapshotIdentifier=SNAPSHOT
    )
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier=SNAPSHOT)
    workspace = new_workspace(
        "cluster",
        prefix="snapshot",
        cluster_identifier=COPY,
        snapshot_identifier=SNAPSHOT,
        deletion_protection=False,
        parameter_group_family=family,
    )
    workspace.create()
    return Story(workspace, workspace.plan(), rds.describe(COPY)["DbClusterResourceId"])


def marks(rds: Rds, cluster: str) -> list[int]:
    with rds.connect(cluster) as connection:
        return [mark for (mark,) in connection.execute("select mark from marks order by mark")]


def test_the_cluster_has_the_snapshots_data(story: Story, rds: Rds) -> None:
    assert [1] == marks(rds, COPY)


def test_a_second_plan_is_empty(story: Story) -> None:
    assert {} == story.restored.actions
    assert not story.restored.has_changes


@documented(
    "rds",
    "RestoreDBClusterFromSnapshot",
    "settings that the request names are the new cluster's",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html",
)
def test_the_cluster_is_what_the_configuration_says(story: Story, rds: Rds) -> None:
    copy = rds.describe(COPY)

    assert "snapshot-cluster" == copy["DBClusterParameterGroup"]
    assert copy["DBSubnetGroup"].startswith("snapshot-")
    assert ("serverless", 1, "07:00-09:00") == (
        copy["EngineMode"],
        copy["BackupRetentionPeriod"],
        copy["PreferredBackupWindow"],
    )
    assert (2, 4) == tuple(
        copy["ScalingConfigurationInfo"][name] for name in ("MinCapacity", "MaxCapacity")
    )


def test_added_to_a_cluster_that_is_there_it_plans_an_update_and_restores_nothing(
    story: Story, rds: Rds
) -> None:
    """Why a restore from a snapshot must show a creation in its plan."""
    workspace = story.workspace
    workspace.configure(snapshot_identifier=None)
    workspace.apply(workspace.plan())
    with rds.connect(COPY) as connection:
        connection.execute("insert into marks values (2)")
    workspace.configure(snapshot_identifier=SNAPSHOT)

    adding = workspace.plan()
    workspace.apply(adding)

    assert {CLUSTER: ["update"]} == adding.actions
    assert [1, 2] == marks(rds, COPY)
    assert story.resource_id == rds.describe(COPY)["DbClusterResourceId"]


def test_destroy_leaves_the_final_snapshot(story: Story, rds: Rds) -> None:
    """The last of the story."""
    story.workspace.destroy()

    assert [SOURCE] == rds.names()
    snapshots = rds.api.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    assert {SNAPSHOT, f"{COPY}-final-snapshot"} == {
        one["DBClusterSnapshotIdentifier"] for one in snapshots
    }
