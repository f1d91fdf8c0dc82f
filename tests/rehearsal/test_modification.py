"""Changes of a cluster that exists."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.helpers import PASSWORD, REGION, Rds, refused

NewName = Callable[[], str]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"DBClusterParameterGroupName": "nobody"}, "DBClusterParameterGroupNotFound"),
        ({"VpcSecurityGroupIds": ["sg-0nobody"]}, "InvalidParameterValue"),
        ({"NewDBClusterIdentifier": "no_good"}, "InvalidParameterValue"),
        ({"NewDBClusterIdentifier": "source"}, "DBClusterAlreadyExistsFault"),
        ({"EngineVersion": "9.6"}, "InvalidParameterCombination"),
        ({"RotateMasterUserPassword": True}, "InvalidParameterCombination"),
    ],
)
@pytest.mark.usefixtures("source")
def test_a_refused_change_leaves_the_cluster_as_it_was(
    rds: Rds, spare: str, change: dict[str, object], code: str
) -> None:
    """moto takes the cluster out before it validates: a refusal deletes it."""
    before = rds.describe(spare)
    refused(
        code,
        rds.api.modify_db_cluster,
        DBClusterIdentifier=spare,
        CopyTagsToSnapshot=True,
        **change,
    )

    after = rds.describe(spare)
    assert {**before, "LatestRestorableTime": None} == {**after, "LatestRestorableTime": None}


def test_a_cluster_that_does_not_exist(rds: Rds) -> None:
    """moto answers with an HTML page."""
    refused("DBClusterNotFoundFault", rds.api.modify_db_cluster, DBClusterIdentifier="nobody")


def test_the_masters_new_password_is_the_one_that_logs_in(rds: Rds, new_name: NewName) -> None:
    name = new_name()
    rds.create(name)
    # Once without a running server, once with one: both must do.
    rds.api.modify_db_cluster(DBClusterIdentifier=name, MasterUserPassword="second-password")
    assert "resetting-master-credentials" == rds.describe(name)["Status"]
    rds.wait("db_cluster_available", DBClusterIdentifier=name)
    rds.create_instance(name)
    rds.connect(name, password="second-password").close()

    rds.api.modify_db_cluster(DBClusterIdentifier=name, MasterUserPassword="third-password")
    rds.wait("db_cluster_available", DBClusterIdentifier=name)
    rds.connect(name, password="third-password").close()
    for old in (PASSWORD, "second-password"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            rds.connect(name, password=old)


def test_settings_are_changed_as_described(rds: Rds, new_name: NewName) -> None:
    """Two of these moto takes and never shows."""
    name = new_name()
    rds.create(name, EnableCloudwatchLogsExports=["instance"])
    rds.api.modify_db_cluster(
        DBClusterIdentifier=rds.describe(name)["DBClusterArn"],
        BackupRetentionPeriod=14,
        CloudwatchLogsExportConfiguration={
            "EnableLogTypes": ["postgresql"],
            "DisableLogTypes": ["instance"],
        },
        DeletionProtection=True,
        EnableIAMDatabaseAuthentication=True,
        ApplyImmediately=True,
    )

    changed = rds.describe(name)
    assert 14 == changed["BackupRetentionPeriod"]
    assert ["postgresql"] == changed["EnabledCloudwatchLogsExports"]
    assert changed["DeletionProtection"]
    assert changed["IAMDatabaseAuthenticationEnabled"]


def test_a_renamed_cluster_keeps_its_data_and_instances(rds: Rds, new_name: NewName) -> None:
    old, new = new_name(), new_name()
    rds.create(old)
    rds.create_instance(old)
    resource_id = rds.describe(old)["DbClusterResourceId"]

    rds.api.modify_db_cluster(
        DBClusterIdentifier=old, NewDBClusterIdentifier=new, ApplyImmediately=True
    )

    refused("DBClusterNotFoundFault", rds.api.describe_db_clusters, DBClusterIdentifier=old)
    assert resource_id == rds.describe(new)["DbClusterResourceId"]
    assert [f"{old}-1"] == [
        member["DBInstanceIdentifier"] for member in rds.describe(new)["DBClusterMembers"]
    ]
    with rds.connect(new) as connection:
        assert (1,) == connection.execute("select 1").fetchone()
    assert rds.cloud.control.cluster(REGION, new).listening


def test_tags_come_and_go(rds: Rds, source: Source) -> None:
    arn = rds.describe(source.name)["DBClusterArn"]
    before = rds.api.list_tags_for_resource(ResourceName=arn)["TagList"]

    rds.api.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "run", "Value": "42"}])
    assert {"Key": "run", "Value": "42"} in rds.describe(source.name)["TagList"]

    rds.api.remove_tags_from_resource(ResourceName=arn, TagKeys=["run"])
    assert before == rds.api.list_tags_for_resource(ResourceName=arn)["TagList"]
