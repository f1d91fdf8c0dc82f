"""Five plans that the judge refuses, applied all the same: what each would have cost.

Real Terraform, real rows in real Postgres. Every plan here exits 0 and looks like work that is
nearly done; what they have in common is that `drills/plan` says no.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from checks.plan.adopt import Adoption, judge_adoption
from checks.plan.reading import read_plan
from checks.plan.snapshot import SnapshotRestore, judge_snapshot_restore
from tests.rehearsal.helpers import Rds, client
from tests.rehearsal.terraform.conftest import NewDeployment
from tests.rehearsal.terraform.driver import CLUSTER, INSTANCES, LOGIN, Deployment

ROWS = 1000


@dataclass
class Recovery:
    """A source with rows, deployed by Terraform, and a copy that was restored beside it."""

    name: str
    deployment: Deployment
    rds: Rds

    @property
    def source(self) -> str:
        return f"{self.name}-1"

    @property
    def copy(self) -> str:
        return f"{self.name}-2"

    def forget_the_source(self) -> None:
        self.deployment.do("state", "rm", CLUSTER, *INSTANCES[:1])

    def adopt_the_copy(self) -> None:
        """As it should be done, but for what a test does wrong."""
        self.forget_the_source()
        self.deployment.do("import", CLUSTER, self.copy)
        self.deployment.do("import", INSTANCES[0], f"{self.copy}-1")

    def refused_for(self, *checks: str) -> None:
        """The plan that is made now is refused for these reasons."""
        judgement = judge_adoption(
            read_plan(self.deployment.planned()),
            Adoption(CLUSTER, self.copy, self.source, own_port=True),
        )
        assert set(checks) <= {finding.check for finding in judgement.findings}

    def rows(self, cluster: str) -> int | None:
        """How many there are in a cluster; None where the table is not."""
        with self.rds.connect(cluster) as connection:
            try:
                (count,) = connection.execute("select count(*) from granules").fetchone() or (None,)
            except psycopg.errors.UndefinedTable:
                return None
        return count

    def snapshots(self) -> list[str]:
        found = self.rds.api.describe_db_cluster_snapshots(SnapshotType="manual")
        names = [one["DBClusterSnapshotIdentifier"] for one in found["DBClusterSnapshots"]]
        return [name for name in names if name.startswith(self.name)]


NewRecovery = Callable[[str], Recovery]


@pytest.fixture
def new_recovery(new_deployment: NewDeployment, rds: Rds) -> NewRecovery:
    def make(name: str) -> Recovery:
        deployment = new_deployment(
            name,
            database_name="core",
            instance_classes=["db.r6g.large"],
            deletion_protection=False,
        )
        deployment.do("apply", "-auto-approve")
        recovery = Recovery(name, deployment, rds)
        with rds.connect(recovery.source) as connection:
            connection.execute(
                f"create table granules as select generate_series(1, {ROWS}) as cumulus_id"
            )
        source = rds.describe(recovery.source)
        groups = [one["VpcSecurityGroupId"] for one in source["VpcSecurityGroups"]]
        rds.restore(
            recovery.source,
            recovery.copy,
            DBSubnetGroupName=f"{name}-subnets",
            VpcSecurityGroupIds=groups,
            DBClusterParameterGroupName=f"{name}-parameters",
        )
        rds.api.create_db_instance(
            DBInstanceIdentifier=f"{recovery.copy}-1",
            DBClusterIdentifier=recovery.copy,
            Engine="aurora-postgresql",
            DBInstanceClass="db.r6g.large",
            PromotionTier=0,
        )
        rds.wait("db_instance_available", DBInstanceIdentifier=f"{recovery.copy}-1")
        assert ROWS == recovery.rows(recovery.copy)
        return recovery

    return make


def test_a_copy_that_is_replaced_is_gone_without_a_final_snapshot(
    new_recovery: NewRecovery,
) -> None:
    """The variables file still names the source: what was just restored is destroyed (R45)."""
    recovery = new_recovery("replaced")
    # The name is free: the source was deleted, which is why one recovers at all.
    recovery.deployment.do("state", "rm", CLUSTER, *INSTANCES[:1])
    delete(recovery.rds, recovery.source)
    recovery.deployment.do("import", CLUSTER, recovery.copy)
    recovery.deployment.do("import", INSTANCES[0], f"{recovery.copy}-1")

    recovery.refused_for("plan.cluster.action")
    recovery.deployment.apply_plan()

    assert recovery.copy not in recovery.rds.names()
    assert [] == recovery.snapshots(), "an import knows of no final snapshot"
    assert recovery.rows(recovery.source) is None, "an empty cluster has taken its place"


def test_a_copy_that_was_not_imported_gets_an_empty_cluster_beside_it(
    new_recovery: NewRecovery,
) -> None:
    """`state rm` and no import: a plan without a single destroy of it (R43, R44)."""
    recovery = new_recovery("beside")
    recovery.forget_the_source()
    recovery.deployment.configure(cluster_identifier="beside-3")

    recovery.refused_for("plan.cluster.action")
    recovery.deployment.apply_plan()

    assert recovery.rows("beside-3") is None
    assert ROWS == recovery.rows(recovery.copy), "restored, proven, and used by nobody"
    assert "beside-3" == login(recovery)["dbClusterIdentifier"], "the application reads this"


def test_a_snapshot_that_is_restored_in_place_restores_nothing(
    new_recovery: NewRecovery,
) -> None:
    """A plan to update the cluster, judged as a restore (R52)."""
    recovery = new_recovery("inplace")
    rds = recovery.rds
    rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier=recovery.source, DBClusterSnapshotIdentifier="inplace-good"
    )
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="inplace-good")
    with rds.connect(recovery.source) as connection:
        connection.execute("delete from granules")
    recovery.deployment.configure(backup_retention_period=8)

    judgement = judge_snapshot_restore(
        read_plan(recovery.deployment.planned()),
        SnapshotRestore(CLUSTER, recovery.source, "inplace-good", None, own_port=True),
    )
    recovery.deployment.apply_plan()

    assert "plan.cluster.action" in {finding.check for finding in judgement.findings}
    assert 0 == recovery.rows(recovery.source)


def test_protection_that_is_taken_off_leaves_nothing_before_the_next_mistake(
    new_recovery: NewRecovery,
) -> None:
    """Protected, a destroy is refused; adopted without, it is done, and no snapshot is left."""
    recovery = new_recovery("unprotected")
    recovery.rds.api.modify_db_cluster(
        DBClusterIdentifier=recovery.copy, DeletionProtection=True, ApplyImmediately=True
    )
    recovery.adopt_the_copy()
    recovery.deployment.configure(cluster_identifier=recovery.copy)
    recovery.deployment.override(
        'resource "aws_rds_cluster" "cumulus" {\n  skip_final_snapshot = true\n}\n'
    )

    recovery.refused_for("plan.cluster.deletion_protection", "plan.cluster.skip_final_snapshot")
    recovery.deployment.apply_plan()
    delete(recovery.rds, recovery.source)
    recovery.deployment.do("destroy", "-auto-approve")

    assert recovery.copy not in recovery.rds.names()
    assert [] == recovery.snapshots()


def test_a_login_that_stays_behind_sends_the_application_to_the_old_cluster(
    new_recovery: NewRecovery,
) -> None:
    """The host in the secret is a text of its own: the plan is short, and the data splits (R47)."""
    recovery = new_recovery("stale")
    old = login(recovery)
    recovery.deployment.override(
        'resource "aws_secretsmanager_secret_version" "rds_login" {\n'
        f"  secret_string = {json.dumps(json.dumps(old))}\n}}\n"
    )
    recovery.adopt_the_copy()
    recovery.deployment.configure(cluster_identifier=recovery.copy)

    recovery.refused_for("plan.secret.dbClusterIdentifier")
    recovery.deployment.apply_plan()
    stored = login(recovery)
    with psycopg.connect(
        host=stored["host"],
        port=stored["port"],
        user=stored["username"],
        password=stored["password"],
        dbname="core",
        autocommit=True,
    ) as application:
        application.execute("insert into granules values (-1)")

    assert ROWS == recovery.rows(recovery.copy)
    assert ROWS + 1 == recovery.rows(recovery.source)


def login(recovery: Recovery) -> dict[str, Any]:
    """What the application finds in the secret that Terraform keeps."""
    secrets = client("secretsmanager", recovery.rds.cloud.endpoint)
    state = recovery.deployment.state()
    (version,) = (one for one in state if one["address"] == LOGIN)
    text = secrets.get_secret_value(SecretId=version["values"]["secret_id"])["SecretString"]
    found: dict[str, Any] = json.loads(text)
    return found


def delete(rds: Rds, cluster: str) -> None:
    """By hand, behind Terraform's back."""
    rds.api.delete_db_instance(DBInstanceIdentifier=f"{cluster}-1", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier=f"{cluster}-1")
    rds.api.delete_db_cluster(DBClusterIdentifier=cluster, SkipFinalSnapshot=True)
    rds.wait("db_cluster_deleted", DBClusterIdentifier=cluster)
