"""What parameters there are, what they can be, and which values are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.rehearsal.rds.catalogue import NOT_MODIFIABLE
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import Rds, refused
from tests.rehearsal.rds.groups import (
    API,
    GUIDE,
    family,
    modify,
    of_clusters,
    parameters,
    user_parameters,
    value,
)

REFERENCE = (
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
    "AuroraPostgreSQL.Reference.ParameterGroups.html"
)


@pytest.fixture(scope="module")
def group(rds: Rds) -> Iterator[str]:
    """A cluster parameter group that nobody uses."""
    yield of_clusters(rds, "of-nobody")
    rds.api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="of-nobody")


@pytest.fixture(scope="module")
def described(rds: Rds, group: str) -> dict[str, dict[str, Any]]:
    """Every parameter of an untouched group."""
    return parameters(rds, group)


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
        (value("work_mem", "8192.5"), "InvalidParameterValue"),
        (value("work_mem", "64MB"), "InvalidParameterValue"),
        (value("max_connections", "5", "pending-reboot"), "InvalidParameterValue"),
        (value("autovacuum", "sometimes"), "InvalidParameterValue"),
        (value("synchronous_commit", "banana"), "InvalidParameterValue"),
        (value("timezone", "Nowhere"), "InvalidParameterValue"),
        (value("datestyle", "fortnights"), "InvalidParameterValue"),
        (value("search_path", "two words"), "InvalidParameterValue"),
        (value("pg_stat_statements.track", "some"), "InvalidParameterValue"),
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


@documented(
    "rds",
    "ModifyDBClusterParameterGroup",
    "Words of a boolean, any case of a name, and formulas of the instance class are values",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_ParamValuesRef.html",
)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("autovacuum", "1"),
        ("synchronous_commit", "off"),
        ("synchronous_commit", "1"),
        ("TimeZone", "Europe/Berlin"),
        ("search_path", '"$user", public'),
        ("random_page_cost", "1.1"),
        ("work_mem", "{DBInstanceClassMemory/65536}"),
        ("effective_cache_size", "GREATEST({DBInstanceClassMemory/16384},100)"),
    ],
)
def test_a_parameter_that_can_be(rds: Rds, group: str, name: str, text: str) -> None:
    modify(rds, group, value(name, text))
    assert text == user_parameters(rds, group)[name.lower()]
    rds.api.reset_db_cluster_parameter_group(
        DBClusterParameterGroupName=group, ResetAllParameters=True
    )


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
    "ModifyDBClusterParameterGroup",
    "What RDS sets itself is described as system, and cannot be modified",
    GUIDE,
)
@pytest.mark.parametrize("name", ["wal_level", "fsync", "recovery_target", "rds.extensions"])
def test_what_rds_sets_itself(
    rds: Rds, group: str, described: dict[str, dict[str, Any]], name: str
) -> None:
    assert "system" == described[name]["Source"]
    assert not described[name]["IsModifiable"]
    refused(
        "InvalidParameterValue",
        rds.api.modify_db_cluster_parameter_group,
        DBClusterParameterGroupName=group,
        Parameters=[value(name, "1", "pending-reboot")],
    )


def test_each_parameter_that_nobody_may_set_says_why(
    described: dict[str, dict[str, Any]],
) -> None:
    fixed = {name for name, one in described.items() if not one["IsModifiable"]}
    assert {name for name in fixed if not name.startswith("rds.")} == NOT_MODIFIABLE.keys() & (
        described.keys()
    )
    assert all(NOT_MODIFIABLE.values())


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "A parameter has a type, allowed values, and needs a restart or not",
    API.format("Parameter"),
)
def test_a_parameter_is_described(described: dict[str, dict[str, Any]]) -> None:
    """As this machine's PostgreSQL has it; moto has none of it."""
    work_mem = described["work_mem"]
    assert ("integer", "dynamic", "64-2147483647") == (
        work_mem["DataType"],
        work_mem["ApplyType"],
        work_mem["AllowedValues"],
    )
    assert "static" == described["max_locks_per_transaction"]["ApplyType"]
    assert "0,1" == described["autovacuum"]["AllowedValues"]
    assert {"on", "off", "local"} <= set(
        described["synchronous_commit"]["AllowedValues"].split(",")
    )
    assert ["provisioned"] == work_mem["SupportedEngineModes"]


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "Names are in lower case, also where PostgreSQL's are not",
    REFERENCE,
)
def test_names_are_in_lower_case(described: dict[str, dict[str, Any]]) -> None:
    assert {"timezone", "datestyle", "intervalstyle"} <= described.keys()
    assert all(name == name.lower() for name in described)


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "RDS's own parameters and those of extensions are among them",
    REFERENCE,
)
def test_parameters_of_rds(described: dict[str, dict[str, Any]]) -> None:
    assert {
        "rds.force_ssl",
        "rds.logical_replication",
        "rds.log_retention_period",
        "pg_stat_statements.track",
        "pgaudit.log",
        "cron.database_name",
    } <= described.keys()
    assert "static" == described["rds.logical_replication"]["ApplyType"]
    assert "1440-10080" == described["rds.log_retention_period"]["AllowedValues"]


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "Parameters are told by source; those that somebody set are `user`",
    API.format("DescribeDBClusterParameters"),
)
def test_parameters_are_told_by_source(rds: Rds, group: str) -> None:
    modify(rds, group, value("lock_timeout", "5000"))
    assert "5000" == user_parameters(rds, group)["lock_timeout"]
    found = parameters(rds, group, Source="engine-default")
    assert len(found) > 200
    assert "lock_timeout" not in found
    refused(
        "InvalidParameterValue",
        rds.api.describe_db_cluster_parameters,
        DBClusterParameterGroupName=group,
        Source="hearsay",
    )


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "Parameters are filtered by name, and by nothing else",
    API.format("DescribeDBClusterParameters"),
)
def test_parameters_are_filtered_by_name(rds: Rds, group: str) -> None:
    wanted = [{"Name": "parameter-name", "Values": ["work_mem", "jit"]}]
    assert {"work_mem", "jit"} == parameters(rds, group, Filters=wanted).keys()
    refused(
        "InvalidParameterValue",
        rds.api.describe_db_cluster_parameters,
        DBClusterParameterGroupName=group,
        Filters=[{"Name": "data-type", "Values": ["integer"]}],
    )


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "A page has a hundred parameters at most, twenty at least, and a marker to the next",
    API.format("DescribeDBClusterParameters"),
)
def test_parameters_come_in_pages(rds: Rds, group: str) -> None:
    ask = rds.api.describe_db_cluster_parameters
    first = ask(DBClusterParameterGroupName=group, MaxRecords=20)
    second = ask(DBClusterParameterGroupName=group, MaxRecords=20, Marker=first["Marker"])
    names = [one["ParameterName"] for page in (first, second) for one in page["Parameters"]]
    assert 40 == len(set(names))
    for size in (19, 101):
        refused("InvalidParameterValue", ask, DBClusterParameterGroupName=group, MaxRecords=size)
    refused("InvalidParameterValue", ask, DBClusterParameterGroupName=group, Marker="?")


@documented(
    "rds",
    "DescribeEngineDefaultClusterParameters",
    "The defaults of a family are told; another family has none",
    API.format("DescribeEngineDefaultClusterParameters"),
)
def test_the_defaults_of_a_family(rds: Rds) -> None:
    ask = rds.api.describe_engine_default_cluster_parameters
    answer = ask(DBParameterGroupFamily=family(rds))
    assert 100 == len(answer["EngineDefaults"]["Parameters"])
    assert "Marker" in answer["EngineDefaults"]
    refused("InvalidParameterValue", ask, DBParameterGroupFamily="aurora-postgresql8")


@documented(
    "rds",
    "DescribeEngineDefaultParameters",
    "The defaults of an instance's family are told, and are nobody's",
    API.format("DescribeEngineDefaultParameters"),
)
def test_the_defaults_of_an_instances_family(rds: Rds) -> None:
    pages = rds.api.get_paginator("describe_engine_default_parameters").paginate(
        DBParameterGroupFamily=family(rds, "postgres")
    )
    found = [one for page in pages for one in page["EngineDefaults"]["Parameters"]]
    assert {"engine-default", "system"} == {one["Source"] for one in found}
    assert len(found) > 300
