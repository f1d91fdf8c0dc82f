"""Tags: which there can be, and on what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, REGION, Rds, refused
from tests.rehearsal.rds.groups import family

API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
TAGS = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html"
TEAM = [{"Key": "team", "Value": "core"}]


@documented(
    "rds",
    "AddTagsToResource",
    "Keys and values have no prefix of AWS's and few signs; a resource has fifty tags",
    API.format("Tag"),
)
@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "aws:mine", "Value": "x"}],
        [{"Key": "rds:mine", "Value": "x"}],
        [{"Key": "mine", "Value": "aws:x"}],
        [{"Key": "ha#sh", "Value": "x"}],
        [{"Key": "mine", "Value": "semi;colon"}],
        [{"Key": "twice", "Value": "x"}, {"Key": "twice", "Value": "y"}],
        [{"Key": "k" * 129, "Value": "x"}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "", "Value": "x"}],
        [{"Key": f"k{number}", "Value": "x"} for number in range(51)],
    ],
    ids=[
        "reserved key",
        "reserved by RDS",
        "reserved value",
        "sign in key",
        "sign in value",
        "twice",
        "long key",
        "long value",
        "no key",
        "too many",
    ],
)
def test_tags_that_cannot_be(rds: Rds, source: Source, tags: list[dict[str, str]]) -> None:
    arn = rds.describe(source.name)["DBClusterArn"]
    before = rds.api.list_tags_for_resource(ResourceName=arn)["TagList"]
    refused("InvalidParameterValue", rds.api.add_tags_to_resource, ResourceName=arn, Tags=tags)
    assert before == rds.api.list_tags_for_resource(ResourceName=arn)["TagList"]


@documented(
    "rds",
    "ListTagsForResource",
    "The ARN of what does not exist is not found, by its kind's code",
    API.format("ListTagsForResource"),
)
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("cluster", "DBClusterNotFoundFault"),
        ("db", "DBInstanceNotFound"),
        ("cluster-snapshot", "DBClusterSnapshotNotFoundFault"),
        ("snapshot", "DBSnapshotNotFound"),
        ("subgrp", "DBSubnetGroupNotFoundFault"),
        ("og", "OptionGroupNotFoundFault"),
        ("cluster-pg", "DBParameterGroupNotFound"),
        ("pg", "DBParameterGroupNotFound"),
        ("moon", "InvalidParameterValue"),
    ],
)
def test_tags_of_what_does_not_exist(rds: Rds, kind: str, code: str) -> None:
    refused(
        code,
        rds.api.list_tags_for_resource,
        ResourceName=f"arn:aws:rds:{REGION}:123456789012:{kind}:nobody",
    )


@documented(
    "rds",
    "AddTagsToResource",
    "Letters of any script, digits, white space and _ . : / = + - @ make a tag",
    API.format("Tag"),
)
def test_what_a_tag_can_have(rds: Rds, source: Source) -> None:
    arn = rds.describe(source.name)["DBClusterArn"]
    odd = {"Key": "ключ 1_.:/=+-@", "Value": "значение 2_.:/=+-@"}
    rds.api.add_tags_to_resource(ResourceName=arn, Tags=[odd, {"Key": "empty", "Value": ""}])
    tags = rds.api.list_tags_for_resource(ResourceName=arn)["TagList"]
    assert odd in tags
    assert {"Key": "empty", "Value": ""} in tags
    rds.api.remove_tags_from_resource(ResourceName=arn, TagKeys=[odd["Key"], "empty", "never"])
    assert odd not in rds.api.list_tags_for_resource(ResourceName=arn)["TagList"]


@documented(
    "rds",
    "AddTagsToResource",
    "A tag whose key is there gets the new value",
    TAGS,
)
def test_a_tag_is_overwritten(rds: Rds, source: Source) -> None:
    arn = rds.describe(source.name)["DBClusterArn"]
    for value in ("one", "two"):
        rds.api.add_tags_to_resource(
            ResourceName=arn, Tags=[{"Key": "overwritten", "Value": value}]
        )
    tags = rds.api.list_tags_for_resource(ResourceName=arn)["TagList"]
    assert ["two"] == [one["Value"] for one in tags if one["Key"] == "overwritten"]
    rds.api.remove_tags_from_resource(ResourceName=arn, TagKeys=["overwritten"])


@documented(
    "rds",
    "ListTagsForResource",
    "An ARN of another region or account is nothing of this one",
    API.format("ListTagsForResource"),
)
def test_an_arn_of_elsewhere(rds: Rds, source: Source) -> None:
    """Else a typing error would tag the wrong cluster."""
    arn = rds.describe(source.name)["DBClusterArn"]
    for wrong in (
        arn.replace(REGION, "eu-west-1"),
        arn.replace("123456789012", "222222222222"),
        arn.replace(":rds:", ":sns:"),
        "arn:aws:rds",
        source.name,
    ):
        refused("InvalidParameterValue", rds.api.list_tags_for_resource, ResourceName=wrong)


@documented(
    "rds",
    "CreateDBCluster",
    "What is made with tags has them from the start, whatever it is",
    TAGS,
)
def test_everything_is_made_with_tags(rds: Rds, new_name: Callable[[], str]) -> None:
    name, api = new_name(), rds.api
    rds.create(name, Tags=TEAM)
    arns = {"cluster": rds.describe(name)["DBClusterArn"]}
    arns["db"] = api.create_db_instance(
        DBInstanceIdentifier=f"{name}-1",
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine=ENGINE,
        Tags=TEAM,
    )["DBInstance"]["DBInstanceArn"]
    rds.wait("db_instance_available", DBInstanceIdentifier=f"{name}-1")
    arns["cluster-snapshot"] = api.create_db_cluster_snapshot(
        DBClusterIdentifier=name, DBClusterSnapshotIdentifier="tagged", Tags=TEAM
    )["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    arns["cluster-pg"] = api.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="tagged",
        DBParameterGroupFamily=family(rds),
        Description="-",
        Tags=TEAM,
    )["DBClusterParameterGroup"]["DBClusterParameterGroupArn"]
    arns["pg"] = api.create_db_parameter_group(
        DBParameterGroupName="tagged",
        DBParameterGroupFamily=family(rds),
        Description="-",
        Tags=TEAM,
    )["DBParameterGroup"]["DBParameterGroupArn"]
    arns["og"] = api.create_option_group(
        OptionGroupName="tagged",
        EngineName="postgres",
        MajorEngineVersion=family(rds, ""),
        OptionGroupDescription="-",
        Tags=TEAM,
    )["OptionGroup"]["OptionGroupArn"]
    for kind, arn in arns.items():
        assert TEAM == api.list_tags_for_resource(ResourceName=arn)["TagList"], kind
        assert f":{kind}:" in arn

    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="tagged")
    api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="tagged")
    api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="tagged")
    api.delete_db_parameter_group(DBParameterGroupName="tagged")
    api.delete_option_group(OptionGroupName="tagged")


@documented(
    "rds",
    "CreateDBCluster",
    "With tags that cannot be nothing is made",
    API.format("CreateDBCluster"),
)
def test_nothing_is_made_with_tags_that_cannot_be(rds: Rds) -> None:
    bad: list[dict[str, Any]] = [{"Key": "aws:mine", "Value": "x"}]
    before = rds.names()
    refused(
        "InvalidParameterValue",
        rds.api.create_db_cluster,
        DBClusterIdentifier="unwanted",
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        Tags=bad,
    )
    refused(
        "InvalidParameterValue",
        rds.api.create_db_cluster_parameter_group,
        DBClusterParameterGroupName="unwanted",
        DBParameterGroupFamily=family(rds),
        Description="-",
        Tags=bad,
    )
    assert before == rds.names()
    refused(
        "DBParameterGroupNotFound",
        rds.api.describe_db_cluster_parameter_groups,
        DBClusterParameterGroupName="unwanted",
    )


def test_tags_of_automated_backups_are_not_offered(rds: Rds) -> None:
    """Rather than forgotten in silence."""
    refused(
        "NotImplemented",
        rds.api.create_db_cluster,
        DBClusterIdentifier="unwanted",
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        TagSpecifications=[{"ResourceType": "cluster-auto-backup", "Tags": TEAM}],
    )
