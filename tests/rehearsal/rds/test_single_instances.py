"""Single DB instances: a Postgres each, from creation to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import (
    MASTER,
    PASSWORD,
    REGION,
    Rds,
    answers,
    next_whole_second,
    refused,
    wait_until,
)

API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/{}.html"

REQUEST = {
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "postgres",
    "AllocatedStorage": 20,
    "MasterUsername": MASTER,
    "MasterUserPassword": PASSWORD,
    "DBName": "core",
}


@dataclass(frozen=True)
class Instances:
    """Single instances of one cloud, with the waiting that every caller needs."""

    rds: Rds

    def describe(self, name: str) -> dict[str, Any]:
        found = self.rds.api.describe_db_instances(DBInstanceIdentifier=name)
        instance: dict[str, Any] = found["DBInstances"][0]
        return instance

    def wait(self, name: str, state: str = "available") -> None:
        wait_until(lambda: self.describe(name)["DBInstanceStatus"] in (state, "failed"))
        facts = self.rds.cloud.control.instance(REGION, name)
        assert state == self.describe(name)["DBInstanceStatus"], facts.error

    def create(self, name: str, **settings: Any) -> None:
        self.rds.api.create_db_instance(**{**REQUEST, "DBInstanceIdentifier": name, **settings})
        self.wait(name)

    def restore(self, source: str, name: str, to: datetime | None = None, **also: Any) -> None:
        when: dict[str, Any] = (
            {"UseLatestRestorableTime": True} if to is None else {"RestoreTime": to}
        )
        self.rds.api.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=source, TargetDBInstanceIdentifier=name, **when, **also
        )
        self.wait(name)

    def delete(self, name: str) -> None:
        self.rds.api.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        self.rds.wait("db_instance_deleted", DBInstanceIdentifier=name)

    def connect(self, name: str, password: str = PASSWORD) -> psycopg.Connection[tuple[Any, ...]]:
        endpoint = self.describe(name)["Endpoint"]
        return psycopg.connect(
            host=endpoint["Address"],
            port=endpoint["Port"],
            user=MASTER,
            password=password,
            dbname="core",
            autocommit=True,
            connect_timeout=10,
        )

    def marks(self, name: str) -> list[int]:
        with self.connect(name) as connection:
            return [mark for (mark,) in connection.execute("select mark from marks order by 1")]


@dataclass(frozen=True)
class Lone:
    """An instance with row 1 at `good` and row 2 later."""

    name: str
    good: datetime


@pytest.fixture(scope="module")
def db(rds: Rds) -> Instances:
    return Instances(rds)


@pytest.fixture(scope="module")
def lone(db: Instances) -> Iterator[Lone]:
    """In it every setting that a restore resets differs from its default."""
    db.create(
        "lone",
        BackupRetentionPeriod=7,
        CopyTagsToSnapshot=True,
        DeletionProtection=True,
        EnableCloudwatchLogsExports=["postgresql"],
        EnableIAMDatabaseAuthentication=True,
        PreferredBackupWindow="03:00-03:30",
        StorageType="gp2",
        Tags=[{"Key": "team", "Value": "core"}],
    )
    with db.connect("lone") as connection:
        connection.execute("create table marks (mark int)")
        connection.execute("insert into marks values (1)")
        good = next_whole_second(connection)
        connection.execute("insert into marks values (2)")
    yield Lone("lone", good)
    db.rds.api.modify_db_instance(DBInstanceIdentifier="lone", DeletionProtection=False)
    db.delete("lone")


@pytest.fixture
def new_instance(db: Instances) -> Iterator[Callable[[str], str]]:
    """Names for instances that are deleted after the test."""
    given: list[str] = []

    def name(what: str) -> str:
        given.append(f"lone-{what}")
        return given[-1]

    yield name
    there = {one["DBInstanceIdentifier"] for one in all_instances(db)}
    for mine in given:
        if mine in there:
            db.delete(mine)


def all_instances(db: Instances) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = db.rds.api.describe_db_instances()["DBInstances"]
    return found


NewInstance = Callable[[str], str]


@documented(
    "rds",
    "CreateDBInstance",
    "An instance is creating, without an endpoint, then available and answers",
    GUIDE.format("accessing-monitoring"),
)
def test_an_instance_answers_once_it_is_available(db: Instances, new_instance: NewInstance) -> None:
    name = new_instance("new")
    db.rds.api.create_db_instance(**{**REQUEST, "DBInstanceIdentifier": name})
    first = db.describe(name)
    assert "creating" == first["DBInstanceStatus"]
    assert "Endpoint" not in first
    db.rds.wait("db_instance_available", DBInstanceIdentifier=name)

    with db.connect(name) as connection:
        assert (MASTER,) == connection.execute("select current_user").fetchone()
        assert (False,) == connection.execute(
            "select rolsuper from pg_roles where rolname = current_user"
        ).fetchone()


@documented(
    "rds",
    "DescribeDBInstances",
    "A single instance has a latest restorable time, and no cluster",
    API.format("DBInstance"),
)
def test_a_single_instance_is_described(db: Instances, lone: Lone) -> None:
    described = db.describe(lone.name)
    assert "LatestRestorableTime" in described
    assert "DBClusterIdentifier" not in described
    assert "core" == described["DBName"]
    assert described["DbiResourceId"].startswith("db-")
    assert 20 == described["AllocatedStorage"]
    assert "default" == described["DBSubnetGroup"]["DBSubnetGroupName"]
    with db.connect(lone.name) as connection:
        row = connection.execute("show server_version").fetchone()
    assert row is not None
    assert described["EngineVersion"] == row[0].split()[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"AllocatedStorage": None}, "InvalidParameterCombination"),
        ({"AllocatedStorage": 5}, "InvalidParameterValue"),
        ({"AllocatedStorage": 70000}, "InvalidParameterValue"),
        ({"StorageType": "tape"}, "InvalidParameterValue"),
        ({"StorageType": "io1", "AllocatedStorage": 100}, "InvalidParameterCombination"),
        ({"StorageType": "gp2", "Iops": 3000}, "InvalidParameterCombination"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue"),
        ({"BackupRetentionPeriod": -1}, "InvalidParameterValue"),
        ({"DBInstanceClass": "large"}, "InvalidParameterValue"),
        ({"MasterUsername": None}, "InvalidParameterValue"),
        ({"MasterUsername": "rdsadmin"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "with a space"}, "InvalidParameterValue"),
        ({"DBName": "9lives"}, "InvalidParameterValue"),
        ({"PreferredBackupWindow": "soon"}, "InvalidParameterValue"),
        ({"PreferredBackupWindow": "03:00-03:10"}, "InvalidParameterValue"),
        ({"PreferredMaintenanceWindow": "xyz:00:00-xyz:01:00"}, "InvalidParameterValue"),
        (
            {
                "PreferredBackupWindow": "05:00-05:30",
                "PreferredMaintenanceWindow": "sun:05:15-sun:05:45",
            },
            "InvalidParameterCombination",
        ),
        ({"MultiAZ": True, "AvailabilityZone": "us-east-1a"}, "InvalidParameterCombination"),
        ({"EnableCloudwatchLogsExports": ["audit"]}, "InvalidParameterCombination"),
        ({"EngineVersion": "9.6"}, "InvalidParameterCombination"),
        ({"DBParameterGroupName": "nobody"}, "DBParameterGroupNotFound"),
        ({"DBSubnetGroupName": "nobody"}, "DBSubnetGroupNotFoundFault"),
        ({"VpcSecurityGroupIds": ["sg-0nobody"]}, "InvalidParameterValue"),
        ({"DBInstanceIdentifier": "no_good"}, "InvalidParameterValue"),
        ({"DBInstanceIdentifier": "LONE"}, "DBInstanceAlreadyExists"),
        ({"MaxAllocatedStorage": 10}, "InvalidParameterCombination"),
        ({"Engine": "oracle-ee"}, "NotImplemented"),
    ],
)
@documented(
    "rds",
    "CreateDBInstance",
    "What cannot be is refused, and makes nothing",
    API.format("CreateDBInstance"),
)
@pytest.mark.usefixtures("lone")
def test_an_instance_that_cannot_be(db: Instances, change: dict[str, Any], code: str) -> None:
    before = len(all_instances(db))
    request = {**REQUEST, "DBInstanceIdentifier": "unwanted", **change}
    message = refused(
        code,
        db.rds.api.create_db_instance,
        **{name: value for name, value in request.items() if value is not None},
    )
    assert PASSWORD not in message
    assert before == len(all_instances(db))


@documented(
    "rds",
    "RestoreDBInstanceToPointInTime",
    "The copy has the data as of the time, answers, and can be restored in turn",
    GUIDE.format("USER_PIT"),
)
def test_an_instance_is_restored_to_a_point_in_time(
    db: Instances, lone: Lone, new_instance: NewInstance
) -> None:
    """R23."""
    copy, again = new_instance("copy"), new_instance("again")
    db.restore(lone.name, copy, lone.good)
    assert [1] == db.marks(copy)
    with db.connect(copy) as connection:
        connection.execute("insert into marks values (10)")
        later = next_whole_second(connection)
    db.restore(copy, again, later)
    assert [1, 10] == db.marks(again)
    assert [1, 2] == db.marks(lone.name)


@pytest.fixture(scope="module")
def bare_copy(db: Instances, lone: Lone) -> Iterator[dict[str, Any]]:
    """Restored to the latest time, of which nothing was said but the names."""
    db.restore(lone.name, "lone-bare")
    yield db.describe("lone-bare")
    db.delete("lone-bare")


RESET = {
    "CopyTagsToSnapshot": False,
    "DeletionProtection": False,
    "EnabledCloudwatchLogsExports": None,
    "IAMDatabaseAuthenticationEnabled": False,
    "StorageType": "gp3",
    "TagList": [],
}
KEPT = ("AllocatedStorage", "DBInstanceClass", "DBName", "Engine", "MasterUsername")


@pytest.mark.parametrize("setting", RESET)
@documented(
    "rds",
    "RestoreDBInstanceToPointInTime",
    "A setting that the request does not say is the default's",
    API.format("RestoreDBInstanceToPointInTime"),
)
def test_a_setting_not_said_is_reset(
    db: Instances, lone: Lone, bare_copy: dict[str, Any], setting: str
) -> None:
    assert RESET[setting] != db.describe(lone.name)[setting]
    assert RESET[setting] == bare_copy.get(setting)


@pytest.mark.parametrize("setting", KEPT)
@documented(
    "rds",
    "RestoreDBInstanceToPointInTime",
    "Class, size, engine and master user are the source's",
    API.format("RestoreDBInstanceToPointInTime"),
)
def test_a_setting_of_the_source_is_kept(
    db: Instances, lone: Lone, bare_copy: dict[str, Any], setting: str
) -> None:
    assert db.describe(lone.name)[setting] == bare_copy[setting]


@documented(
    "rds",
    "RestoreDBInstanceToPointInTime",
    "Source and time are checked before anything is made",
    API.format("RestoreDBInstanceToPointInTime"),
)
def test_a_restore_that_cannot_be(db: Instances, lone: Lone) -> None:
    good = {
        "SourceDBInstanceIdentifier": lone.name,
        "TargetDBInstanceIdentifier": "unwanted",
        "UseLatestRestorableTime": True,
    }
    for change, code in (
        ({"SourceDBInstanceIdentifier": "nobody"}, "DBInstanceNotFound"),
        ({"SourceDbiResourceId": "db-X"}, "InvalidParameterCombination"),
        ({"TargetDBInstanceIdentifier": lone.name}, "DBInstanceAlreadyExists"),
        ({"RestoreTime": lone.good}, "InvalidParameterCombination"),
        (
            {"UseLatestRestorableTime": False, "RestoreTime": datetime(2001, 1, 1)},
            "InvalidParameterValue",
        ),
        ({"AllocatedStorage": 1}, "InvalidParameterValue"),
    ):
        refused(code, db.rds.api.restore_db_instance_to_point_in_time, **{**good, **change})
    assert "unwanted" not in {one["DBInstanceIdentifier"] for one in all_instances(db)}


@documented(
    "rds",
    "RestoreDBInstanceFromDBSnapshot",
    "A snapshot of an instance outlives it and restores as it was",
    GUIDE.format("USER_RestoreFromSnapshot"),
)
def test_a_final_snapshot_restores(db: Instances, new_instance: NewInstance) -> None:
    name, copy = new_instance("final"), new_instance("of-final")
    db.create(name)
    with db.connect(name) as connection:
        connection.execute("create table marks as select 5 as mark")
    db.rds.api.delete_db_instance(
        DBInstanceIdentifier=name, FinalDBSnapshotIdentifier="final-of-lone"
    )
    db.rds.wait("db_instance_deleted", DBInstanceIdentifier=name)
    db.rds.wait("db_snapshot_available", DBSnapshotIdentifier="final-of-lone")

    db.rds.api.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=copy, DBSnapshotIdentifier="final-of-lone"
    )
    db.wait(copy)
    assert [5] == db.marks(copy)
    db.rds.api.delete_db_snapshot(DBSnapshotIdentifier="final-of-lone")
    refused(
        "DBSnapshotNotFound",
        db.rds.api.describe_db_snapshots,
        DBSnapshotIdentifier="final-of-lone",
    )


@documented(
    "rds",
    "StopDBInstance",
    "A stopped instance answers nobody, is not changed in power twice, and starts as it was",
    GUIDE.format("USER_StopInstance"),
)
@documented(
    "rds",
    "StartDBInstance",
    "Only a stopped instance is started",
    API.format("StartDBInstance"),
)
def test_an_instance_stops_and_starts(db: Instances, lone: Lone) -> None:
    port = db.describe(lone.name)["Endpoint"]["Port"]
    db.rds.api.stop_db_instance(DBInstanceIdentifier=lone.name)
    # It may be over before we ask.
    assert db.describe(lone.name)["DBInstanceStatus"] in ("stopping", "stopped")
    refused(
        "InvalidDBInstanceState",
        db.rds.api.stop_db_instance,
        DBInstanceIdentifier=lone.name,
    )
    db.wait(lone.name, "stopped")
    assert not answers(port)
    assert "AutomaticRestartTime" in db.describe(lone.name)
    refused(
        "InvalidDBInstanceState",
        db.rds.api.reboot_db_instance,
        DBInstanceIdentifier=lone.name,
    )

    db.rds.api.start_db_instance(DBInstanceIdentifier=lone.name)
    db.wait(lone.name)
    assert [1, 2] == db.marks(lone.name)
    refused(
        "InvalidDBInstanceState",
        db.rds.api.start_db_instance,
        DBInstanceIdentifier=lone.name,
    )


@documented(
    "rds",
    "RebootDBInstance",
    "A reboot restarts the server",
    GUIDE.format("USER_RebootInstance"),
)
def test_a_reboot_restarts_the_server(db: Instances, lone: Lone) -> None:
    def started() -> object:
        with db.connect(lone.name) as connection:
            return connection.execute("select pg_postmaster_start_time()").fetchone()

    before = started()
    db.rds.api.reboot_db_instance(DBInstanceIdentifier=lone.name)
    assert "rebooting" == db.describe(lone.name)["DBInstanceStatus"]
    db.wait(lone.name)
    assert before != started()
    refused(
        "InvalidParameterCombination",
        db.rds.api.reboot_db_instance,
        DBInstanceIdentifier=lone.name,
        ForceFailover=True,
    )


@documented(
    "rds",
    "ModifyDBInstance",
    "A change that is not immediate waits for the window, and shows as pending",
    GUIDE.format("Overview.DBInstance.Modifying"),
)
def test_a_change_waits_for_the_window(db: Instances, lone: Lone) -> None:
    db.rds.api.modify_db_instance(
        DBInstanceIdentifier=lone.name,
        AllocatedStorage=30,
        BackupRetentionPeriod=9,
        ApplyImmediately=False,
    )
    described = db.describe(lone.name)
    assert 20 == described["AllocatedStorage"]
    assert {"AllocatedStorage": 30} == described["PendingModifiedValues"]
    assert 9 == described["BackupRetentionPeriod"]

    db.rds.api.modify_db_instance(DBInstanceIdentifier=lone.name, ApplyImmediately=True)
    described = db.describe(lone.name)
    assert 30 == described["AllocatedStorage"]
    assert {} == described["PendingModifiedValues"]
    refused(
        "InvalidParameterCombination",
        db.rds.api.modify_db_instance,
        DBInstanceIdentifier=lone.name,
        AllocatedStorage=20,
    )
    db.rds.api.modify_db_instance(
        DBInstanceIdentifier=lone.name, AllocatedStorage=30, BackupRetentionPeriod=7
    )


@documented(
    "rds",
    "ModifyDBInstance",
    "A new name changes the ARN and keeps the data; a new password is the one that logs in",
    GUIDE.format("USER_RenameInstance"),
)
def test_a_renamed_instance_keeps_its_data(db: Instances, new_instance: NewInstance) -> None:
    old, new = new_instance("old"), new_instance("renamed")
    db.create(old)
    before = db.describe(old)
    db.rds.api.modify_db_instance(
        DBInstanceIdentifier=old,
        NewDBInstanceIdentifier=new,
        MasterUserPassword="a-new-password",
        ApplyImmediately=True,
    )
    db.wait(new)
    after = db.describe(new)
    assert before["DbiResourceId"] == after["DbiResourceId"]
    assert after["DBInstanceArn"].endswith(f":db:{new}")
    db.connect(new, "a-new-password").close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        db.connect(new)
    refused("DBInstanceNotFound", db.rds.api.describe_db_instances, DBInstanceIdentifier=old)


@documented(
    "rds",
    "CreateDBInstance",
    "With a retention of 0 there are no automated backups, and no restore to a time",
    GUIDE.format("USER_WorkingWithAutomatedBackups.BackupRetention"),
)
def test_an_instance_without_backups(db: Instances, new_instance: NewInstance) -> None:
    """R1."""
    name = new_instance("without")
    db.create(name, BackupRetentionPeriod=0)
    assert "LatestRestorableTime" not in db.describe(name)
    refused(
        "PointInTimeRestoreNotEnabled",
        db.rds.api.restore_db_instance_to_point_in_time,
        SourceDBInstanceIdentifier=name,
        TargetDBInstanceIdentifier="unwanted",
        UseLatestRestorableTime=True,
    )
    assert (
        []
        == db.rds.api.describe_db_instance_automated_backups(DBInstanceIdentifier=name)[
            "DBInstanceAutomatedBackups"
        ]
    )

    db.rds.api.modify_db_instance(DBInstanceIdentifier=name, BackupRetentionPeriod=1)
    db.wait(name)
    wait_until(lambda: "LatestRestorableTime" in db.describe(name))
    db.rds.api.modify_db_instance(DBInstanceIdentifier=name, BackupRetentionPeriod=0)
    wait_until(lambda: "LatestRestorableTime" not in db.describe(name))


@documented(
    "rds",
    "DeleteDBInstance",
    "Retained backups of a deleted instance restore by its resource id",
    GUIDE.format("USER_WorkingWithAutomatedBackups.Retaining"),
)
def test_a_deleted_instance_is_restored_by_its_resource_id(
    db: Instances, new_instance: NewInstance
) -> None:
    """R61."""
    name, copy = new_instance("kept"), new_instance("of-kept")
    db.create(name)
    with db.connect(name) as connection:
        connection.execute("create table marks as select 6 as mark")
    resource = db.describe(name)["DbiResourceId"]
    db.rds.api.delete_db_instance(
        DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )
    db.rds.wait("db_instance_deleted", DBInstanceIdentifier=name)
    (kept,) = db.rds.api.describe_db_instance_automated_backups(DbiResourceId=resource)[
        "DBInstanceAutomatedBackups"
    ]
    assert "retained" == kept["Status"]

    db.rds.api.restore_db_instance_to_point_in_time(
        SourceDbiResourceId=resource, TargetDBInstanceIdentifier=copy, UseLatestRestorableTime=True
    )
    db.wait(copy)
    assert [6] == db.marks(copy)
    db.rds.api.delete_db_instance_automated_backup(DbiResourceId=resource)
    refused(
        "DBInstanceAutomatedBackupNotFound",
        db.rds.api.describe_db_instance_automated_backups,
        DbiResourceId=resource,
    )


@documented(
    "rds",
    "DeleteDBInstance",
    "A protected instance stays; a final snapshot is named or skipped",
    API.format("DeleteDBInstance"),
)
def test_a_deletion_that_cannot_be(db: Instances, lone: Lone, new_instance: NewInstance) -> None:
    delete = db.rds.api.delete_db_instance
    refused(
        "InvalidParameterCombination",
        delete,
        DBInstanceIdentifier=lone.name,
        SkipFinalSnapshot=True,
    )
    name = new_instance("to-go")
    db.create(name)
    refused("InvalidParameterCombination", delete, DBInstanceIdentifier=name)
    refused(
        "InvalidParameterCombination",
        delete,
        DBInstanceIdentifier=name,
        SkipFinalSnapshot=True,
        FinalDBSnapshotIdentifier="both",
    )
    assert "available" == db.describe(name)["DBInstanceStatus"]


@documented(
    "rds",
    "StopDBInstance",
    "An instance of a cluster is not stopped by itself, nor snapshotted",
    GUIDE.format("USER_StopInstance"),
)
@pytest.mark.usefixtures("source")
def test_a_member_of_a_cluster_is_no_single_instance(rds: Rds) -> None:
    refused("InvalidParameterValue", rds.api.stop_db_instance, DBInstanceIdentifier="source-1")
    refused(
        "InvalidParameterValue",
        rds.api.create_db_snapshot,
        DBInstanceIdentifier="source-1",
        DBSnapshotIdentifier="unwanted",
    )
