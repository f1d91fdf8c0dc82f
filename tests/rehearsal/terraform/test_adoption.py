"""The example deployment on the rehearsal's provider: created, restored, adopted, destroyed.

```
create ── plan ── restore to a point in time, instances ── state rm, import ── plan ── apply ── plan
```
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rehearsal.helpers import PASSWORD, Rds
from tests.rehearsal.terraform.conftest import NewDeployment
from tests.rehearsal.terraform.driver import CLUSTER, INSTANCES, LOGIN, Deployment

SOURCE, COPY = "adopting-1", "adopting-2"


@pytest.fixture(scope="module")
def deployment(new_deployment: NewDeployment) -> Deployment:
    made = new_deployment("adopting")
    made.do("apply", "-auto-approve")
    return made


@pytest.fixture(scope="module")
def created(deployment: Deployment) -> dict[str, list[str]]:
    return deployment.actions()


@pytest.fixture(scope="module")
def adopting(deployment: Deployment, created: dict[str, Any], rds: Rds) -> dict[str, Any]:
    """The plan after the imports, with the new name in the variables."""
    source = rds.describe(SOURCE)
    groups = [one["VpcSecurityGroupId"] for one in source["VpcSecurityGroups"]]
    rds.restore(SOURCE, COPY, DBSubnetGroupName="adopting-subnets", VpcSecurityGroupIds=groups)
    for tier, size in enumerate(("large", "xlarge")):
        name = f"{COPY}-{tier + 1}"
        rds.api.create_db_instance(
            DBInstanceIdentifier=name,
            DBClusterIdentifier=COPY,
            Engine="aurora-postgresql",
            DBInstanceClass=f"db.r6g.{size}",
            PromotionTier=tier,
            Tags=[{"Key": "service", "Value": "ingest"}],
        )
        rds.wait("db_instance_available", DBInstanceIdentifier=name)
    deployment.do("state", "rm", CLUSTER, *INSTANCES)
    deployment.configure(cluster_identifier=COPY)
    deployment.do("import", CLUSTER, COPY)
    for number, address in enumerate(INSTANCES, start=1):
        deployment.do("import", address, f"{COPY}-{number}")
    return deployment.plan()


@pytest.fixture(scope="module")
def adopted(deployment: Deployment, adopting: dict[str, Any]) -> Deployment:
    deployment.do("apply", "-auto-approve")
    return deployment


def test_a_second_plan_after_the_creation_is_empty(created: dict[str, list[str]]) -> None:
    assert {} == created


def test_only_the_cluster_is_updated_and_the_login_replaced(adopting: dict[str, Any]) -> None:
    assert {CLUSTER: ["update"], LOGIN: ["delete", "create"]} == {
        address: change["actions"] for address, change in adopting.items()
    }
    assert [["secret_string"]] == adopting[LOGIN]["replace_paths"]
    assert (COPY, COPY) == (adopting[CLUSTER]["before"]["id"], adopting[CLUSTER]["after"]["id"])


def test_an_import_knows_of_no_final_snapshot_and_no_password(adopting: dict[str, Any]) -> None:
    before = adopting[CLUSTER]["before"]

    assert (True, True) == (before["skip_final_snapshot"], before["delete_automated_backups"])
    assert before["final_snapshot_identifier"] is None
    assert before["master_password"] is None


def test_the_login_changes_in_its_place_alone(adopting: dict[str, Any]) -> None:
    before, after = (
        json.loads(adopting[LOGIN][when]["secret_string"]) for when in ("before", "after")
    )

    # Every cluster of the cloud is on loopback: what differs in the place of a host is a port.
    assert {"dbClusterIdentifier", "port"} == {one for one in after if before[one] != after[one]}


def test_a_second_plan_after_the_adoption_is_empty(adopted: Deployment) -> None:
    assert {} == adopted.actions()


def test_the_adopted_copy_is_what_the_configuration_says(adopted: Deployment, rds: Rds) -> None:
    copy = rds.describe(COPY)

    assert (True, True, True) == (
        copy["DeletionProtection"],
        copy["CopyTagsToSnapshot"],
        copy["IAMDatabaseAuthenticationEnabled"],
    )
    assert ["postgresql"] == copy["EnabledCloudwatchLogsExports"]
    assert "adopting-parameters" == copy["DBClusterParameterGroup"]
    assert [{"Key": "service", "Value": "ingest"}] == copy["TagList"]


FORCES_A_REPLACEMENT = {
    "availability_zones": '["us-east-1f"]',
    "cluster_identifier": '"adopting-9"',
    "cluster_scalability_type": '"limitless"',
    "database_name": '"other"',
    "db_subnet_group_name": '"other"',
    "engine": '"aurora-mysql"',
    "engine_mode": '"serverless"',
    "kms_key_id": '"arn:aws:kms:us-east-1:123456789012:key/other"',
    "master_username": '"other"',
    "snapshot_identifier": '"other"',
    "source_region": '"us-west-2"',
    "storage_encrypted": "true",
}


@pytest.mark.parametrize("argument", FORCES_A_REPLACEMENT)
def test_another_value_replaces_the_cluster(adopted: Deployment, argument: str) -> None:
    value = FORCES_A_REPLACEMENT[argument]
    adopted.override(f'resource "aws_rds_cluster" "cumulus" {{\n  {argument} = {value}\n}}\n')
    try:
        change = adopted.plan()[CLUSTER]
    finally:
        adopted.override("")

    assert ["delete", "create"] == change["actions"]
    assert [argument] in change["replace_paths"]


def test_a_point_in_time_given_to_it_replaces_the_cluster(adopted: Deployment) -> None:
    adopted.override(
        'resource "aws_rds_cluster" "cumulus" {\n  restore_to_point_in_time {\n'
        '    source_cluster_identifier  = "adopting-1"\n'
        "    use_latest_restorable_time = true\n  }\n}\n"
    )
    try:
        change = adopted.plan()[CLUSTER]
    finally:
        adopted.override("")

    assert ["delete", "create"] == change["actions"]


def test_importing_what_is_not_there_is_refused(adopted: Deployment) -> None:
    adopted.do("state", "rm", INSTANCES[1])
    assert 0 != adopted.run("import", INSTANCES[1], "nobody")
    assert "Cannot import non-existent remote object" in adopted.said
    adopted.do("import", INSTANCES[1], f"{COPY}-2")


def test_an_instance_that_is_gone_is_planned_anew(adopted: Deployment, rds: Rds) -> None:
    rds.api.delete_db_instance(DBInstanceIdentifier=f"{COPY}-2", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier=f"{COPY}-2")

    assert {INSTANCES[1]: ["create"]} == adopted.actions()


def test_destroy_is_refused_while_protected_and_then_leaves_a_snapshot(
    adopted: Deployment, rds: Rds
) -> None:
    """The last of the story."""
    rds.api.modify_db_cluster(DBClusterIdentifier=SOURCE, DeletionProtection=False)
    rds.delete(SOURCE)
    assert 0 != adopted.run("destroy", "-auto-approve")
    assert "Cannot delete protected Cluster" in adopted.said
    assert "Plugin error" not in adopted.said
    assert PASSWORD not in adopted.said
    assert COPY in rds.names()
    rds.api.modify_db_cluster(DBClusterIdentifier=COPY, DeletionProtection=False)

    adopted.do("destroy", "-auto-approve")

    assert COPY not in rds.names()
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=f"{COPY}-final-snapshot")
