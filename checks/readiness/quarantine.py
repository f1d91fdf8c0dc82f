"""The security group that a copy is put into: it lets this machine in, and nothing out."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from checks.finding import Finding
from checks.judgement import Judgement
from checks.readiness.unasked import Unasked, unasked

ADMITS = "readiness.quarantine"
ISOLATION = "readiness.isolation"

ALL = "-1"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a group, as EC2 has it.

    protocol     ``tcp``, `ALL`
    first, last  ports; None for all
    networks     in CIDR form
    groups       ids of security groups
    lists        ids of prefix lists, whose networks are not looked up
    """

    protocol: str
    first: int | None
    last: int | None
    networks: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    def covers(self, port: int) -> bool:
        """Whether it is about that TCP port."""
        if self.protocol == ALL:
            return True
        if self.protocol not in ("tcp", "6"):
            return False
        return (self.first is None or self.first <= port) and (
            self.last is None or port <= self.last
        )


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A group; its rules inwards and outwards."""

    identifier: str
    vpc: str | None
    inwards: tuple[Rule, ...]
    outwards: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Runner:
    """This machine, as the copy would see it.

    address  its own on the way to the source; behind NAT the copy sees another
    groups   security groups of the interface with that address; `Unasked` where it is none in EC2
    """

    address: str
    groups: tuple[str, ...] | Unasked


def judge_admittance(
    group: SecurityGroup | Unasked | None, runner: Runner | Unasked, port: int, vpc: str | None
) -> Judgement:
    """It is of the source's network, and a rule of it lets this machine in at the copy's port."""
    if group is None:
        return Judgement(
            (
                Finding(
                    ADMITS,
                    "[restore]",
                    "quarantine_security_group, or quarantine_admits",
                    None,
                    'Name who may reach a copy: quarantine_admits = ["10.1.2.0/24"].',
                ),
            )
        )
    if isinstance(group, Unasked):
        return unasked(ADMITS, "the quarantine group", group)
    if vpc is not None and group.vpc != vpc:
        return Judgement(
            (
                Finding(
                    ADMITS,
                    group.identifier,
                    f"a group of the source's network {vpc}",
                    group.vpc,
                    "Name a security group of that VPC: RDS refuses any other.",
                ),
            )
        )
    if isinstance(runner, Unasked):
        return unasked(ADMITS, group.identifier, runner)
    about = [rule for rule in group.inwards if rule.covers(port)]
    if any(_holds(rule.networks, runner.address) for rule in about):
        return Judgement()
    asked = {name for rule in about for name in rule.groups}
    if isinstance(runner.groups, Unasked):
        if asked or any(rule.lists for rule in about):
            return unasked(ADMITS, group.identifier, runner.groups)
    elif asked & set(runner.groups):
        return Judgement()
    elif any(rule.lists for rule in about):
        return unasked(ADMITS, group.identifier, Unasked("its prefix lists were not looked up"))
    return Judgement(
        (
            Finding(
                ADMITS,
                group.identifier,
                f"lets {runner.address} in at port {port}",
                f"{len(about)} rules for that port, none for it" if about else "no rule for it",
                "Add an inbound rule for this machine, or its security group, at that port.",
            ),
        )
    )


def judge_egress(group: SecurityGroup | Unasked | None) -> Judgement:
    """It lets nothing out: a copy would carry on what production does. Never waived."""
    if group is None:
        return unasked(ISOLATION, "[restore]", Unasked("no group is named, see who is let in"))
    if isinstance(group, Unasked):
        return unasked(ISOLATION, "the quarantine group", group)
    if not group.outwards:
        return Judgement()
    return Judgement(
        (
            Finding(
                ISOLATION,
                group.identifier,
                "no outbound rule",
                f"{len(group.outwards)} outbound rules to {_targets(group.outwards)}",
                "Remove them: EC2 gives every new group one that lets everything out.",
            ),
        )
    )


def _holds(networks: Sequence[str], address: str) -> bool:
    try:
        seen = ipaddress.ip_address(address.partition("%")[0])
        return any(seen in ipaddress.ip_network(network, strict=False) for network in networks)
    except ValueError:
        return False


def _targets(rules: Sequence[Rule]) -> str:
    named = sorted({name for rule in rules for name in (*rule.networks, *rule.groups, *rule.lists)})
    return ", ".join(named[:5]) + (f" and {len(named) - 5} more" if named[5:] else "")
