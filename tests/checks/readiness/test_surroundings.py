"""Room, tools, network, quarantine: each red on what is wrong, silent on what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.judgement import Judgement
from checks.readiness.network import (
    Entered,
    Reach,
    check_reach,
    judge_databases,
    judge_inventory,
    judge_login,
)
from checks.readiness.quarantine import (
    Rule,
    Runner,
    SecurityGroup,
    judge_admittance,
    judge_egress,
)
from checks.readiness.room import Disk, Quota, check_disk, judge_quotas
from checks.readiness.tools import Tool, judge_tools, numbers
from checks.readiness.unasked import Unasked
from checks.waivers import is_never_waived

NEEDED = {"DBClusters": 1, "DBInstances": 2}


def test_quotas_with_room_are_silent() -> None:
    assert Judgement() == judge_quotas(
        [Quota("DBClusters", 39, 40), Quota("DBInstances", 38, 40)], NEEDED
    )


def test_a_quota_that_is_reached_is_red() -> None:
    (finding,) = judge_quotas(
        [Quota("DBClusters", 39, 40), Quota("DBInstances", 39, 40)], NEEDED
    ).findings
    assert ("DBInstances", "room for 2 more", "39 of 40 used") == (
        finding.subject,
        finding.expected,
        finding.actual,
    )


@pytest.mark.parametrize("told", [Unasked("no right"), [Quota("DBClusters", 1, 40)]])
def test_a_quota_that_is_not_told_is_not_proven(told: list[Quota] | Unasked) -> None:
    judged = judge_quotas(told, NEEDED)
    assert (0, 1) == (len(judged.findings), len(judged.gaps))


def test_a_disk_with_room_is_silent_and_a_full_one_is_red() -> None:
    disk = Disk("/srv/drill", free=10 * 2**30, needed=10 * 2**30)
    assert [] == check_disk(disk)
    (finding,) = check_disk(replace(disk, free=2**30))
    assert ("10,240 MB free", "1,024 MB free") == (finding.expected, finding.actual)


TOOL = Tool("terraform", "1.5.0", "to adopt", "Install it.", (1, 5, 0))


def test_tools_that_are_there_are_silent() -> None:
    assert Judgement() == judge_tools([TOOL, replace(TOOL, version="1.14.2-rc1")])


@pytest.mark.parametrize(
    ("version", "actual"), [(None, "not found"), ("1.4.9", "1.4.9"), ("?", "?")]
)
def test_a_tool_that_is_missing_or_too_old_is_red(version: str | None, actual: str) -> None:
    (finding,) = judge_tools([replace(TOOL, version=version)]).findings
    assert ("terraform 1.5.0 or newer, needed to adopt", actual) == (
        finding.expected,
        finding.actual,
    )


def test_a_tool_that_nobody_could_look_at_is_not_proven() -> None:
    assert judge_tools([replace(TOOL, version=Unasked("no login"))]).gaps


@pytest.mark.parametrize(
    ("version", "read"),
    [("15.18 (Debian 15.18-1)", (15, 18)), ("1.14.2-rc1", (1, 14, 2)), ("18", (18,)), ("x", ())],
)
def test_versions_are_compared_as_numbers(version: str, read: tuple[int, ...]) -> None:
    assert read == numbers(version)


ENTERED = Entered("15.4", "1.3", ("core", "billing"), {"core": (("public", "granules"),)})
REACH = Reach("core.example", 5432, ("10.0.0.7",), own="10.0.0.9", entered=ENTERED)


def test_a_source_that_is_reached_is_silent() -> None:
    assert [] == check_reach(REACH)
    assert Judgement() == judge_login(REACH)
    assert Judgement() == judge_databases(REACH, ["core"])
    assert Judgement() == judge_inventory(REACH, ["granules", "public.granules"])


def test_a_name_that_does_not_resolve_is_red() -> None:
    (finding,) = check_reach(Reach("core.example", 5432, name_said="Name or service not known"))
    assert ("readiness.name", "Name or service not known") == (finding.check, finding.actual)


def test_a_port_that_is_shut_is_red() -> None:
    (finding,) = check_reach(replace(REACH, own=None, port_said="Connection refused"))
    assert ("core.example:5432", "Connection refused") == (finding.subject, finding.actual)


def test_a_login_that_is_refused_is_red_and_what_lies_behind_it_is_not_proven() -> None:
    refused = replace(REACH, entered="password authentication failed")
    (finding,) = judge_login(refused).findings
    assert "readiness.login" == finding.check
    assert judge_databases(refused, None).gaps
    assert judge_inventory(refused, ["granules"]).gaps
    assert judge_login(replace(REACH, own=None, entered=None)).gaps


def test_a_database_that_is_missing_or_shut_is_red() -> None:
    """R59."""
    shut = replace(REACH, entered=replace(ENTERED, refused={"billing": "permission denied"}))
    assert Judgement() == judge_databases(shut, ["core"])
    (permission,) = judge_databases(shut, None).findings
    assert ("billing", "permission denied") == (permission.subject, permission.actual)
    (absent,) = judge_databases(REACH, ["core", "gone"]).findings
    assert ("gone", "no such database") == (absent.subject, absent.actual)


def test_a_table_that_is_missing_in_the_source_is_red() -> None:
    """R5."""
    (finding,) = judge_inventory(REACH, ["granules", "rules"]).findings
    assert "rules" == finding.subject


def rule(**more: Any) -> Rule:
    return Rule(**{"protocol": "tcp", "first": 5432, "last": 5432, **more})


GROUP = SecurityGroup("sg-0drill", "vpc-1", (rule(networks=("10.0.0.0/24",)),), ())
RUNNER = Runner("10.0.0.9", ("sg-0runner",))


@pytest.mark.parametrize(
    "inwards",
    [
        rule(networks=("10.0.0.9/32",)),
        rule(protocol="-1", first=None, last=None, networks=("0.0.0.0/0",)),
        rule(first=5000, last=6000, networks=("192.0.2.0/24", "10.0.0.0/8")),
        rule(groups=("sg-0other", "sg-0runner")),
    ],
)
def test_a_group_that_lets_the_runner_in_is_silent(inwards: Rule) -> None:
    group = replace(GROUP, inwards=(rule(networks=("192.0.2.0/24",)), inwards))
    assert Judgement() == judge_admittance(group, RUNNER, 5432, "vpc-1")


@pytest.mark.parametrize(
    "inwards",
    [
        (),
        (rule(networks=("192.0.2.0/24",)),),
        (rule(first=5433, last=5433, networks=("0.0.0.0/0",)),),
        (rule(protocol="udp", networks=("0.0.0.0/0",)),),
        (rule(groups=("sg-0other",)),),
        (rule(networks=("::/0",)),),
    ],
)
def test_a_group_that_does_not_let_the_runner_in_is_red(inwards: tuple[Rule, ...]) -> None:
    (finding,) = judge_admittance(replace(GROUP, inwards=inwards), RUNNER, 5432, "vpc-1").findings
    assert "lets 10.0.0.9 in at port 5432" == finding.expected


def test_nobody_who_is_let_in_is_red() -> None:
    """A drill would be refused."""
    (finding,) = judge_admittance(None, RUNNER, 5432, "vpc-1").findings
    assert ("[restore]", None) == (finding.subject, finding.actual)
    assert judge_egress(None).gaps


def test_a_group_of_another_network_is_red() -> None:
    (finding,) = judge_admittance(GROUP, RUNNER, 5432, "vpc-2").findings
    assert ("a group of the source's network vpc-2", "vpc-1") == (finding.expected, finding.actual)


def test_rules_by_group_and_list_are_not_proven_where_they_cannot_be_looked_up() -> None:
    unknown = Runner("10.0.0.9", Unasked("not on EC2"))
    by_group = replace(GROUP, inwards=(rule(groups=("sg-0runner",)),))
    by_list = replace(GROUP, inwards=(rule(lists=("pl-1",)),))
    assert judge_admittance(by_group, unknown, 5432, None).gaps
    assert judge_admittance(by_list, unknown, 5432, None).gaps
    assert judge_admittance(by_list, RUNNER, 5432, None).gaps
    assert judge_admittance(GROUP, Unasked("not reached"), 5432, None).gaps
    assert judge_admittance(Unasked("no such group"), RUNNER, 5432, None).gaps


def test_a_group_that_lets_something_out_is_red_and_never_waived() -> None:
    """EC2 gives each new group a rule that lets everything out."""
    assert Judgement() == judge_egress(GROUP)
    out = rule(protocol="-1", first=None, last=None, networks=("0.0.0.0/0",))
    (finding,) = judge_egress(replace(GROUP, outwards=(out,))).findings
    assert "1 outbound rules to 0.0.0.0/0" == finding.actual
    assert is_never_waived(finding.check)
    assert judge_egress(Unasked("no such group")).gaps
