"""Subnet groups, tags, engine versions: what stands around clusters and instances."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, REGION, Rds, client, refused

API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
TAGS = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html"


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
    ):
        refused(code, create, **request)
    rds.api.delete_db_subnet_group(DBSubnetGroupName="taken")


@documented(
    "rds",
    "ModifyDBSubnetGroup",
    "Subnets are changed within the VPC",
    API.format("ModifyDBSubnetGroup"),
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


@documented("rds", "AddTagsToResource", "A key has no aws: prefix; a resource has fifty tags", TAGS)
@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "aws:mine", "Value": "x"}],
        [{"Key": "k" * 129, "Value": "x"}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "", "Value": "x"}],
        [{"Key": f"k{number}", "Value": "x"} for number in range(51)],
    ],
    ids=["reserved", "long key", "long value", "no key", "too many"],
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
    "DescribeDBEngineVersions",
    "The versions that can be had, by engine",
    API.format("DescribeDBEngineVersions"),
)
def test_the_engine_version_is_the_servers(rds: Rds, source: Source) -> None:
    (version,) = rds.api.describe_db_engine_versions(Engine=ENGINE, DefaultOnly=True)[
        "DBEngineVersions"
    ]
    assert rds.describe(source.name)["EngineVersion"] == version["EngineVersion"]
    assert version["DBParameterGroupFamily"].startswith(ENGINE)
    assert [] == rds.api.describe_db_engine_versions(Engine="mysql")["DBEngineVersions"]


@documented(
    "rds",
    "DescribeOrderableDBInstanceOptions",
    "The classes that can be ordered, by engine",
    API.format("DescribeOrderableDBInstanceOptions"),
)
def test_what_can_be_ordered(rds: Rds) -> None:
    found = rds.api.describe_orderable_db_instance_options(Engine=ENGINE)
    classes = {one["DBInstanceClass"] for one in found["OrderableDBInstanceOptions"]}
    assert {"db.serverless", "db.r6g.large"} <= classes
    refused(
        "InvalidParameterValue", rds.api.describe_orderable_db_instance_options, Engine="abacus"
    )


@documented(
    "rds",
    "DescribeAccountAttributes",
    "Quotas are told with what is used of them",
    API.format("DescribeAccountAttributes"),
)
def test_quotas_are_told(rds: Rds) -> None:
    quotas = {
        one["AccountQuotaName"]: one
        for one in rds.api.describe_account_attributes()["AccountQuotas"]
    }
    assert len(rds.names()) == quotas["DBClusters"]["Used"]
    assert 40 == quotas["DBClusters"]["Max"]


@documented(
    "rds",
    "DescribeCertificates",
    "Certificate authorities are told; an unknown one is not found",
    API.format("DescribeCertificates"),
)
def test_certificates_are_told(rds: Rds) -> None:
    found = rds.api.describe_certificates()
    assert "rds-ca-rsa2048-g1" in {one["CertificateIdentifier"] for one in found["Certificates"]}
    refused("CertificateNotFound", rds.api.describe_certificates, CertificateIdentifier="nobody")


@documented(
    "rds",
    "DescribeOptionGroups",
    "The default option groups are told",
    API.format("DescribeOptionGroups"),
)
def test_option_groups_are_told(rds: Rds) -> None:
    found = rds.api.describe_option_groups()["OptionGroupsList"]
    assert all(one["OptionGroupName"].startswith("default:") for one in found)
    refused("OptionGroupNotFoundFault", rds.api.describe_option_groups, OptionGroupName="nobody")


@documented(
    "rds",
    "DescribePendingMaintenanceActions",
    "There is no maintenance, and there are no global clusters",
    API.format("DescribePendingMaintenanceActions"),
)
def test_what_there_is_none_of(rds: Rds) -> None:
    assert [] == rds.api.describe_pending_maintenance_actions()["PendingMaintenanceActions"]
    assert [] == rds.api.describe_global_clusters()["GlobalClusters"]
