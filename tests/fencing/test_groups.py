"""A source's security groups: closed to all but the runner, and back exactly as they were (R69)."""

from __future__ import annotations

from typing import Any

import pytest

from checks.fence import judge_fence
from fixtures.aws.access.remembered import CLOSED, LONGEST, Remembered, as_tags, of_tags
from fixtures.aws.access.rules import Rule, rules_of
from fixtures.aws.errors import (
    AdmitTheRunner,
    CorrectTheRequest,
    RemoveByHand,
    TakeBackTheOtherRun,
    UseAnotherWay,
)
from tests.checks.test_fence import HOLDS
from tests.fencing.fix_estate import PORT, RUN, RUNNER, SETTINGS, Estate


def said(estate: Estate) -> list[str]:
    """Rules that are left, in words."""
    groups = estate.source.security_groups
    return [rule.said for group in groups for rule in rules_of(estate.ec2, group)]


def test_nobody_is_admitted_but_the_runner_and_what_never_reached_the_port(
    estate: Estate,
) -> None:
    """R19, R69: a broader rule that covers the runner lets others in, and goes."""
    before = [one.said for one in estate.groups().left()]
    assert 8 == len(before)
    assert "tcp 5432 from 10.0.0.0/8" in before

    estate.groups().close()

    assert ["tcp 5432 from 10.1.2.7/32", "tcp 22 from 10.0.0.0/8"] == said(estate)
    assert [] == estate.groups().left()


def test_it_is_opened_exactly_as_it_was(estate: Estate) -> None:
    """Descriptions, tags, IPv6, groups and prefix lists; twice is as once."""
    before, tagged = estate.rules(), [estate.tags(one) for one in estate.source.security_groups]
    groups = estate.groups()
    groups.close()
    assert list(estate.source.security_groups) == groups.closed()
    groups.reopen()
    assert before == estate.rules()
    groups.reopen()
    assert before == estate.rules()
    assert tagged == [estate.tags(one) for one in estate.source.security_groups]
    assert [] == groups.closed()


class Killed(BaseException):
    """What `kill -9` leaves: nothing more is done."""


@pytest.mark.parametrize("call", ["CreateTags", "RevokeSecurityGroupIngress"])
@pytest.mark.parametrize("number", [1, 2, 5])
def test_wherever_it_dies_another_machine_opens_it(estate: Estate, call: str, number: int) -> None:
    """What is revoked is remembered before it is."""
    before = estate.rules()
    _dies(estate, call, number, estate.groups().close)
    estate.groups().reopen()  # which knows nothing but the group's tags
    assert before == estate.rules()


@pytest.mark.parametrize("call", ["RevokeSecurityGroupIngress", "CreateTags"])
def test_wherever_it_dies_another_machine_goes_on(estate: Estate, call: str) -> None:
    """The rules of before are not those that are left when it goes on."""
    before = estate.rules()
    _dies(estate, call, 2, estate.groups().close)
    estate.groups().close()
    assert [] == estate.groups().left()
    estate.groups().reopen()
    assert before == estate.rules()


@pytest.mark.parametrize("number", [1, 3])
def test_wherever_opening_dies_it_is_gone_on_with(estate: Estate, number: int) -> None:
    before = estate.rules()
    estate.groups().close()
    _dies(estate, "AuthorizeSecurityGroupIngress", number, estate.groups().reopen)
    assert before != estate.rules()
    estate.groups().reopen()
    assert before == estate.rules()


def _dies(estate: Estate, call: str, number: int, what: Any) -> None:
    """The call of that number is answered, and then nothing more happens."""
    seen = []

    def count(model: Any, **_: Any) -> None:
        if model.name == call:
            seen.append(call)
            if len(seen) == number:
                raise Killed

    estate.ec2.meta.events.register_last("after-call", count)
    try:
        what()
    except Killed:
        pass
    finally:
        estate.ec2.meta.events.unregister("after-call", count)


def test_what_came_meanwhile_is_closed_too_and_comes_back(estate: Estate) -> None:
    """Terraform, or a person, while the run waits."""
    estate.groups().close()
    first = estate.source.security_groups[0]
    estate.allow(first, IpRanges=[{"CidrIp": "198.51.100.0/24", "Description": "new"}])
    (left,) = estate.groups().left()
    (finding,) = [
        one
        for one in judge_fence(HOLDS, way="security-group", rules=[left]).findings
        if one.check == "fence.rule"
    ]
    assert (first in finding.subject, "tcp 5432 from 198.51.100.0/24") == (True, finding.actual)
    estate.groups().close()
    assert [] == estate.groups().left()
    estate.groups().reopen()
    assert "tcp 5432 from 198.51.100.0/24" in said(estate)


def test_a_runner_that_no_rule_of_its_own_admits_is_refused(estate: Estate) -> None:
    """R19: 10.0.0.0/8 covers it, and is about to go."""
    before = estate.rules()
    with pytest.raises(AdmitTheRunner, match=r"keep \(10.77.0.0/16\)"):
        estate.groups(keep=("10.77.0.0/16",)).close()
    assert before == estate.rules()
    assert CLOSED not in estate.tags(estate.source.security_groups[0])


