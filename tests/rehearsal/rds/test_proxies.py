"""RDS Proxies: what is listed of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.aws.access.proxies import proxies_of
from fixtures.aws.description import describe
from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import Rds, client, refused
from tests.rehearsal.rds.groups import API

GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.html"


@pytest.fixture
def ec2(rds: Rds) -> Any:
    return client("ec2", rds.cloud.endpoint)


@pytest.fixture
def subnets(ec2: Any) -> list[str]:
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]
    found = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])
    return [one["SubnetId"] for one in found["Subnets"]]


def asked(subnets: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "DBProxyName": "before",
        "EngineFamily": "POSTGRESQL",
        "RoleArn": "arn:aws:iam::123456789012:role/proxy",
        "VpcSubnetIds": subnets,
        "Auth": [{"AuthScheme": "SECRETS", "SecretArn": "arn:aws:secretsmanager:…:login"}],
        **changes,
    }


@pytest.fixture
def proxy(rds: Rds, subnets: list[str]) -> Iterator[str]:
    rds.api.create_db_proxy(**asked(subnets))
    yield "before"
    rds.api.delete_db_proxy(DBProxyName="before")


@documented(
    "rds",
    "CreateDBProxy",
    "A proxy has a legal name that is free, a family of engines, subnets of one VPC, and groups "
    "that there are",
    API.format("CreateDBProxy"),
)
def test_a_proxy_that_cannot_be(rds: Rds, proxy: str, subnets: list[str]) -> None:
    create = rds.api.create_db_proxy
    for changes, code in (
        ({}, "DBProxyAlreadyExistsFault"),
        ({"DBProxyName": "no_good"}, "InvalidParameterValue"),
        ({"DBProxyName": "other", "EngineFamily": "MYSQL"}, "InvalidParameterValue"),
        ({"DBProxyName": "other", "VpcSubnetIds": ["subnet-none"]}, "InvalidSubnet"),
        ({"DBProxyName": "other", "VpcSecurityGroupIds": ["sg-1"]}, "InvalidParameterValue"),
    ):
        refused(code, create, **asked(subnets, **changes))


@documented(
    "rds",
    "DescribeDBProxies",
    "A proxy has the VPC's default security group where the request names none",
    API.format("DescribeDBProxies"),
)
def test_proxies_are_described(rds: Rds, proxy: str, ec2: Any) -> None:
    (found,) = rds.api.describe_db_proxies(DBProxyName=proxy)["DBProxies"]
    (group,) = ec2.describe_security_groups(GroupIds=found["VpcSecurityGroupIds"])["SecurityGroups"]
    assert ("default", "available") == (group["GroupName"], found["Status"])
    assert found in rds.api.describe_db_proxies()["DBProxies"]
    refused("DBProxyNotFoundFault", rds.api.describe_db_proxies, DBProxyName="nobody")


@documented(
    "rds",
    "RegisterDBProxyTargets",
    "A proxy has one target, a cluster or an instance that there is",
    API.format("RegisterDBProxyTargets"),
)
@documented(
    "rds",
    "DescribeDBProxyTargets",
    "A cluster's instances are told beside it, each with the cluster that is tracked",
    API.format("DescribeDBProxyTargets"),
)
@documented(
    "rds",
    "DeregisterDBProxyTargets",
    "What is no target cannot be taken away",
    API.format("DeregisterDBProxyTargets"),
)
def test_targets_come_and_go(rds: Rds, proxy: str, source: Source) -> None:
    register = rds.api.register_db_proxy_targets
    refused("DBClusterNotFoundFault", register, DBProxyName=proxy, DBClusterIdentifiers=["nobody"])
    refused("InvalidParameterCombination", register, DBProxyName=proxy)
    register(DBProxyName=proxy, DBClusterIdentifiers=[source.name])
    targets = rds.api.describe_db_proxy_targets(DBProxyName=proxy)["Targets"]
    assert {(source.name, None), (f"{source.name}-1", source.name)} == {
        (one["RdsResourceId"], one.get("TrackedClusterId")) for one in targets
    }
    again = {"DBProxyName": proxy, "DBClusterIdentifiers": [source.name]}
    refused("DBProxyTargetAlreadyRegisteredFault", register, **again)
    rds.api.deregister_db_proxy_targets(**again)
    assert [] == rds.api.describe_db_proxy_targets(DBProxyName=proxy)["Targets"]
    refused("DBProxyTargetNotFoundFault", rds.api.deregister_db_proxy_targets, **again)


@documented(
    "rds",
    "DescribeDBProxyTargetGroups",
    "A proxy has one target group, `default`",
    API.format("DescribeDBProxyTargetGroups"),
)
def test_there_is_one_target_group(rds: Rds, proxy: str) -> None:
    (group,) = rds.api.describe_db_proxy_target_groups(DBProxyName=proxy)["TargetGroups"]
    assert ("default", True) == (group["TargetGroupName"], group["IsDefault"])
    refused(
        "DBProxyTargetGroupNotFoundFault",
        rds.api.describe_db_proxy_targets,
        DBProxyName=proxy,
        TargetGroupName="other",
    )


@documented(
    "rds", "DeleteDBProxy", "A proxy that is gone is not found", API.format("DeleteDBProxy")
)
def test_a_proxy_is_deleted(rds: Rds, subnets: list[str]) -> None:
    rds.api.create_db_proxy(**asked(subnets, DBProxyName="gone"))
    rds.api.delete_db_proxy(DBProxyName="gone")
    refused("DBProxyNotFoundFault", rds.api.delete_db_proxy, DBProxyName="gone")


def test_only_proxies_that_lead_to_the_source_are_found(
    rds: Rds, proxy: str, source: Source, spare: str, ec2: Any, subnets: list[str]
) -> None:
    """R69: with the addresses of their network interfaces, which the server sees."""
    described = describe(rds.api, source.name)
    rds.api.register_db_proxy_targets(DBProxyName=proxy, DBClusterIdentifiers=[spare])
    assert [] == proxies_of(rds.api, ec2, described)
    rds.api.deregister_db_proxy_targets(DBProxyName=proxy, DBClusterIdentifiers=[spare])
    rds.api.register_db_proxy_targets(DBProxyName=proxy, DBInstanceIdentifiers=[f"{source.name}-1"])
    made = [
        ec2.create_network_interface(SubnetId=subnets[0], Description=description)[
            "NetworkInterface"
        ]
        for description in (f"Network interface for DBProxy {proxy}", f"of {proxy}-two")
    ]

    (found,) = proxies_of(rds.api, ec2, described)

    assert (proxy, ("default",)) == (found.name, found.target_groups)
    assert (made[0]["PrivateIpAddress"],) == found.addresses
    for one in made:
        ec2.delete_network_interface(NetworkInterfaceId=one["NetworkInterfaceId"])
