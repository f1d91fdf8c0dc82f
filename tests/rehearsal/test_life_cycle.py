"""A cluster from its creation to its end, as a client of RDS sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import (
    DATABASE,
    ENGINE,
    MASTER,
    PASSWORD,
    REGION,
    Rds,
    answers,
    refused,
    wait_until,
)

NewName = Callable[[], str]


@documented(
    "rds",
    "CreateDBCluster",
    "A cluster is creating until it can be used",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html",
)
def test_a_cluster_is_creating_until_postgres_is_there(rds: Rds, new_name: NewName) -> None:
    """R30. It is not available because somebody looked twice, as moto's is."""
    name = new_name()
    rds.api.create_db_cluster(
        DBClusterIdentifier=name,
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
    )

    looks = [rds.describe(name) for _ in range(3)]
    assert {"creating"} == {look["Status"] for look in looks}
    assert all("EarliestRestorableTime" not in look for look in looks)

    rds.wait("db_cluster_available", DBClusterIdentifier=name)
    assert rds.describe(name)["EarliestRestorableTime"]


def test_the_version_described_is_the_servers(rds: Rds, source: Source) -> None:
    described = rds.describe(source.name)["EngineVersion"]
    with rds.connect(source.name) as connection:
        row = connection.execute("show server_version").fetchone()

    assert row is not None
    assert described == row[0].split()[0]


@documented(
    "rds",
    "CreateDBCluster",
    "A version that cannot be had is refused",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
)
def test_a_version_of_the_same_major_is_accepted_and_another_refused(
    rds: Rds, source: Source, spare: str
) -> None:
    real = rds.describe(source.name)["EngineVersion"]
    assert real == rds.describe(spare)["EngineVersion"]

    message = refused(
        "InvalidParameterCombination",
        rds.api.create_db_cluster,
        DBClusterIdentifier="another",
        Engine=ENGINE,
        EngineVersion="9.6.22",
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
    )
    assert real in message


@documented(
    "rds",
    "CreateDBInstance",
    "A cluster without an instance has an endpoint and answers nobody",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.CreateInstance.html",
)
def test_nothing_listens_until_an_instance_exists(rds: Rds, new_name: NewName) -> None:
    """R33. The endpoint is described all the same, and stays what it is."""
    name = new_name()
    rds.create(name)
    port = rds.describe(name)["Port"]
    assert not answers(port)
    with pytest.raises(psycopg.OperationalError, match="refused"):
        rds.connect(name)

    rds.create_instance(name)
    with rds.connect(name) as connection:
        assert (DATABASE,) == connection.execute("select current_database()").fetchone()
    assert port == rds.describe(name)["Port"]

    rds.api.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier=f"{name}-1")
    assert not answers(port)
    assert [] == rds.describe(name)["DBClusterMembers"]


@documented(
    "rds",
    "DeleteDBInstance",
    "When the writer goes a reader takes over",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html",
)
def test_a_second_instance_keeps_the_server_when_the_first_goes(
    rds: Rds, new_name: NewName
) -> None:
    name = new_name()
    rds.create(name)
    rds.create_instance(name, f"{name}-1")
    rds.create_instance(name, f"{name}-2")
    with rds.connect(name) as connection:
        rds.api.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
        rds.wait("db_instance_deleted", DBInstanceIdentifier=f"{name}-1")
        assert (1,) == connection.execute("select 1").fetchone()

    members = rds.describe(name)["DBClusterMembers"]
    assert [(f"{name}-2", True)] == [
        (member["DBInstanceIdentifier"], member["IsClusterWriter"]) for member in members
    ]


def test_an_instance_deleted_while_it_is_created_leaves_nothing_listening(
    rds: Rds, new_name: NewName
) -> None:
    name = new_name()
    rds.create(name)
    rds.api.create_db_instance(
        DBInstanceIdentifier=f"{name}-1",
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine=ENGINE,
    )
    rds.api.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier=f"{name}-1")

    assert not rds.cloud.control.cluster(REGION, name).running


def test_a_cluster_deleted_while_it_is_created_is_never_available(
    rds: Rds, new_name: NewName
) -> None:
    name = new_name()
    rds.api.create_db_cluster(
        DBClusterIdentifier=name,
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
    )
    rds.api.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    seen: set[str] = set()

    def gone() -> bool:
        found = rds.api.describe_db_clusters(Filters=[{"Name": "db-cluster-id", "Values": [name]}])[
            "DBClusters"
        ]
        seen.update(cluster["Status"] for cluster in found)
        return not found

    wait_until(gone)
    assert {"deleting"} == seen


@documented(
    "rds",
    "CreateDBCluster",
    "Serverless v1 answers without an instance, and can have none",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless.html",
)
def test_a_serverless_cluster_answers_without_an_instance(rds: Rds, new_name: NewName) -> None:
    """The founding document's kind of cluster, which cannot have instances."""
    name, copy = new_name(), new_name()
    rds.create(name, EngineMode="serverless")
    with rds.connect(name) as connection:
        connection.execute("create table marks (mark int)")
    refused(
        "InvalidParameterValue",
        rds.api.create_db_instance,
        DBInstanceIdentifier="unwanted",
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine=ENGINE,
    )

    rds.restore(name, copy)
    with rds.connect(copy) as connection:
        assert [] == connection.execute("table marks").fetchall()


