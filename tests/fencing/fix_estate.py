"""A source's security groups in a rehearsal cloud, as an owner has them, and who stands in them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from fixtures.aws.access.closing import SourceGroups
from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import client

PORT = 5432
RUNNER = "10.1.2.0/24"
RUN, SETTINGS = "20260301-130000-1a2b", "0123456789abcdef"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Instance:
    identifier: str


@dataclass
class Described:
    """As much of a description as is asked of a source."""

    security_groups: tuple[str, ...]
    identifier: str = "core-prod"
    port: int = PORT
    instances: tuple[Instance, ...] = (Instance("core-prod-1"),)


@dataclass
class Estate:
    """A network with two groups of the source's, and one that is its application's."""

    ec2: Any
    rds: Any
    subnet: str = ""
    vpc: str = ""
    source: Described = field(default_factory=lambda: Described(()))
    application: str = ""

    def group(self, name: str) -> str:
        made: str = self.ec2.create_security_group(
            GroupName=f"{name}-{next(_NUMBERS)}", Description=name, VpcId=self.vpc
        )["GroupId"]
        return made

    def allow(self, group: str, tags: dict[str, str] | None = None, **permission: Any) -> None:
        asked = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, **permission}
        own = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        more = (
            {"TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": own}]}
            if own
            else {}
        )
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[asked], **more)

    def groups(self, run: str = RUN, keep: tuple[str, ...] = (RUNNER,)) -> SourceGroups:
        return SourceGroups(
            self.rds,
            self.ec2,
            self.source,  # type: ignore[arg-type]
            keep,
            run,
            SETTINGS,
            sleep=lambda _: None,
        )

    def rules(self) -> list[tuple[Any, ...]]:
        """Every ingress rule of the source's groups, but for its id: what has to come back."""
        found = []
        for group in self.source.security_groups:
            answer = self.ec2.describe_security_group_rules(
                Filters=[{"Name": "group-id", "Values": [group]}]
            )["SecurityGroupRules"]
            found += [
                (
                    group,
                    one["IpProtocol"],
                    one["FromPort"],
                    one["ToPort"],
                    one.get("CidrIpv4"),
                    one.get("CidrIpv6"),
                    one.get("PrefixListId"),
                    one.get("ReferencedGroupInfo", {}).get("GroupId"),
                    one.get("Description"),
                    tuple(sorted((tag["Key"], tag["Value"]) for tag in one.get("Tags", ()))),
                )
                for one in answer
                if not one["IsEgress"]
            ]
        return sorted(found, key=str)

    def tags(self, group: str) -> dict[str, str]:
        (found,) = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}


@pytest.fixture(scope="session")
def endpoint(guardian: Guardian) -> Iterator[str]:
    with RehearsalCloud.start(guardian) as cloud:
        yield cloud.endpoint


@pytest.fixture
def estate(endpoint: str) -> Estate:
    """New groups for each test, with a rule of each kind."""
    made = Estate(client("ec2", endpoint), client("rds", endpoint))
    default = [{"Name": "is-default", "Values": ["true"]}]
    made.vpc = made.ec2.describe_vpcs(Filters=default)["Vpcs"][0]["VpcId"]
    of_vpc = [{"Name": "vpc-id", "Values": [made.vpc]}]
    made.subnet = made.ec2.describe_subnets(Filters=of_vpc)["Subnets"][0]["SubnetId"]
    first, second, made.application = (made.group(one) for one in ("core", "admin", "app"))
    listed = made.ec2.create_managed_prefix_list(
        PrefixListName=f"offices-{next(_NUMBERS)}", MaxEntries=1, AddressFamily="IPv4"
    )["PrefixList"]["PrefixListId"]
    made.source = Described((first, second))
    made.allow(first, IpRanges=[{"CidrIp": "10.1.2.7/32", "Description": "the runner"}])
    made.allow(
        first, {"team": "core"}, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "the network"}]
    )
    made.allow(first, IpRanges=[{"CidrIp": "192.0.2.0/24"}])
    made.allow(first, Ipv6Ranges=[{"CidrIpv6": "2001:db8::/32", "Description": "IPv6"}])
    made.allow(
        first, UserIdGroupPairs=[{"GroupId": made.application, "Description": "application"}]
    )
    made.allow(first, UserIdGroupPairs=[{"GroupId": first, "Description": "members"}])
    made.allow(first, PrefixListIds=[{"PrefixListId": listed, "Description": "offices"}])
    made.allow(second, IpProtocol="-1", IpRanges=[{"CidrIp": "172.16.0.0/12"}])
    made.allow(second, FromPort=5000, ToPort=6000, IpRanges=[{"CidrIp": "10.9.0.0/16"}])
    made.allow(second, FromPort=22, ToPort=22, IpRanges=[{"CidrIp": "10.0.0.0/8"}])
    return made
