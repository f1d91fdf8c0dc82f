"""A cluster made from a snapshot: the one change of a plan that has to be a replacement."""

from __future__ import annotations

from tests.rehearsal.helpers import Rds
from tests.rehearsal.terraform.conftest import NewDeployment
from tests.rehearsal.terraform.driver import CLUSTER

SNAPSHOT = "of-snapped-1"


def test_a_snapshot_and_a_new_name_replace_the_cluster(
    new_deployment: NewDeployment, rds: Rds
) -> None:
    deployment = new_deployment("snapped", database_name="core", deletion_protection=False)
    deployment.do("apply", "-auto-approve")
    with rds.connect("snapped-1") as connection:
        connection.execute("create table marks as select 1 as mark")
    rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier="snapped-1", DBClusterSnapshotIdentifier=SNAPSHOT
    )
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier=SNAPSHOT)
    deployment.configure(snapshot_identifier=SNAPSHOT, cluster_identifier="snapped-2")

    change = deployment.plan()[CLUSTER]
    deployment.apply_plan()

    assert ["delete", "create"] == change["actions"]
    assert [["cluster_identifier"], ["snapshot_identifier"]] == sorted(change["replace_paths"])
    assert {} == deployment.actions()
    with rds.connect("snapped-2") as connection:
        assert [(1,)] == connection.execute("select mark from marks").fetchall()
    assert "snapped-1" not in rds.names()
    deployment.configure(snapshot_identifier=None)
    assert {} == deployment.actions(), "taking it out again changes nothing"
    deployment.do("destroy", "-auto-approve")
    for name in (SNAPSHOT, "snapped-1-final-snapshot", "snapped-2-final-snapshot"):
        rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=name)
