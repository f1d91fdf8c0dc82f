"""Every no of the cloud: AWS's code, a message that helps, and nothing changed by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, REGION, Rds, client, refused

NewName = Callable[[], str]


def restore(rds: Rds, code: str, **request: Any) -> str:
    """A restore that must be refused, and must leave no cluster behind."""
    before = rds.names()
    message = refused(
        code,
        rds.api.restore_db_cluster_to_point_in_time,
        **{
            "SourceDBClusterIdentifier": "source",
            "DBClusterIdentifier": "unwanted",
            "UseLatestRestorableTime": True,
            **request,
        },
    )
    assert before == rds.names()
    return message


def test_a_time_before_the_first_backup(rds: Rds, source: Source) -> None:
    """R2. AWS's code is InvalidParameterValue, not InvalidRestoreFault."""
    earliest = rds.describe(source.name)["EarliestRestorableTime"]
    for moment in (earliest - timedelta(seconds=1), datetime(2001, 1, 1, tzinfo=UTC)):
        message = restore(
            rds, "InvalidParameterValue", RestoreToTime=moment, UseLatestRestorableTime=False
        )
        assert earliest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") in message
        assert "7 days" in message


def test_a_time_in_the_future(rds: Rds, source: Source) -> None:
    """R2."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    message = restore(
        rds, "InvalidParameterValue", RestoreToTime=later, UseLatestRestorableTime=False
    )
    assert "later than" in message


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param(
            {"RestoreToTime": datetime(2026, 1, 1, tzinfo=UTC)},
            "InvalidParameterCombination",
            id="time and latest",
        ),
        pytest.param(
            {"UseLatestRestorableTime": False},
            "InvalidParameterCombination",
            id="neither time nor latest",
        ),
        pytest.param(
            {
                "RestoreToTime": datetime(2026, 1, 1, tzinfo=UTC),
                "UseLatestRestorableTime": False,
                "RestoreType": "copy-on-write",
            },
            "InvalidParameterCombination",
            id="a clone of the past",
        ),
        pytest.param({"RestoreType": "half"}, "InvalidParameterValue", id="restore type"),
        pytest.param(
            {"SourceDBClusterIdentifier": "nobody"}, "DBClusterNotFoundFault", id="source"
        ),
        pytest.param(
            {"SourceDbClusterResourceId": "cluster-X"},
            "InvalidParameterCombination",
            id="two sources",
        ),
        pytest.param(
            {"DBSubnetGroupName": "nobody"}, "DBSubnetGroupNotFoundFault", id="subnet group"
        ),
        pytest.param(
            {"VpcSecurityGroupIds": ["sg-0nobody"]}, "InvalidParameterValue", id="security group"
        ),
        pytest.param(
            {"DBClusterParameterGroupName": "nobody"},
            "DBClusterParameterGroupNotFound",
            id="parameter group",
        ),
        pytest.param(
            {"KmsKeyId": "alias/other"}, "InvalidParameterCombination", id="key of the unencrypted"
        ),
        pytest.param(
            {"MonitoringInterval": 0}, "InvalidParameterCombination", id="monitoring (boto3#4634)"
        ),
        *(
            pytest.param({"DBClusterIdentifier": name}, "InvalidParameterValue", id=f"name {name}")
            for name in ("1st", "a--b", "a-", "a_b", "a" * 64, "schön")
        ),
    ],
)
@pytest.mark.usefixtures("source")
def test_a_restore_that_cannot_be(rds: Rds, request_: dict[str, Any], code: str) -> None:
    """R25–R27 and the combinations AWS refuses."""
    restore(rds, code, **request_)


@pytest.mark.usefixtures("source")
def test_a_restore_without_any_source(rds: Rds) -> None:
    """A first sketch took the first cluster there was, and reported success."""
    refused(
        "InvalidParameterCombination",
        rds.api.restore_db_cluster_to_point_in_time,
        DBClusterIdentifier="unwanted",
        UseLatestRestorableTime=True,
    )
    refused(
        "DBClusterAutomatedBackupNotFoundFault",
        rds.api.restore_db_cluster_to_point_in_time,
        SourceDbClusterResourceId="cluster-GONE",
        DBClusterIdentifier="unwanted",
        UseLatestRestorableTime=True,
    )


def test_a_name_that_is_taken_leaves_its_cluster_alone(
    rds: Rds, source: Source, new_name: NewName
) -> None:
    """R25. moto overwrites the cluster."""
    taken = new_name()
    rds.create(taken, DatabaseName="precious")
    rds.create_instance(taken)
    before = rds.describe(taken)

    for name in (taken, taken.upper(), source.name):
        restore(rds, "DBClusterAlreadyExistsFault", DBClusterIdentifier=name)
    create = {
        "DBClusterIdentifier": taken,
        "Engine": ENGINE,
        "MasterUsername": MASTER,
        "MasterUserPassword": PASSWORD,
    }
    refused("DBClusterAlreadyExistsFault", rds.api.create_db_cluster, **create)

    after = rds.describe(taken)
    assert before["DbClusterResourceId"] == after["DbClusterResourceId"]
    with rds.connect(taken, dbname="precious") as connection:
        assert (1,) == connection.execute("select 1").fetchone()


def test_a_source_that_is_not_available(rds: Rds, new_name: NewName) -> None:
    name = new_name()
    rds.api.create_db_cluster(
        DBClusterIdentifier=name,
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
    )
    message = restore(rds, "InvalidDBClusterStateFault", SourceDBClusterIdentifier=name)
    assert "creating" in message

    refused(
        "InvalidDBClusterStateFault",
        rds.api.create_db_instance,
        DBInstanceIdentifier=f"{name}-1",
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine=ENGINE,
    )
    rds.wait("db_cluster_available", DBClusterIdentifier=name)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        pytest.param({"Engine": "aurora-mysql"}, "NotImplemented", id="engine"),
        pytest.param({"MasterUsername": "rdsadmin"}, "InvalidParameterValue", id="AWS's own role"),
        pytest.param({"MasterUsername": "pg_me"}, "InvalidParameterValue", id="PostgreSQL's role"),
        pytest.param({"MasterUsername": "a b"}, "InvalidParameterValue", id="name of a role"),
        pytest.param({"DatabaseName": "postgres"}, "InvalidParameterValue", id="own database"),
        pytest.param({"DatabaseName": "9lives"}, "InvalidParameterValue", id="name of a database"),
        pytest.param({"MasterUserPassword": "short"}, "InvalidParameterValue", id="short password"),
        pytest.param({"MasterUserPassword": ""}, "InvalidParameterValue", id="no password"),
        pytest.param(
            {"ManageMasterUserPassword": True}, "InvalidParameterCombination", id="two passwords"
        ),
        pytest.param({"DBSubnetGroupName": "nobody"}, "DBSubnetGroupNotFoundFault", id="subnets"),
        pytest.param(
            {"VpcSecurityGroupIds": ["sg-0nobody"]}, "InvalidParameterValue", id="security group"
        ),
        pytest.param(
            {"DBClusterParameterGroupName": "nobody"},
            "DBClusterParameterGroupNotFound",
            id="parameter group",
        ),
        pytest.param({"DBClusterIdentifier": "no_good"}, "InvalidParameterValue", id="identifier"),
        pytest.param({"DBClusterIdentifier": "nul\0"}, "InvalidParameterValue", id="NUL"),
    ],
)
def test_a_creation_that_cannot_be(rds: Rds, settings: dict[str, Any], code: str) -> None:
    before = rds.names()
    request = {
        "DBClusterIdentifier": "unwanted",
        "Engine": ENGINE,
        "MasterUsername": MASTER,
        "MasterUserPassword": PASSWORD,
        **settings,
    }
    message = refused(code, rds.api.create_db_cluster, **request)

    assert before == rds.names()
    assert PASSWORD not in message


def test_a_parameter_group_of_another_family(rds: Rds) -> None:
    rds.api.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="ancient",
        DBParameterGroupFamily="aurora-postgresql9.6",
        Description="of the tests",
    )
    message = refused(
        "InvalidParameterCombination",
        rds.api.create_db_cluster,
        DBClusterIdentifier="unwanted",
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        DBClusterParameterGroupName="ancient",
    )
    assert "aurora-postgresql9.6" in message


def test_a_deletion_that_cannot_be(rds: Rds, source: Source, new_name: NewName) -> None:
    delete = rds.api.delete_db_cluster
    refused("DBClusterNotFoundFault", delete, DBClusterIdentifier="nobody", SkipFinalSnapshot=True)
    message = refused(
        "InvalidDBClusterStateFault",
        delete,
        DBClusterIdentifier=source.name,
        SkipFinalSnapshot=True,
    )
    assert "instances" in message

    name = new_name()
    rds.create(name, DeletionProtection=True)
    refused("InvalidParameterCombination", delete, DBClusterIdentifier=name, SkipFinalSnapshot=True)
    rds.api.modify_db_cluster(DBClusterIdentifier=name, DeletionProtection=False)
    refused("InvalidParameterCombination", delete, DBClusterIdentifier=name)
    refused(
        "InvalidParameterCombination",
        delete,
        DBClusterIdentifier=name,
        SkipFinalSnapshot=True,
        FinalDBSnapshotIdentifier="last",
    )
    assert "available" == rds.describe(name)["Status"]


def test_an_instance_that_cannot_be(rds: Rds, source: Source) -> None:
    create = {
        "DBInstanceIdentifier": "unwanted",
        "DBClusterIdentifier": source.name,
        "DBInstanceClass": "db.r6g.large",
        "Engine": ENGINE,
    }
    taken = {"DBInstanceIdentifier": f"{source.name}-1"}
    for change, code in (
        ({"DBClusterIdentifier": "nobody"}, "DBClusterNotFoundFault"),
        (taken, "DBInstanceAlreadyExists"),
        ({"Engine": "postgres"}, "InvalidParameterCombination"),
        ({"DBSubnetGroupName": "nobody"}, "DBSubnetGroupNotFoundFault"),
        ({"DBInstanceIdentifier": "no_good"}, "InvalidParameterValue"),
        ({"DBParameterGroupName": "nobody"}, "DBParameterGroupNotFound"),
    ):
        refused(code, rds.api.create_db_instance, **{**create, **change})
    alone = {key: value for key, value in create.items() if key != "DBClusterIdentifier"}
    refused("NotImplemented", rds.api.create_db_instance, **alone)  # of Aurora, without a cluster
    refused(
        "DBInstanceNotFound",
        rds.api.delete_db_instance,
        DBInstanceIdentifier="nobody",
        SkipFinalSnapshot=True,
    )

    assert [f"{source.name}-1"] == [
        member["DBInstanceIdentifier"] for member in rds.describe(source.name)["DBClusterMembers"]
    ]


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        ("stop_db_cluster", {"DBClusterIdentifier": "source"}),
        (
            "create_db_proxy_endpoint",
            {"DBProxyName": "p", "DBProxyEndpointName": "e", "VpcSubnetIds": ["subnet-1"]},
        ),
        ("create_global_cluster", {"GlobalClusterIdentifier": "g"}),
        ("describe_db_major_engine_versions", {}),
    ],
)
@pytest.mark.usefixtures("source")
def test_what_is_not_offered_says_so(rds: Rds, action: str, request_: dict[str, Any]) -> None:
    """moto would answer with metadata that nothing stands behind, or with an HTML page."""
    message = refused("NotImplemented", getattr(rds.api, action), **request_)
    assert "rehearsal cloud does not offer" in message


def test_tags_of_what_does_not_exist(rds: Rds) -> None:
    arn = f"arn:aws:rds:{REGION}:123456789012:cluster:nobody"
    refused(
        "DBClusterNotFoundFault",
        rds.api.add_tags_to_resource,
        ResourceName=arn,
        Tags=[{"Key": "a", "Value": "b"}],
    )


def test_another_region_has_other_clusters(rds: Rds, source: Source) -> None:
    elsewhere = client("rds", rds.cloud.endpoint, region="eu-central-1")
    refused(
        "DBClusterNotFoundFault",
        elsewhere.describe_db_clusters,
        DBClusterIdentifier=source.name,
    )