def test_a_group_and_a_prefix_list_can_be_kept(estate: Estate) -> None:
    estate.groups(keep=(estate.application,)).close()
    assert f"tcp 5432 from {estate.application}" in said(estate)
    assert "tcp 5432 from 10.1.2.7/32" not in said(estate)


def test_a_group_in_which_others_stand_is_refused(estate: Estate) -> None:
    """The application's own functions are often members of the database's group."""
    before, group = estate.rules(), estate.source.security_groups[0]
    estate.ec2.create_network_interface(
        SubnetId=estate.subnet, Groups=[group], Description="AWS Lambda VPC ENI-core"
    )
    with pytest.raises(UseAnotherWay, match="AWS Lambda VPC ENI-core") as refused:
        estate.groups().close()
    assert 'method = "connection-limit"' in str(refused.value)
    assert before == estate.rules()


def test_interfaces_of_rds_are_told_by_what_rds_says(estate: Estate) -> None:
    """They are described alike; another cluster in the group is one that RDS lists."""
    group = estate.source.security_groups[1]
    estate.ec2.create_network_interface(
        SubnetId=estate.subnet, Groups=[group], Description="RDSNetworkInterface"
    )
    estate.groups().check()
    estate.rds.create_db_proxy(
        DBProxyName="before-another",
        EngineFamily="POSTGRESQL",
        RoleArn="arn:aws:iam::123456789012:role/proxy",
        VpcSubnetIds=[estate.subnet],
        VpcSecurityGroupIds=[group],
        Auth=[],
    )
    try:
        with pytest.raises(UseAnotherWay, match="RDS Proxy before-another"):
            estate.groups().check()
    finally:
        estate.rds.delete_db_proxy(DBProxyName="before-another")


def test_another_run_s_closing_is_neither_taken_over_nor_undone(estate: Estate) -> None:
    estate.groups().close()
    closed = estate.rules()
    other = estate.groups(run="20260301-140000-ffff")
    for what in (other.close, other.reopen):
        with pytest.raises(TakeBackTheOtherRun, match=f"--resume={RUN}"):
            what()
    assert (closed, []) == (estate.rules(), other.closed())


def test_tags_of_which_a_part_is_gone_are_not_guessed(estate: Estate) -> None:
    estate.groups().close()
    group = estate.source.security_groups[0]
    estate.ec2.delete_tags(Resources=[group], Tags=[{"Key": f"{CLOSED}:01"}])
    with pytest.raises(RemoveByHand, match=f"{CLOSED}:"):
        estate.groups().reopen()


def test_a_rule_that_cannot_be_put_back_is_named_and_stays_remembered(estate: Estate) -> None:
    """The group that it names was deleted meanwhile."""
    estate.groups().close()
    estate.ec2.delete_security_group(GroupId=estate.application)
    with pytest.raises(CorrectTheRequest, match=f"tcp 5432 from {estate.application} could not"):
        estate.groups().reopen()
    assert estate.groups().closed()


def rule(number: int, description: str | None = None) -> Rule:
    source = f"10.{number}.0.0/16"
    return Rule("sg-1", f"sgr-{number}", "tcp", (PORT, PORT), source, description=description)


def test_rules_are_remembered_over_as_many_tags_as_it_takes() -> None:
    """No piece is longer than a tag, or begins or ends with a blank that could be trimmed."""
    rules = tuple(rule(number, f"{'a b  ' * 40}{number} é") for number in range(20))
    held = Remembered(RUN, SETTINGS, rules)
    tags = as_tags(held, {"Name": "core"}, "sg-1")
    assert all(len(value) <= LONGEST and value == value.strip() for value in tags.values())
    assert held == of_tags(tags, "sg-1")
    assert None is of_tags({"Name": "core"}, "sg-1")


def test_more_rules_than_tags_hold_are_refused() -> None:
    rules = tuple(rule(number, "x" * 250) for number in range(60))
    with pytest.raises(UseAnotherWay, match="60 rules to remember"):
        as_tags(Remembered(RUN, SETTINGS, rules), {}, "sg-1")


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("10.1.2.0/24", True),
        ("10.1.2.128/25", True),
        ("10.1.0.0/16", False),
        ("0.0.0.0/0", False),
        ("::/0", False),
        ("2001:db8::/32", False),
        ("sg-1", False),
        ("pl-1", False),
    ],
)
def test_only_what_admits_nobody_else_is_kept(source: str, kept: bool) -> None:
    """R69."""
    assert kept is Rule("sg-9", "sgr-1", "tcp", (PORT, PORT), source).admits_only([RUNNER])


@pytest.mark.parametrize(
    ("protocol", "ports", "reaches"),
    [
        ("tcp", (5432, 5432), True),
        ("6", (0, 65535), True),
        ("-1", (-1, -1), True),
        ("tcp", (22, 22), False),
        ("udp", (5432, 5432), False),
        ("icmp", (-1, -1), False),
    ],
)
def test_only_what_reaches_the_port_counts(
    protocol: str, ports: tuple[int, int], reaches: bool
) -> None:
    assert reaches is Rule("sg-9", "sgr-1", protocol, ports, RUNNER).reaches(PORT)
