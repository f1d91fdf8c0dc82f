"""DB subnet groups: two zones of one VPC."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import REGION, Rds, client, refused

API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"


@pytest.fixture(scope="module")
def subnets(rds: Rds) -> dict[str, str]:
    """Three subnets of a VPC, `a` to `c` by zone, and one of another, `elsewhere`."""
    ec2 = client("ec2", rds.cloud.endpoint)
    found = {}
    for block, zones in (("10.7", "abc"), ("10.8", "a")):
        vpc = ec2.create_vpc(CidrBlock=f"{block}.0.0/16")["Vpc"]["VpcId"]
        for number, zone in enumerate(zones):
            subnet = ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"{block}.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )
            found[zone if block == "10.7" else "elsewhere"] = subnet["Subnet"]["SubnetId"]
    return found


def group(name: str, *subnets: str) -> dict[str, Any]:
    return {
        "DBSubnetGroupName": name,
        "DBSubnetGroupDescription": "-",
        "SubnetIds": list(subnets),
    }


@documented(
    "rds",
    "CreateDBSubnetGroup",
    "A subnet group covers two zones of one VPC, with a name that is free",
    API.format("CreateDBSubnetGroup"),
)
def test_a_subnet_group_that_cannot_be(rds: Rds, subnets: dict[str, str]) -> None:
    create = rds.api.create_db_subnet_group
    a, b = subnets["a"], subnets["b"]
    create(**group("Taken", a, b))
    for request, code in (
        (group("one-zone", a), "DBSubnetGroupDoesNotCoverEnoughAZs"),
        (group("two-vpcs", a, subnets["elsewhere"]), "InvalidSubnet"),
        (group("unknown", a, "subnet-0nobody"), "InvalidSubnet"),
        (group("taken", a, b), "DBSubnetGroupAlreadyExists"),
        (group("default", a, b), "InvalidParameterValue"),
        (group("sl/ash", a, b), "InvalidParameterValue"),
        (group("1st", a, b), "InvalidParameterValue"),
        (group("x" * 256, a, b), "InvalidParameterValue"),
    ):
        refused(code, create, **request)
    rds.api.delete_db_subnet_group(DBSubnetGroupName="taken")


@documented(
    "rds",
    "ModifyDBSubnetGroup",
    "Subnets are changed within the VPC",
    API.format("ModifyDBSubnetGroup"),
)
@documented(
    "rds",
    "DescribeDBSubnetGroups",
    "A group that was deleted is not found",
    API.format("DescribeDBSubnetGroups"),
)
def test_a_subnet_group_is_modified(rds: Rds, subnets: dict[str, str]) -> None:
    rds.api.create_db_subnet_group(**group("changing", subnets["a"], subnets["b"]))
    rds.api.modify_db_subnet_group(
        DBSubnetGroupName="changing", SubnetIds=[subnets["b"], subnets["c"]]
    )
    (found,) = rds.api.describe_db_subnet_groups(DBSubnetGroupName="changing")["DBSubnetGroups"]
    assert {subnets["b"], subnets["c"]} == {one["SubnetIdentifier"] for one in found["Subnets"]}
    refused(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        rds.api.modify_db_subnet_group,
        DBSubnetGroupName="changing",
        SubnetIds=[subnets["b"]],
    )
    rds.api.delete_db_subnet_group(DBSubnetGroupName="changing")
    refused(
        "DBSubnetGroupNotFoundFault",
        rds.api.describe_db_subnet_groups,
        DBSubnetGroupName="changing",
    )


@documented(
    "rds",
    "DeleteDBSubnetGroup",
    "A subnet group in which a cluster stands stays",
    API.format("DeleteDBSubnetGroup"),
)
@pytest.mark.usefixtures("source")
def test_a_subnet_group_in_use_stays(rds: Rds) -> None:
    refused(
        "InvalidDBSubnetGroupStateFault",
        rds.api.delete_db_subnet_group,
        DBSubnetGroupName="default",
    )


@documented(
    "rds",
    "ModifyDBSubnetGroup",
    "The default group is nobody's to change; a subnet of another VPC is invalid",
    API.format("ModifyDBSubnetGroup"),
)
@pytest.mark.usefixtures("source")
def test_a_subnet_group_that_stays_as_it_is(rds: Rds, subnets: dict[str, str]) -> None:
    a, b = subnets["a"], subnets["b"]
    rds.api.create_db_subnet_group(**group("steady", a, b))
    for name, ids, code in (
        ("default", [a, b], "InvalidDBSubnetGroupStateFault"),
        ("steady", [a, b, subnets["elsewhere"]], "InvalidSubnet"),
        ("steady", [a, "subnet-0nobody"], "InvalidSubnet"),
        ("nobody", [a, b], "DBSubnetGroupNotFoundFault"),
    ):
        refused(code, rds.api.modify_db_subnet_group, DBSubnetGroupName=name, SubnetIds=ids)
    (found,) = rds.api.describe_db_subnet_groups(DBSubnetGroupName="steady")["DBSubnetGroups"]
    assert {a, b} == {one["SubnetIdentifier"] for one in found["Subnets"]}
    rds.api.delete_db_subnet_group(DBSubnetGroupName="steady")


@documented(
    "rds",
    "CreateDBSubnetGroup",
    "A subnet group is described with its VPC, zones and ARN, which has its tags",
    API.format("DBSubnetGroup"),
)
def test_a_subnet_group_is_described(rds: Rds, subnets: dict[str, str]) -> None:
    made = rds.api.create_db_subnet_group(
        **group("Described", subnets["a"], subnets["b"]), Tags=[{"Key": "team", "Value": "core"}]
    )["DBSubnetGroup"]
    assert "described" == made["DBSubnetGroupName"]
    assert "Complete" == made["SubnetGroupStatus"]
    assert made["VpcId"].startswith("vpc-")
    zones = {one["SubnetAvailabilityZone"]["Name"] for one in made["Subnets"]}
    assert {f"{REGION}a", f"{REGION}b"} == zones
    tags = rds.api.list_tags_for_resource(ResourceName=made["DBSubnetGroupArn"])["TagList"]
    assert [{"Key": "team", "Value": "core"}] == tags
    rds.api.delete_db_subnet_group(DBSubnetGroupName="described")
