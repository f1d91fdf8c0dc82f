"""Parameter groups: the server's own parameters, and when a value reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, Rds, refused, wait_until

API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
GUIDE = (
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.html"
)
Show = Callable[[str], str]


def value(name: str, value: str, method: str = "immediate") -> dict[str, str]:
    """One parameter, as a request has it."""
    return {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}


@pytest.fixture(scope="module")
def family(rds: Rds) -> str:
    return f"{ENGINE}{rds.cloud.control.cloud().version.partition('.')[0]}"


@pytest.fixture(scope="module")
def group(rds: Rds, family: str) -> Iterator[str]:
    """A cluster parameter group that `grouped` uses, with an instance."""
    rds.api.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="tuned-by-tests", DBParameterGroupFamily=family, Description="-"
    )
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
            row = connection.execute("select current_setting(%s)", [name]).fetchone()
        assert row is not None
        return str(row[0])

    return ask


def modify(rds: Rds, group: str, *parameters: dict[str, str]) -> None:
    rds.api.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName=group, Parameters=list(parameters)
    )


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
    "Unknown parameters, values out of range and impossible methods are refused, whole",
    API.format("ModifyDBClusterParameterGroup"),
)
@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        (value("warp_speed", "9"), "InvalidParameterValue"),
        (value("max_connections", "77"), "InvalidParameterCombination"),
        (value("work_mem", "1"), "InvalidParameterValue"),
        (value("work_mem", "plenty"), "InvalidParameterValue"),
        (value("autovacuum", "sometimes"), "InvalidParameterValue"),
        (value("archive_command", "rm -rf /", "immediate"), "InvalidParameterValue"),
        (value("search_path", "a\nport = 1"), "InvalidParameterValue"),
        (value("work_mem", "8192", "tomorrow"), "InvalidParameterValue"),
        ({"ParameterName": "work_mem", "ApplyMethod": "immediate"}, "InvalidParameterValue"),
        ({"ParameterValue": "1"}, "InvalidParameterValue"),
    ],
)
def test_a_parameter_that_cannot_be(
    rds: Rds, group: str, parameter: dict[str, str], code: str
) -> None:
    before = user_parameters(rds, group)
    refused(
        code,
        rds.api.modify_db_cluster_parameter_group,
        DBClusterParameterGroupName=group,
        Parameters=[value("lock_timeout", "1000"), parameter],
    )
    assert before == user_parameters(rds, group)


def user_parameters(rds: Rds, group: str) -> dict[str, str]:
    """What somebody set in a group."""
    pages = rds.api.get_paginator("describe_db_cluster_parameters").paginate(
        DBClusterParameterGroupName=group, Source="user"
    )
    return {
        one["ParameterName"]: one["ParameterValue"] for page in pages for one in page["Parameters"]
    }


@documented(
    "rds",
    "ModifyDBClusterParameterGroup",
    "At most twenty parameters are changed at once",
    API.format("ModifyDBClusterParameterGroup"),
)
def test_twenty_parameters_at_once(rds: Rds, group: str) -> None:
    refused(
        "InvalidParameterValue",
        rds.api.modify_db_cluster_parameter_group,
        DBClusterParameterGroupName=group,
        Parameters=[value("work_mem", "8192")] * 21,
    )


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "Parameters are told by source; those that somebody set are `user`",
    API.format("DescribeDBClusterParameters"),
)
def test_parameters_are_told_by_source(rds: Rds, group: str, show: Show) -> None:
    modify(rds, group, value("lock_timeout", "5000"))
    assert "5000" == user_parameters(rds, group)["lock_timeout"]
    pages = rds.api.get_paginator("describe_db_cluster_parameters").paginate(
        DBClusterParameterGroupName=group, Source="engine-default"
    )
    found = {one["ParameterName"]: one for page in pages for one in page["Parameters"]}
    assert len(found) > 200
    assert "lock_timeout" not in found
    assert "static" == found["max_locks_per_transaction"]["ApplyType"]
    assert "dynamic" == found["maintenance_work_mem"]["ApplyType"]
    refused(
        "InvalidParameterValue",
        rds.api.describe_db_cluster_parameters,
        DBClusterParameterGroupName=group,
        Source="hearsay",
    )


@documented(
    "rds",
    "DescribeEngineDefaultClusterParameters",
    "The defaults of a family are told; another family has none",
    API.format("DescribeEngineDefaultClusterParameters"),
)
def test_the_defaults_of_a_family(rds: Rds, family: str) -> None:
    answer = rds.api.describe_engine_default_cluster_parameters(DBParameterGroupFamily=family)
    assert 100 == len(answer["EngineDefaults"]["Parameters"])
    refused(
        "InvalidParameterValue",
        rds.api.describe_engine_default_cluster_parameters,
        DBParameterGroupFamily="aurora-postgresql8",
    )


@documented(
    "rds",
    "DeleteDBClusterParameterGroup",
    "A default group, and one in use, cannot be deleted; nor can a default one be changed",
    API.format("DeleteDBClusterParameterGroup"),
)
def test_a_group_that_has_to_stay(rds: Rds, group: str, family: str) -> None:
    for name in (group, f"default.{family}"):
        refused(
            "InvalidDBParameterGroupState",
            rds.api.delete_db_cluster_parameter_group,
            DBClusterParameterGroupName=name,
        )
    refused(
        "InvalidParameterValue",
        rds.api.modify_db_cluster_parameter_group,
        DBClusterParameterGroupName=f"default.{family}",
        Parameters=[value("work_mem", "8192")],
    )


@documented(
    "rds",
    "CopyDBClusterParameterGroup",
    "A copy has the values of its source, and is changed by itself",
    API.format("CopyDBClusterParameterGroup"),
)
def test_a_group_is_copied(rds: Rds, group: str) -> None:
    modify(rds, group, value("lock_timeout", "7000"))
    rds.api.copy_db_cluster_parameter_group(
        SourceDBClusterParameterGroupIdentifier=group,
        TargetDBClusterParameterGroupIdentifier="copied-by-tests",
        TargetDBClusterParameterGroupDescription="-",
    )
    modify(rds, "copied-by-tests", value("lock_timeout", "9000"))
    assert "7000" == user_parameters(rds, group)["lock_timeout"]
    assert "9000" == user_parameters(rds, "copied-by-tests")["lock_timeout"]
    rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="copied-by-tests")
    refused(
        "DBParameterGroupNotFound",
        rds.api.describe_db_cluster_parameter_groups,
        DBClusterParameterGroupName="copied-by-tests",
    )


@documented(
    "rds",
    "CreateDBParameterGroup",
    "An instance's group is of its engine's family, with a legal name that is free",
    API.format("CreateDBParameterGroup"),
)
def test_a_group_of_instances(rds: Rds, family: str) -> None:
    create = rds.api.create_db_parameter_group
    good: dict[str, Any] = {
        "DBParameterGroupName": "of-instances",
        "DBParameterGroupFamily": family,
        "Description": "-",
    }
    create(**good, Tags=[{"Key": "team", "Value": "core"}])
    refused("DBParameterGroupAlreadyExists", create, **good)
    for change in (
        {"DBParameterGroupName": "no_good"},
        {"DBParameterGroupName": "other", "DBParameterGroupFamily": "mysql8.0"},
    ):
        refused("InvalidParameterValue", create, **{**good, **change})
    rds.api.modify_db_parameter_group(
        DBParameterGroupName="of-instances", Parameters=[value("work_mem", "4096")]
    )
    (told,) = rds.api.describe_db_parameters(DBParameterGroupName="of-instances", Source="user")[
        "Parameters"
    ]
    assert "4096" == told["ParameterValue"]
    arn = rds.api.describe_db_parameter_groups(DBParameterGroupName="of-instances")[
        "DBParameterGroups"
    ][0]["DBParameterGroupArn"]
    assert [{"Key": "team", "Value": "core"}] == rds.api.list_tags_for_resource(ResourceName=arn)[
        "TagList"
    ]
    rds.api.reset_db_parameter_group(DBParameterGroupName="of-instances", ResetAllParameters=True)
    assert (
        []
        == rds.api.describe_db_parameters(DBParameterGroupName="of-instances", Source="user")[
            "Parameters"
        ]
    )
    rds.api.delete_db_parameter_group(DBParameterGroupName="of-instances")
