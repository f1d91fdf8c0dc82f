"""Parameter groups that a server does not start with, and those that it must work with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import (
    DATABASE,
    MASTER,
    PASSWORD,
    REGION,
    Rds,
    refused,
    wait_until,
)
from tests.rehearsal.rds.groups import instance, modify, of_clusters, of_instances, value

STATES = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html"
TOO_MANY = value("max_locks_per_transaction", "2147483647", "pending-reboot")
"""More than any shared memory holds."""


def locks(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    row = connection.execute("show max_locks_per_transaction").fetchone()
    assert row is not None
    return str(row[0])


def reboot(rds: Rds, name: str) -> None:
    rds.api.reboot_db_instance(DBInstanceIdentifier=name)
    rds.wait("db_instance_available", DBInstanceIdentifier=name)


@pytest.fixture(scope="module")
def single(rds: Rds) -> Iterator[str]:
    """A single instance with a parameter group of its own."""
    of_instances(rds, "of-the-blocked", "postgres")
    rds.api.create_db_instance(
        DBInstanceIdentifier="blocked",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        DBName=DATABASE,
        DBParameterGroupName="of-the-blocked",
    )
    rds.wait("db_instance_available", DBInstanceIdentifier="blocked")
    yield "blocked"
    rds.api.delete_db_instance(DBInstanceIdentifier="blocked", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="blocked")
    rds.api.delete_db_parameter_group(DBParameterGroupName="of-the-blocked")


def ask_single(rds: Rds) -> str:
    endpoint = instance(rds, "blocked")["Endpoint"]
    with psycopg.connect(
        host=endpoint["Address"],
        port=endpoint["Port"],
        user=MASTER,
        password=PASSWORD,
        dbname=DATABASE,
    ) as connection:
        return locks(connection)


@documented(
    "rds",
    "RebootDBInstance",
    "With parameters that the server does not start with it is incompatible-parameters: they are "
    "mended, and it is rebooted",
    STATES,
)
def test_parameters_that_the_server_does_not_start_with(rds: Rds, single: str) -> None:
    change, reset = rds.api.modify_db_parameter_group, rds.api.reset_db_parameter_group
    change(
        DBParameterGroupName="of-the-blocked",
        Parameters=[TOO_MANY],
    )
    rds.api.reboot_db_instance(DBInstanceIdentifier=single)
    wait_until(lambda: instance(rds, single)["DBInstanceStatus"] == "incompatible-parameters")
    refused(
        "InvalidDBInstanceState",
        rds.api.modify_db_instance,
        DBInstanceIdentifier=single,
        BackupRetentionPeriod=2,
    )
    reset(DBParameterGroupName="of-the-blocked", ResetAllParameters=True)
    reboot(rds, single)
    assert "64" == ask_single(rds)


@documented(
    "rds",
    "RebootDBInstance",
    "An instance of a cluster is incompatible-parameters, the cluster available",
    STATES,
)
def test_parameters_that_a_clusters_server_does_not_start_with(
    rds: Rds, new_name: Callable[[], str]
) -> None:
    name = new_name()
    group = of_clusters(rds, "too-many-locks", TOO_MANY)
    rds.create(name, DBClusterParameterGroupName=group)
    rds.api.create_db_instance(
        DBInstanceIdentifier=f"{name}-1",
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    wait_until(lambda: instance(rds, f"{name}-1")["DBInstanceStatus"] == "incompatible-parameters")
    assert "available" == rds.describe(name)["Status"]
    assert "parameter groups" in str(rds.cloud.control.cluster(REGION, name).error)
    modify(rds, group, value("max_locks_per_transaction", "100", "pending-reboot"))
    reboot(rds, f"{name}-1")
    with rds.connect(name) as connection:
        assert "100" == locks(connection)


@documented(
    "rds",
    "StartDBCluster",
    "The same after a stop; an instance that does not start can be deleted",
    STATES,
)
def test_a_start_with_parameters_that_are_incompatible(
    rds: Rds, new_name: Callable[[], str]
) -> None:
    name = new_name()
    group = of_clusters(rds, "too-many-later")
    rds.create(name, DBClusterParameterGroupName=group)
    rds.create_instance(name)
    modify(rds, group, TOO_MANY)
    rds.api.stop_db_cluster(DBClusterIdentifier=name)
    wait_until(lambda: rds.describe(name)["Status"] == "stopped")
    rds.api.start_db_cluster(DBClusterIdentifier=name)
    wait_until(lambda: instance(rds, f"{name}-1")["DBInstanceStatus"] == "incompatible-parameters")
    assert "available" == rds.describe(name)["Status"]
    rds.delete(name)
    assert name not in rds.names()


HOSTILE = {
    "default_table_access_method": "nowhere",
    "default_tablespace": "nowhere",
    "default_transaction_deferrable": "1",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "1",
    "idle_in_transaction_session_timeout": "1",
    "idle_session_timeout": "1",
    "lock_timeout": "1",
    "log_min_messages": "panic",
    "search_path": "nowhere",
    "session_replication_role": "replica",
    "standard_conforming_strings": "0",
    "statement_timeout": "1",
    "temp_file_limit": "0",
}
HOSTILE_STATIC = {
    "max_connections": "6",
    "max_replication_slots": "0",
    "max_wal_senders": "0",
    "max_worker_processes": "0",
    "superuser_reserved_connections": "5",
}


def test_no_parameter_keeps_rds_from_its_work(rds: Rds, new_name: Callable[[], str]) -> None:
    """What a group says to everybody must not end backups, restores and resets of passwords."""
    of_clusters(
        rds,
        "hostile",
        *(value(name, text) for name, text in HOSTILE.items()),
        *(value(name, text, "pending-reboot") for name, text in HOSTILE_STATIC.items()),
    )
    source, copy = new_name(), new_name()
    rds.create(source, DBClusterParameterGroupName="hostile")
    rds.create_instance(source)
    rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier=source, DBClusterSnapshotIdentifier="of-the-hostile"
    )
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="of-the-hostile")
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="of-the-hostile")
    rds.api.modify_db_cluster(
        DBClusterIdentifier=source, MasterUserPassword="another-pass-word", ApplyImmediately=True
    )
    rds.wait("db_cluster_available", DBClusterIdentifier=source)
    rds.restore(source, copy, DBClusterParameterGroupName="hostile")
    rds.create_instance(copy)
    rds.connect(copy, password="another-pass-word").close()
    assert rds.cloud.control.cluster(REGION, source).error is None
