"""When a value of a parameter group is in force in the servers that use the group."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import (
    DATABASE,
    MASTER,
    PASSWORD,
    Rds,
    refused,
    wait_until,
)
from tests.rehearsal.rds.groups import (
    API,
    GUIDE,
    instance,
    modify,
    of_clusters,
    of_instances,
    value,
)

INSTANCES = (
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html"
)

Show = Callable[[str], str]


@pytest.fixture(scope="module")
def group(rds: Rds) -> Iterator[str]:
    """A cluster parameter group that `grouped` uses, with an instance."""
    of_clusters(rds, "tuned-by-tests")
    rds.create("grouped", DBClusterParameterGroupName="tuned-by-tests")
    rds.create_instance("grouped")
    yield "tuned-by-tests"
    rds.delete("grouped")
    rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="tuned-by-tests")


@pytest.fixture
def show(rds: Rds) -> Show:
    """What the server of `grouped` says of a setting."""

    def ask(name: str) -> str:
        with rds.connect("grouped") as connection:
            return setting(connection, name)

    return ask


def setting(connection: psycopg.Connection[tuple[object, ...]], name: str) -> str:
    row = connection.execute("select current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def status(rds: Rds) -> str:
    (member,) = rds.describe("grouped")["DBClusterMembers"]
    return str(member["DBClusterParameterGroupStatus"])


@documented(
    "rds",
    "ModifyDBClusterParameterGroup",
    "A dynamic parameter with the method immediate is in force at once",
    GUIDE,
)
def test_a_dynamic_parameter_is_in_force_at_once(rds: Rds, group: str, show: Show) -> None:
    modify(rds, group, value("work_mem", "8192"))
    wait_until(lambda: show("work_mem") == "8MB")
    assert "in-sync" == status(rds)


@documented(
    "rds",
    "RebootDBInstance",
    "A static parameter waits, shown as pending-reboot, until the instance is rebooted",
    GUIDE,
)
def test_a_static_parameter_waits_for_a_reboot(rds: Rds, group: str, show: Show) -> None:
    before = show("max_connections")
    modify(rds, group, value("max_connections", "77", "pending-reboot"))
    assert "pending-reboot" == status(rds)
    assert before == show("max_connections")

    rds.api.reboot_db_instance(DBInstanceIdentifier="grouped-1")
    rds.wait("db_instance_available", DBInstanceIdentifier="grouped-1")
    assert "77" == show("max_connections")
    assert "in-sync" == status(rds)


@documented(
    "rds",
    "ResetDBClusterParameterGroup",
    "A reset parameter has the engine's default again",
    API.format("ResetDBClusterParameterGroup"),
)
def test_a_parameter_is_reset(rds: Rds, group: str, show: Show) -> None:
    modify(rds, group, value("statement_timeout", "60000"))
    wait_until(lambda: show("statement_timeout") == "1min")
    rds.api.reset_db_cluster_parameter_group(
        DBClusterParameterGroupName=group,
        Parameters=[{"ParameterName": "statement_timeout", "ApplyMethod": "immediate"}],
    )
    wait_until(lambda: show("statement_timeout") == "0")


@documented(
    "rds",
    "ModifyDBClusterParameterGroup",
    "A dynamic parameter with the method pending-reboot waits too",
    API.format("ModifyDBClusterParameterGroup"),
)
def test_a_dynamic_parameter_can_wait_for_a_reboot(rds: Rds, group: str, show: Show) -> None:
    before = show("deadlock_timeout")
    modify(rds, group, value("deadlock_timeout", "2500", "pending-reboot"))
    assert "pending-reboot" == status(rds)
    modify(rds, group, value("commit_delay", "10"))
    wait_until(lambda: show("commit_delay") == "10")
    assert before == show("deadlock_timeout")

    reboot(rds, "grouped-1")
    assert "2500ms" == show("deadlock_timeout")
    assert "in-sync" == status(rds)


@documented(
    "rds",
    "ResetDBClusterParameterGroup",
    "A parameter that is reset with pending-reboot keeps its value until the reboot",
    API.format("ResetDBClusterParameterGroup"),
)
def test_a_reset_can_wait_for_a_reboot(rds: Rds, group: str, show: Show) -> None:
    modify(rds, group, value("lock_timeout", "3000"))
    wait_until(lambda: show("lock_timeout") == "3s")
    rds.api.reset_db_cluster_parameter_group(
        DBClusterParameterGroupName=group,
        Parameters=[{"ParameterName": "lock_timeout", "ApplyMethod": "pending-reboot"}],
    )
    assert "pending-reboot" == status(rds)
    assert "3s" == show("lock_timeout")
    reboot(rds, "grouped-1")
    assert "0" == show("lock_timeout")


@documented(
    "rds",
    "ResetDBClusterParameterGroup",
    "Of a whole group the dynamic parameters are reset at once, the static ones wait",
    API.format("ResetDBClusterParameterGroup"),
)
def test_a_whole_group_is_reset(rds: Rds, group: str, show: Show) -> None:
    modify(
        rds,
        group,
        value("max_prepared_transactions", "7", "pending-reboot"),
        value("statement_timeout", "50000"),
    )
    reboot(rds, "grouped-1")
    assert ("7", "50s") == (show("max_prepared_transactions"), show("statement_timeout"))
    reset = rds.api.reset_db_cluster_parameter_group
    reset(DBClusterParameterGroupName=group, ResetAllParameters=True)
    wait_until(lambda: show("statement_timeout") == "0")
    assert "7" == show("max_prepared_transactions")
    assert "pending-reboot" == status(rds)
    reboot(rds, "grouped-1")
    assert "0" == show("max_prepared_transactions")
    refused(
        "InvalidParameterCombination",
        reset,
        DBClusterParameterGroupName=group,
        ResetAllParameters=True,
        Parameters=[{"ParameterName": "jit", "ApplyMethod": "immediate"}],
    )


def reboot(rds: Rds, name: str) -> None:
    rds.api.reboot_db_instance(DBInstanceIdentifier=name)
    rds.wait("db_instance_available", DBInstanceIdentifier=name)


@documented(
    "rds",
    "ModifyDBCluster",
    "Another cluster parameter group is in force once the instances are rebooted",
    GUIDE,
)
def test_another_group_waits_for_a_reboot(rds: Rds, group: str, show: Show) -> None:
    before = show("work_mem")
    of_clusters(rds, "another", value("work_mem", "12288"))
    rds.api.modify_db_cluster(
        DBClusterIdentifier="grouped", DBClusterParameterGroupName="another", ApplyImmediately=True
    )
    assert ("another", "pending-reboot") == (
        rds.describe("grouped")["DBClusterParameterGroup"],
        status(rds),
    )
    assert before == show("work_mem")
    reboot(rds, "grouped-1")
    assert ("12MB", "in-sync") == (show("work_mem"), status(rds))

    rds.api.modify_db_cluster(DBClusterIdentifier="grouped", DBClusterParameterGroupName=group)
    reboot(rds, "grouped-1")
    rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="another")


@documented(
    "rds",
    "StartDBCluster",
    "A static parameter is in force after a stop and a start",
    GUIDE,
)
def test_a_start_is_a_reboot_too(rds: Rds, group: str, show: Show) -> None:
    modify(rds, group, value("max_locks_per_transaction", "99", "pending-reboot"))
    rds.api.stop_db_cluster(DBClusterIdentifier="grouped")
    wait_until(lambda: rds.describe("grouped")["Status"] == "stopped")
    rds.api.start_db_cluster(DBClusterIdentifier="grouped")
    rds.wait("db_instance_available", DBInstanceIdentifier="grouped-1")
    assert ("99", "in-sync") == (show("max_locks_per_transaction"), status(rds))


@documented(
    "rds",
    "ModifyDBParameterGroup",
    "An instance's own group overrides its cluster's",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithDBClusterParamGroups.html",
)
def test_an_instances_group_overrides_its_clusters(rds: Rds, group: str, show: Show) -> None:
    of_instances(rds, "of-the-member", "aurora-postgresql", value("work_mem", "16384"))
    modify(rds, group, value("work_mem", "8192"), value("maintenance_work_mem", "32768"))
    rds.api.modify_db_instance(
        DBInstanceIdentifier="grouped-1", DBParameterGroupName="of-the-member"
    )
    (shown,) = instance(rds, "grouped-1")["DBParameterGroups"]
    assert {
        "DBParameterGroupName": "of-the-member",
        "ParameterApplyStatus": "pending-reboot",
    } == shown
    reboot(rds, "grouped-1")
    assert ("16MB", "32MB") == (show("work_mem"), show("maintenance_work_mem"))

    rds.api.modify_db_parameter_group(
        DBParameterGroupName="of-the-member", Parameters=[value("work_mem", "20480")]
    )
    wait_until(lambda: show("work_mem") == "20MB")
    modify(rds, group, value("work_mem", "8192"))
    assert "20MB" == show("work_mem")


@pytest.fixture(scope="module")
def single(rds: Rds) -> Iterator[str]:
    """A single instance with a parameter group of its own."""
    of_instances(rds, "of-the-single", "postgres", value("work_mem", "8192"))
    rds.api.create_db_instance(
        DBInstanceIdentifier="lonely",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        DBName=DATABASE,
        DBParameterGroupName="of-the-single",
    )
    rds.wait("db_instance_available", DBInstanceIdentifier="lonely")
    yield "lonely"
    rds.api.delete_db_instance(DBInstanceIdentifier="lonely", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="lonely")
    rds.api.delete_db_parameter_group(DBParameterGroupName="of-the-single")


def ask_single(rds: Rds, name: str) -> str:
    endpoint = instance(rds, "lonely")["Endpoint"]
    with psycopg.connect(
        host=endpoint["Address"],
        port=endpoint["Port"],
        user=MASTER,
        password=PASSWORD,
        dbname=DATABASE,
    ) as connection:
        return setting(connection, name)


@documented(
    "rds",
    "CreateDBInstance",
    "A single instance starts with its parameter group, and a change reaches it",
    INSTANCES,
)
def test_a_single_instances_group_reaches_it(rds: Rds, single: str) -> None:
    assert "8MB" == ask_single(rds, "work_mem")
    change = rds.api.modify_db_parameter_group
    change(DBParameterGroupName="of-the-single", Parameters=[value("work_mem", "4096")])
    wait_until(lambda: ask_single(rds, "work_mem") == "4MB")
    change(
        DBParameterGroupName="of-the-single",
        Parameters=[value("max_connections", "66", "pending-reboot")],
    )
    (shown,) = instance(rds, single)["DBParameterGroups"]
    assert "pending-reboot" == shown["ParameterApplyStatus"]
    reboot(rds, single)
    assert "66" == ask_single(rds, "max_connections")
