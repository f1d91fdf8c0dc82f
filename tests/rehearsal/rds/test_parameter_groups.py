"""Parameter groups of clusters and of instances: made, copied, described, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, Rds, refused
from tests.rehearsal.rds.groups import (
    API,
    family,
    modify,
    of_clusters,
    of_instances,
    user_parameters,
    value,
)


@pytest.fixture(scope="module")
def group(rds: Rds) -> Iterator[str]:
    """A cluster parameter group that a cluster uses."""
    of_clusters(rds, "used-by-tests", value("lock_timeout", "7000"))
    rds.create("using", DBClusterParameterGroupName="used-by-tests")
    yield "used-by-tests"
    rds.delete("using")
    rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="used-by-tests")


def of_cluster_groups(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "DBClusterParameterGroupName": name,
        "DBParameterGroupFamily": f"{ENGINE}15",
        "Description": "-",
        **changes,
    }


@documented(
    "rds",
    "CreateDBClusterParameterGroup",
    "A group has a legal name that is free, stored in lower case, and a family of its engine",
    API.format("CreateDBClusterParameterGroup"),
)
def test_a_cluster_group_that_cannot_be(rds: Rds, group: str) -> None:
    create = rds.api.create_db_cluster_parameter_group
    for request, code in (
        (of_cluster_groups(group.upper()), "DBParameterGroupAlreadyExists"),
        (of_cluster_groups("no_good"), "InvalidParameterValue"),
        (of_cluster_groups("1st"), "InvalidParameterValue"),
        (of_cluster_groups("last-"), "InvalidParameterValue"),
        (of_cluster_groups("two--hyphens"), "InvalidParameterValue"),
        (of_cluster_groups("default.mine"), "InvalidParameterValue"),
        (of_cluster_groups("x", DBParameterGroupFamily="mysql8.0"), "InvalidParameterValue"),
        # Clusters are Aurora's: there is no Multi-AZ cluster here.
        (of_cluster_groups("x", DBParameterGroupFamily="postgres15"), "InvalidParameterValue"),
    ):
        refused(code, create, **request)
    answer = create(**of_cluster_groups("MiXed"))["DBClusterParameterGroup"]
    assert "mixed" == answer["DBClusterParameterGroupName"]
    rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="mixed")


@documented(
    "rds",
    "CreateDBCluster",
    "A cluster parameter group is of the cluster's family, and exists",
    API.format("CreateDBCluster"),
)
def test_a_group_of_another_family(rds: Rds) -> None:
    rds.api.create_db_cluster_parameter_group(
        **of_cluster_groups("of-old", DBParameterGroupFamily=f"{ENGINE}9.6")
    )
    for name, code in (
        ("of-old", "InvalidParameterCombination"),
        ("of-nothing", "DBClusterParameterGroupNotFound"),
    ):
        refused(
            code,
            rds.api.create_db_cluster,
            DBClusterIdentifier="unwanted",
            Engine=ENGINE,
            MasterUsername="core_admin",
            MasterUserPassword="correct-horse-9-battery",
            DBClusterParameterGroupName=name,
        )
    assert "unwanted" not in rds.names()
    rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="of-old")


@documented(
    "rds",
    "DeleteDBClusterParameterGroup",
    "A default group, and one in use, cannot be deleted",
    API.format("DeleteDBClusterParameterGroup"),
)
def test_a_group_that_has_to_stay(rds: Rds, group: str) -> None:
    for name in (group, f"default.{family(rds)}"):
        refused(
            "InvalidDBParameterGroupState",
            rds.api.delete_db_cluster_parameter_group,
            DBClusterParameterGroupName=name,
        )


@documented(
    "rds",
    "ModifyDBClusterParameterGroup",
    "A default group cannot be changed, reset or copied",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.html",
)
def test_a_default_group_stays_as_it_is(rds: Rds) -> None:
    default = f"default.{family(rds)}"
    named = {"DBClusterParameterGroupName": default}
    refused(
        "InvalidParameterValue",
        rds.api.modify_db_cluster_parameter_group,
        **named,
        Parameters=[value("work_mem", "8192")],
    )
    refused(
        "InvalidParameterValue",
        rds.api.reset_db_cluster_parameter_group,
        **named,
        ResetAllParameters=True,
    )
    refused(
        "InvalidParameterValue",
        rds.api.copy_db_cluster_parameter_group,
        SourceDBClusterParameterGroupIdentifier=default,
        TargetDBClusterParameterGroupIdentifier="copied",
        TargetDBClusterParameterGroupDescription="-",
    )


@documented(
    "rds",
    "CopyDBClusterParameterGroup",
    "A copy has the values of its source, also by ARN, and is changed by itself",
    API.format("CopyDBClusterParameterGroup"),
)
def test_a_group_is_copied(rds: Rds, group: str) -> None:
    (found,) = rds.api.describe_db_cluster_parameter_groups(DBClusterParameterGroupName=group)[
        "DBClusterParameterGroups"
    ]
    rds.api.copy_db_cluster_parameter_group(
        SourceDBClusterParameterGroupIdentifier=found["DBClusterParameterGroupArn"],
        TargetDBClusterParameterGroupIdentifier="copied-by-tests",
        TargetDBClusterParameterGroupDescription="-",
    )
    modify(rds, "copied-by-tests", value("lock_timeout", "9000"))
    assert "7000" == user_parameters(rds, group)["lock_timeout"]
    assert "9000" == user_parameters(rds, "copied-by-tests")["lock_timeout"]
    rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="copied-by-tests")


@documented(
    "rds",
    "DescribeDBClusterParameterGroups",
    "A group is described by name, the default one is among all; one that was deleted is not found",
    API.format("DescribeDBClusterParameterGroups"),
)
def test_groups_are_described(rds: Rds, group: str) -> None:
    ask = rds.api.describe_db_cluster_parameter_groups
    (found,) = ask(DBClusterParameterGroupName=group)["DBClusterParameterGroups"]
    assert family(rds) == found["DBParameterGroupFamily"]
    names = {one["DBClusterParameterGroupName"] for one in ask()["DBClusterParameterGroups"]}
    assert {group, f"default.{family(rds)}"} <= names
    refused("DBParameterGroupNotFound", ask, DBClusterParameterGroupName="nobody")


@pytest.fixture
def of_an_instance(rds: Rds) -> Iterator[str]:
    """A parameter group of single instances that nobody uses."""
    name = of_instances(rds, "of-an-instance", "postgres", value("work_mem", "4096"))
    yield name
    rds.api.delete_db_parameter_group(DBParameterGroupName=name)


@documented(
    "rds",
    "CreateDBParameterGroup",
    "An instance's group is of its engine's family, with a legal name that is free",
    API.format("CreateDBParameterGroup"),
)
def test_an_instances_group_that_cannot_be(rds: Rds, of_an_instance: str) -> None:
    create = rds.api.create_db_parameter_group
    good = {
        "DBParameterGroupName": of_an_instance,
        "DBParameterGroupFamily": family(rds),
        "Description": "-",
    }
    refused("DBParameterGroupAlreadyExists", create, **good)
    for change in (
        {"DBParameterGroupName": "no_good"},
        {"DBParameterGroupName": "other", "DBParameterGroupFamily": "mysql8.0"},
    ):
        refused("InvalidParameterValue", create, **{**good, **change})


@documented(
    "rds",
    "ModifyDBParameterGroup",
    "Values are set whole or not at all, static ones not immediately",
    API.format("ModifyDBParameterGroup"),
)
def test_an_instances_group_is_modified(rds: Rds, of_an_instance: str) -> None:
    refused(
        "InvalidParameterCombination",
        rds.api.modify_db_parameter_group,
        DBParameterGroupName=of_an_instance,
        Parameters=[value("work_mem", "8192"), value("max_connections", "50")],
    )
    assert {"work_mem": "4096"} == of_user(rds, of_an_instance)


def of_user(rds: Rds, group: str) -> dict[str, str]:
    found = rds.api.describe_db_parameters(DBParameterGroupName=group, Source="user")
    return {one["ParameterName"]: one["ParameterValue"] for one in found["Parameters"]}


@documented(
    "rds",
    "DescribeDBParameters",
    "Parameters are told by source, and by name",
    API.format("DescribeDBParameters"),
)
def test_an_instances_parameters(rds: Rds, of_an_instance: str) -> None:
    ask = rds.api.describe_db_parameters
    (told,) = ask(DBParameterGroupName=of_an_instance, Source="user")["Parameters"]
    assert ("work_mem", "4096", "user", "immediate") == (
        told["ParameterName"],
        told["ParameterValue"],
        told["Source"],
        told["ApplyMethod"],
    )
    named = [{"Name": "parameter-name", "Values": ["jit"]}]
    (jit,) = ask(DBParameterGroupName=of_an_instance, Filters=named)["Parameters"]
    assert "engine-default" == jit["Source"]
    refused("DBParameterGroupNotFound", ask, DBParameterGroupName="nobody")


@documented(
    "rds",
    "DescribeDBParameterGroups",
    "A group is described with its ARN, which has its tags",
    API.format("DescribeDBParameterGroups"),
)
def test_an_instances_group_is_described(rds: Rds, of_an_instance: str) -> None:
    (found,) = rds.api.describe_db_parameter_groups(DBParameterGroupName=of_an_instance)[
        "DBParameterGroups"
    ]
    arn = found["DBParameterGroupArn"]
    assert arn.endswith(f":pg:{of_an_instance}")
    rds.api.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "team", "Value": "core"}])
    tags = rds.api.list_tags_for_resource(ResourceName=arn)["TagList"]
    assert [{"Key": "team", "Value": "core"}] == tags


@documented(
    "rds",
    "ResetDBParameterGroup",
    "All values are reset unless some are named",
    API.format("ResetDBParameterGroup"),
)
def test_an_instances_group_is_reset(rds: Rds, of_an_instance: str) -> None:
    rds.api.modify_db_parameter_group(
        DBParameterGroupName=of_an_instance, Parameters=[value("jit", "0")]
    )
    rds.api.reset_db_parameter_group(
        DBParameterGroupName=of_an_instance,
        Parameters=[{"ParameterName": "jit", "ApplyMethod": "immediate"}],
    )
    assert {"work_mem": "4096"} == of_user(rds, of_an_instance)
    rds.api.reset_db_parameter_group(DBParameterGroupName=of_an_instance)
    assert {} == of_user(rds, of_an_instance)


@documented(
    "rds",
    "CopyDBParameterGroup",
    "A group of instances is copied with its values, a default one is not",
    API.format("CopyDBParameterGroup"),
)
def test_an_instances_group_is_copied(rds: Rds, of_an_instance: str) -> None:
    target = {
        "TargetDBParameterGroupIdentifier": "of-another",
        "TargetDBParameterGroupDescription": "-",
    }
    copy = rds.api.copy_db_parameter_group
    default = f"default.{family(rds, 'postgres')}"
    refused("InvalidParameterValue", copy, SourceDBParameterGroupIdentifier=default, **target)
    copy(SourceDBParameterGroupIdentifier=of_an_instance, **target)
    assert {"work_mem": "4096"} == of_user(rds, "of-another")
    rds.api.delete_db_parameter_group(DBParameterGroupName="of-another")


@documented(
    "rds",
    "DeleteDBParameterGroup",
    "A group that nobody uses is deleted, a default one is not",
    API.format("DeleteDBParameterGroup"),
)
def test_an_instances_group_is_deleted(rds: Rds) -> None:
    delete = rds.api.delete_db_parameter_group
    of_instances(rds, "short-lived", "postgres")
    delete(DBParameterGroupName="short-lived")
    refused("DBParameterGroupNotFound", delete, DBParameterGroupName="short-lived")
    refused(
        "InvalidDBParameterGroupState",
        delete,
        DBParameterGroupName=f"default.{family(rds, 'postgres')}",
    )
