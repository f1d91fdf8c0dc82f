"""What must not be lost by the way: data whose final snapshot failed, names, what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from fixtures.postgres.account import Account
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import MASTER, PASSWORD, REGION, Rds, refused, wait_until

NewName = Callable[[], str]
API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"


def member(rds: Rds, cluster: str, name: str) -> dict[str, object]:
    found = rds.api.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    instance: dict[str, object] = found[0]
    assert cluster == instance["DBClusterIdentifier"]
    return instance


@documented(
    "rds",
    "DeleteDBCluster",
    "A cluster whose final snapshot cannot be taken is not deleted",
    API.format("DeleteDBCluster"),
)
def test_a_cluster_stays_when_its_final_snapshot_fails(
    rds: Rds, new_name: NewName, run_folder: Path
) -> None:
    """A tablespace is what no base backup of ours takes along."""
    name = new_name()
    rds.create(name)
    rds.create_instance(name)
    facts = rds.cloud.control.cluster(REGION, name)
    elsewhere = run_folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    Account.for_servers().own(elsewhere)
    with psycopg.connect(
        host=str(facts.socket_dir),
        port=facts.socket_port,
        user=facts.superuser,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        connection.execute(f"create tablespace elsewhere location '{elsewhere}'")
    rds.api.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier=f"{name}-1")

    rds.api.delete_db_cluster(DBClusterIdentifier=name, FinalDBSnapshotIdentifier="never")
    wait_until(lambda: rds.describe(name)["Status"] != "deleting")
    assert "failed" == rds.describe(name)["Status"]
    assert facts.data.is_dir()
    (snapshot,) = rds.api.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="never")[
        "DBClusterSnapshots"
    ]
    assert "failed" == snapshot["Status"]
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="never")


def test_a_name_that_waited_and_was_taken_leaves_its_instance_alone(
    rds: Rds, new_name: NewName
) -> None:
    """Applied blindly it would put one instance in another's place."""
    name = new_name()
    rds.create(name)
    for one in ("waiting", "other"):
        rds.create_instance(name, one)
    modify = rds.api.modify_db_instance
    modify(DBInstanceIdentifier="waiting", NewDBInstanceIdentifier="wanted")
    modify(DBInstanceIdentifier="other", NewDBInstanceIdentifier="wanted", ApplyImmediately=True)
    taken = member(rds, name, "wanted")["DbiResourceId"]

    refused(
        "DBInstanceAlreadyExists", modify, DBInstanceIdentifier="waiting", ApplyImmediately=True
    )
    assert taken == member(rds, name, "wanted")["DbiResourceId"]
    assert {"DBInstanceIdentifier": "wanted"} == member(rds, name, "waiting")[
        "PendingModifiedValues"
    ]
    # Asked for as it is, it waits no more.
    modify(DBInstanceIdentifier="waiting", NewDBInstanceIdentifier="waiting")
    assert {} == member(rds, name, "waiting")["PendingModifiedValues"]


@pytest.fixture
def single(rds: Rds) -> str:
    rds.api.create_db_instance(
        DBInstanceIdentifier="loner",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        EnableCloudwatchLogsExports=["upgrade"],
    )
    rds.wait("db_instance_available", DBInstanceIdentifier="loner")
    return "loner"


@documented(
    "rds",
    "ModifyDBInstance",
    "Log exports are changed by type; a name that waited is given when it is applied",
    API.format("ModifyDBInstance"),
)
def test_what_is_asked_of_a_single_instance_is_done(rds: Rds, single: str) -> None:
    rds.api.modify_db_instance(
        DBInstanceIdentifier=single,
        NewDBInstanceIdentifier="loner-too",
        CloudwatchLogsExportConfiguration={
            "EnableLogTypes": ["postgresql"],
            "DisableLogTypes": ["upgrade"],
        },
    )
    (instance,) = rds.api.describe_db_instances(DBInstanceIdentifier=single)["DBInstances"]
    assert ["postgresql"] == instance["EnabledCloudwatchLogsExports"]
    assert {"DBInstanceIdentifier": "loner-too"} == instance["PendingModifiedValues"]

    rds.api.modify_db_instance(DBInstanceIdentifier=single, ApplyImmediately=True)
    rds.wait("db_instance_available", DBInstanceIdentifier="loner-too")
    rds.api.delete_db_instance(DBInstanceIdentifier="loner-too", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="loner-too")
