"""Parameter groups as the tests of this folder make and ask them."""

from __future__ import annotations

from typing import Any

from tests.rehearsal.helpers import ENGINE, Rds

API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
GUIDE = (
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.html"
)


def value(name: str, value: str, method: str = "immediate") -> dict[str, str]:
    """One parameter, as a request has it."""
    return {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}


def family(rds: Rds, engine: str = ENGINE) -> str:
    """The parameter group family of the server behind a cloud."""
    return f"{engine}{rds.cloud.control.cloud().version.partition('.')[0]}"


def of_clusters(rds: Rds, name: str, *parameters: dict[str, str]) -> str:
    """A new cluster parameter group, with these values."""
    rds.api.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=name, DBParameterGroupFamily=family(rds), Description="-"
    )
    if parameters:
        modify(rds, name, *parameters)
    return name


def of_instances(rds: Rds, name: str, engine: str, *parameters: dict[str, str]) -> str:
    """A new parameter group of instances, with these values."""
    rds.api.create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily=family(rds, engine), Description="-"
    )
    if parameters:
        rds.api.modify_db_parameter_group(DBParameterGroupName=name, Parameters=list(parameters))
    return name


def modify(rds: Rds, group: str, *parameters: dict[str, str]) -> None:
    """Change a cluster parameter group."""
    rds.api.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName=group, Parameters=list(parameters)
    )


def parameters(rds: Rds, group: str, **asked: Any) -> dict[str, dict[str, Any]]:
    """Every parameter of a cluster parameter group, by name, from all pages."""
    pages = rds.api.get_paginator("describe_db_cluster_parameters").paginate(
        DBClusterParameterGroupName=group, **asked
    )
    return {one["ParameterName"]: one for page in pages for one in page["Parameters"]}


def user_parameters(rds: Rds, group: str) -> dict[str, str]:
    """What somebody set in a cluster parameter group."""
    return {
        name: one["ParameterValue"] for name, one in parameters(rds, group, Source="user").items()
    }


def instance(rds: Rds, name: str) -> dict[str, Any]:
    """One instance as AWS would describe it."""
    (found,) = rds.api.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    described: dict[str, Any] = found
    return described
