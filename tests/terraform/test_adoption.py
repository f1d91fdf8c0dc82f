"""The founding document's recovery of a serverless cluster, with the provider of its time.

```
create ── restore to a point in time ── state rm, import ── plan ── apply ── plan ── destroy
```
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import Rds, client, next_whole_second
from tests.terraform.conftest import NewWorkspace
from tests.terraform.terraform import Plan, TerraformError, Workspace

pytestmark = pytest.mark.provider

SOURCE, COPY = "adoption-1", "adoption-2"
MODULE = "module.rds_cluster"
CLUSTER = f"{MODULE}.aws_rds_cluster.cumulus"
LOGIN = f"{MODULE}.aws_secretsmanager_secret_version.rds_login"


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
def created(new_workspace: NewWorkspace, family: str) -> Workspace:
    workspace = new_workspace(
        "cluster", prefix="adoption", cluster_identifier=SOURCE, parameter_group_family=family
    )
    workspace.create()
    return workspace


@pytest.fixture(scope="module")
def story(created: Workspace, rds: Rds) -> Story:
    after_creation = created.plan()
    _restore(rds)
    created.forget(CLUSTER)
    # In the document's order: first the import, then the variable.
    created.adopt(CLUSTER, COPY)
    created.configure(cluster_identifier=COPY)
    adopting = created.plan()
    created.apply(adopting)
    return Story(created, after_creation, adopting, created.plan())


def _restore(rds: Rds) -> None:
    """The document's step 2: the source's subnet and security groups, copied tags."""
    with rds.connect(SOURCE) as connection:
        connection.execute("create table marks (mark int)")
        connection.execute("insert into marks values (1)")
        good = next_whole_second(connection)
        connection.execute("insert into marks values (2)")
    source = rds.describe(SOURCE)
    groups = [group["VpcSecurityGroupId"] for group in source["VpcSecurityGroups"]]
    rds.restore(
        SOURCE,
        COPY,
        good,
        VpcSecurityGroupIds=groups,
        DBSubnetGroupName=source["DBSubnetGroup"],
        CopyTagsToSnapshot=True,
    )


def test_a_second_plan_after_the_creation_is_empty(story: Story) -> None:
    assert {} == story.created.actions
    assert not story.created.has_changes


def test_the_restored_copy_is_changed_in_place(story: Story) -> None:
    """Never replaced: that would delete it, without a final snapshot."""
    assert {CLUSTER: ["update"], LOGIN: ["delete", "create"]} == story.adopting.actions
    change = story.adopting.change(CLUSTER)
    assert (COPY, COPY) == (change["before"]["id"], change["after"]["id"])


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "a copy has no deletion protection, no tags and the engine's own parameter group",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html",
)
def test_the_plan_shows_what_the_restore_reset(story: Story) -> None:
    """And import's own: it cannot know about a final snapshot, nor a password."""
    change = story.adopting.change(CLUSTER)
    before, after = change["before"], change["after"]
    differing = {name for name in after if before.get(name) != after[name]}

    assert {
        "apply_immediately",
        "copy_tags_to_snapshot",
        "db_cluster_parameter_group_name",
        "deletion_protection",
        "final_snapshot_identifier",
        "master_password",
        "skip_final_snapshot",
        "tags",
        "tags_all",
        "timeouts",
    } == differing
    assert (False, True) == (before["deletion_protection"], after["deletion_protection"])
    assert "adoption-cluster" == after["db_cluster_parameter_group_name"]
    assert before["db_cluster_parameter_group_name"].startswith("default.aurora-postgresql")
    assert ({}, {"team": "core"}) == (before["tags"], after["tags"])


def test_the_secret_gets_a_new_version_for_the_endpoint_and_nothing_else(story: Story) -> None:
    change = story.adopting.change(LOGIN)
    before = json.loads(change["before"]["secret_string"])
    after = json.loads(change["after"]["secret_string"])

    assert [["secret_string"]] == change["replace_paths"]
    # Every cluster of the cloud is on loopback: what differs in the place of a host is a port.
    assert {"dbClusterIdentifier", "port"} == {one for one in after if before[one] != after[one]}


def test_a_second_plan_after_the_adoption_is_empty(story: Story) -> None:
    assert {} == story.adopted.actions
    assert not story.adopted.has_changes


def test_the_adopted_copy_is_what_the_configuration_says(story: Story, rds: Rds) -> None:
    copy = rds.describe(COPY)

    assert (True, False) == (copy["DeletionProtection"], copy["CopyTagsToSnapshot"])
    assert "adoption-cluster" == copy["DBClusterParameterGroup"]
    assert [{"Key": "team", "Value": "core"}] == copy["TagList"]


def test_the_login_in_the_secret_reaches_the_data_of_the_chosen_time(
    story: Story, rds: Rds
) -> None:
    secrets = client("secretsmanager", rds.cloud.endpoint)
    (secret,) = (
        one["ARN"]
        for one in secrets.list_secrets()["SecretList"]
        if one["Name"].startswith("adoption-rds-login-")
    )
    login: dict[str, Any] = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])

    assert COPY == login["dbClusterIdentifier"]
    copy = rds.describe(COPY)
    assert (copy["Endpoint"], copy["Port"]) == (login["host"], login["port"])
    with rds.connect(COPY, user=login["username"], password=login["password"]) as connection:
        assert [(1,)] == connection.execute("select mark from marks").fetchall()


def test_destroy_is_refused_while_the_copy_is_protected_and_then_leaves_a_snapshot(
    story: Story, rds: Rds
) -> None:
    """The last of the story: nothing else of it is left in the cloud."""
    workspace = story.workspace
    # The source is nobody's since `state rm`, and keeps the groups in use.
    rds.api.modify_db_cluster(DBClusterIdentifier=SOURCE, DeletionProtection=False)
    rds.delete(SOURCE)
    with pytest.raises(TerraformError, match="Cannot delete protected Cluster"):
        workspace.destroy()
    assert [COPY] == rds.names()
    # Through the API, because an apply would wait for half a minute more.
    rds.api.modify_db_cluster(DBClusterIdentifier=COPY, DeletionProtection=False)

    workspace.destroy()

    assert [] == workspace.addresses()
    assert [] == rds.names()
    (final,) = rds.api.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    assert f"{COPY}-final-snapshot" == final["DBClusterSnapshotIdentifier"]
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=f"{COPY}-final-snapshot")
    assert [] == _own(rds.api.describe_db_subnet_groups()["DBSubnetGroups"], "DBSubnetGroupName")
    groups = rds.api.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
    assert [] == _own(groups, "DBClusterParameterGroupName")
    ec2 = client("ec2", rds.cloud.endpoint)
    assert [] == _own(ec2.describe_security_groups()["SecurityGroups"], "GroupName")
    secrets = client("secretsmanager", rds.cloud.endpoint)
    assert [] == _own(secrets.list_secrets()["SecretList"], "Name")


def _own(things: list[dict[str, Any]], name: str) -> list[str]:
    return [thing[name] for thing in things if thing[name].startswith("adoption")]