def test_an_instance_answers_where_it_says(rds: Rds, source: Source) -> None:
    instances = rds.api.describe_db_instances(DBInstanceIdentifier=f"{source.name}-1")
    instance = instances["DBInstances"][0]
    cluster = rds.describe(source.name)

    assert (cluster["Endpoint"], cluster["Port"]) == (
        instance["Endpoint"]["Address"],
        instance["Endpoint"]["Port"],
    )
    assert "available" == instance["DBInstanceStatus"]
    assert answers(instance["Endpoint"]["Port"])


@documented(
    "rds",
    "CreateDBCluster",
    "The master user is a member of rds_superuser, and no superuser",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html",
)
def test_the_master_user_is_no_superuser_but_may_administer(rds: Rds, source: Source) -> None:
    """R17 needs pg_signal_backend. A superuser would walk past the fence that a drill tests."""
    with rds.connect(source.name) as connection:
        attributes = connection.execute(
            "select rolsuper, rolcreatedb, rolcreaterole, rolcanlogin from pg_roles"
            " where rolname = current_user"
        ).fetchone()
        memberships = connection.execute(
            "select role, pg_has_role(current_user, role, 'usage') from unnest(array"
            "['rds_superuser', 'pg_monitor', 'pg_signal_backend']) role"
        ).fetchall()
        superusers = connection.execute("select rolname from pg_roles where rolsuper").fetchall()
        owner = connection.execute(
            "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
        ).fetchone()

    assert (False, True, True, True) == attributes
    assert all(has for _, has in memberships), memberships
    assert [("rdsadmin",)] == superusers
    assert (MASTER,) == owner


def test_the_superuser_cannot_log_in_over_tcp(rds: Rds, source: Source) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        rds.connect(source.name, user="rdsadmin", password=PASSWORD)


def test_a_wrong_password_is_refused(rds: Rds, source: Source) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        rds.connect(source.name, password="wrong")


def test_the_server_is_set_up_as_aurora(rds: Rds, source: Source) -> None:
    settings = ("archive_mode", "wal_level", "track_commit_timestamp", "data_checksums")
    with rds.connect(source.name) as connection:
        shown = {}
        for name in settings:
            row = connection.execute("select current_setting(%s)", [name]).fetchone()
            assert row is not None
            shown[name] = row[0]

    assert {
        "archive_mode": "on",
        "wal_level": "logical",
        "track_commit_timestamp": "on",
        "data_checksums": "on",
    } == shown


def test_two_clusters_have_identifiers_of_their_own(rds: Rds, source: Source, spare: str) -> None:
    """Clones of one initdb could not be told apart after a restore (row 26)."""
    control = rds.cloud.control

    identifiers = {
        backup.system_identifier
        for cluster in (source.name, spare)
        for backup in control.cluster(REGION, cluster).backups
    }
    assert 2 == len(identifiers)


@documented(
    "rds",
    "DeleteDBCluster",
    "A deleted cluster is deleting, then gone, and its name is free",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBCluster.html",
)
def test_a_deleted_cluster_leaves_nothing_and_its_name_is_free(rds: Rds, new_name: NewName) -> None:
    """moto's automatic snapshots, named to the minute, stand in the way of the name."""
    name = new_name()
    rds.create(name)
    rds.create_instance(name)
    facts = rds.cloud.control.cluster(REGION, name)
    pid = int((facts.data / "postmaster.pid").read_text().split()[0])

    rds.delete(name)

    assert not facts.data.parent.parent.exists()
    assert not Path(f"/proc/{pid}").exists()
    assert not answers(facts.port)
    assert name not in rds.names()

    rds.create(name)
    assert "available" == rds.describe(name)["Status"]


@documented(
    "rds",
    "DescribeDBClusters",
    "What cannot be made is failed, and can be deleted",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html",
)
def test_a_cluster_that_postgres_cannot_make_is_failed_and_says_why(
    rds: Rds, new_name: NewName
) -> None:
    """The reason is in the control API and the cloud's log; the cluster can still be deleted."""
    name = new_name()
    rds.create(name)
    facts = rds.cloud.control.cluster(REGION, name)
    (facts.archive).chmod(0o000)
    (facts.backups[0].folder / "backup_label").unlink()
    copy = new_name()
    rds.api.restore_db_cluster_to_point_in_time(
        SourceDBClusterIdentifier=name, DBClusterIdentifier=copy, UseLatestRestorableTime=True
    )

    wait_until(lambda: rds.describe(copy)["Status"] == "failed")
    error = rds.cloud.control.cluster(REGION, copy).error
    assert error is not None
    assert error.startswith("restore: ")
    rds.delete(copy)


def test_filters_choose_clusters(rds: Rds, source: Source) -> None:
    def found(value: str) -> list[str]:
        clusters = rds.api.describe_db_clusters(
            Filters=[{"Name": "db-cluster-id", "Values": [value]}]
        )
        return [cluster["DBClusterIdentifier"] for cluster in clusters["DBClusters"]]

    assert [source.name] == found(source.name)
    assert [source.name] == found(rds.describe(source.name)["DBClusterArn"])
    assert [] == found("nobody")


def test_automated_backups_are_described(rds: Rds, source: Source) -> None:
    """R1, R2. An action that moto lacks."""
    cluster = rds.describe(source.name)
    backups = rds.api.describe_db_cluster_automated_backups(DBClusterIdentifier=source.name)

    (backup,) = backups["DBClusterAutomatedBackups"]
    assert cluster["DbClusterResourceId"] == backup["DbClusterResourceId"]
    assert cluster["EarliestRestorableTime"] == backup["RestoreWindow"]["EarliestTime"]
    assert 7 == backup["BackupRetentionPeriod"]
    assert "active" == backup["Status"]
