"""A provisioned cluster with an instance: a restored copy has none, and gets one before adoption.

```
create ── restore to a point in time ── make an instance ── import both ── plan ── apply ── destroy
```
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import Rds
from tests.terraform.conftest import NewWorkspace
from tests.terraform.terraform import Plan, Workspace

pytestmark = pytest.mark.provider

SOURCE, COPY = "provisioned-1", "provisioned-2"
MODULE = "module.rds_cluster"
CLUSTER = f"{MODULE}.aws_rds_cluster.cumulus"
INSTANCE = f"{MODULE}.aws_rds_cluster_instance.cumulus[0]"
LOGIN = f"{MODULE}.aws_secretsmanager_secret_version.rds_login"


@dataclass
class Story:
    """What the plans said on the way."""

    workspace: Workspace
    created: Plan
    """After the first apply."""
    cluster_only: Plan
    """The copy imported, and the source's instance still in the state."""
    adopting: Plan
    """The copy's own instance imported, too."""
    adopted: Plan
    """After `adopting` was applied."""


@pytest.fixture(scope="module")
def story(new_workspace: NewWorkspace, family: str, rds: Rds) -> Story:
    workspace = new_workspace(
        "cluster",
        prefix="provisioned",
        cluster_identifier=SOURCE,
        engine_mode="provisioned",
        instances=1,
        parameter_group_family=family,
    )
    workspace.create()
    created = workspace.plan()
    source = rds.describe(SOURCE)
    rds.restore(
        SOURCE,
        COPY,
        VpcSecurityGroupIds=[one["VpcSecurityGroupId"] for one in source["VpcSecurityGroups"]],
        DBSubnetGroupName=source["DBSubnetGroup"],
    )
    workspace.forget(CLUSTER)
    workspace.adopt(CLUSTER, COPY)
    workspace.configure(cluster_identifier=COPY)
    cluster_only = workspace.plan()
    rds.create_instance(COPY, f"{COPY}-1")
    workspace.forget(INSTANCE)
    workspace.adopt(INSTANCE, f"{COPY}-1")
    adopting = workspace.plan()
    workspace.apply(adopting)
    return Story(workspace, created, cluster_only, adopting, workspace.plan())


def test_a_second_plan_after_the_creation_is_empty(story: Story) -> None:
    """moto describes a scaling configuration for provisioned clusters too: an eternal change."""
    assert {} == story.created.actions
    assert not story.created.has_changes


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "only the DB cluster is restored, and no DB instance is made for it",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_without_an_instance_of_its_own_the_plan_takes_the_sources(story: Story) -> None:
    """What an operator who imports the cluster alone is shown."""
    assert {
        CLUSTER: ["update"],
        INSTANCE: ["delete", "create"],
        LOGIN: ["delete", "create"],
    } == story.cluster_only.actions
    change = story.cluster_only.change(INSTANCE)
    assert (SOURCE, COPY) == tuple(
        change[when]["cluster_identifier"] for when in ("before", "after")
    )


def test_with_one_nothing_but_the_login_is_replaced(story: Story) -> None:
    assert {
        CLUSTER: ["update"],
        INSTANCE: ["update"],
        LOGIN: ["delete", "create"],
    } == story.adopting.actions
    change = story.adopting.change(INSTANCE)
    differing = {
        name for name, value in change["after"].items() if change["before"].get(name) != value
    }
    # An instance made by hand has the API's promotion tier and no tags.
    assert {"promotion_tier", "tags", "tags_all", "timeouts"} == differing


def test_a_second_plan_after_the_adoption_is_empty(story: Story) -> None:
    assert {} == story.adopted.actions
    assert not story.adopted.has_changes


def test_the_adopted_instance_is_the_copys_writer(story: Story, rds: Rds) -> None:
    (member,) = rds.describe(COPY)["DBClusterMembers"]

    assert (f"{COPY}-1", True, 0) == (
        member["DBInstanceIdentifier"],
        member["IsClusterWriter"],
        member["PromotionTier"],
    )


def test_destroy_leaves_the_source_alone(story: Story, rds: Rds) -> None:
    """The last of the story. The source is nobody's since `state rm`, and outlives the copy."""
    rds.api.modify_db_cluster(DBClusterIdentifier=COPY, DeletionProtection=False)
    # Its groups are in the state still, and cannot go while it stands in them.
    for address in story.workspace.addresses():
        if "_group" in address:
            story.workspace.forget(address)

    story.workspace.destroy()

    assert [SOURCE] == rds.names()
    instances = rds.api.describe_db_instances()["DBInstances"]
    assert [f"{SOURCE}-1"] == [one["DBInstanceIdentifier"] for one in instances]
