"""Does AWS say that a copy stands in its quarantine, and in nothing else? (DESIGN 5)

A single instance is judged by its own entry: it has what a cluster has, under names of its own.
Asked of a cluster that is still being created: nothing runs in it before its first instance, and
that is the last moment at which a subscription of production's can be kept from starting. AWS
resets groups silently (docs/rehearsal-cloud.md), so that what the restore call asked for proves
nothing. The entries are those that boto3 gives, `DescribeDBClusters` and so on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.finding import Finding, Scalar
from checks.judgement import Judgement

FAMILY = "quarantine"
"""Checks are called ``quarantine.<what>``; none of them can be waived."""

STOP = "Create no instance: remove the copy, and restore again."
PUT_BACK = "Put it back, before anything else is done to the copy, or remove the copy."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the copy is to stand in.

    parameter_group   the one that the restore call named
    security_group    its id
    port              the one port on which somebody is let in
    admits            who, as EC2 names them; None where that is the operator's matter
    overrides         parameter → value that the group has to say; None: nothing at all
    instance_groups   the copy's own instance parameter groups → their overrides
    """

    parameter_group: str
    security_group: str
    port: int
    admits: frozenset[str] | None
    overrides: Mapping[str, str | None] = field(default_factory=dict)
    instance_groups: Collection[str] = ()


def judge_quarantine(
    wanted: Wanted,
    cluster: Mapping[str, Any],
    *,
    instances: Sequence[Mapping[str, Any]] = (),
    groups: Sequence[Mapping[str, Any]],
    parameters: Mapping[str, str],
    instance_parameters: Mapping[str, Mapping[str, str]] | None = None,
) -> Judgement:
    """Every way in which the copy does not stand apart.

    groups      the security groups that the *cluster* names, as EC2 describes them
    parameters  what is set in the parameter group that the *cluster* names
    instance_parameters
                the same of the copy's own instance parameter groups, by name
    """
    found = (
        *_memberships(wanted, cluster),
        *_ways_out_by_right(cluster, "cluster"),
        *(one for instance in instances for one in _instance(wanted, instance)),
        *_parameters(wanted.overrides, wanted.parameter_group, parameters),
        *_own_instance_groups(wanted, instance_parameters or {}),
        *(one for group in groups for one in _traffic(wanted, group)),
    )
    return Judgement(tuple(found), facts=_facts(wanted))


def _memberships(wanted: Wanted, cluster: Mapping[str, Any]) -> Iterator[Finding]:
    named = sorted(one["VpcSecurityGroupId"] for one in cluster.get("VpcSecurityGroups") or ())
    if named != [wanted.security_group]:
        yield Finding(
            f"{FAMILY}.security_groups", "cluster", [wanted.security_group], named or None, STOP
        )
    group = _parameter_group(cluster)
    if group != wanted.parameter_group:
        yield Finding(f"{FAMILY}.parameter_group", "cluster", wanted.parameter_group, group, STOP)


def _parameter_group(entry: Mapping[str, Any]) -> object:
    """A cluster names its group; a single instance lists the one that it stands in."""
    groups = [one.get("DBParameterGroupName") for one in entry.get("DBParameterGroups") or ()]
    alone = groups[0] if len(groups) == 1 else groups or None
    return entry.get("DBClusterParameterGroup", alone)


def _ways_out_by_right(entry: Mapping[str, Any], subject: str) -> Iterator[Finding]:
    """Roles by which it may call other services, directories whose users may log in."""
    for key, name, check in (
        ("AssociatedRoles", "RoleArn", "roles"),
        ("DomainMemberships", "Domain", "directories"),
    ):
        there = sorted(str(one.get(name)) for one in entry.get(key) or ())
        if there:
            yield Finding(f"{FAMILY}.{check}", subject, None, there, STOP)


def _instance(wanted: Wanted, instance: Mapping[str, Any]) -> Iterator[Finding]:
    """What an instance has of its own: it stands over what the cluster has."""
    name = str(instance.get("DBInstanceIdentifier"))
    yield from _ways_out_by_right(instance, name)
    for group in instance.get("VpcSecurityGroups") or ():
        if group.get("VpcSecurityGroupId") != wanted.security_group:
            yield Finding(
                f"{FAMILY}.security_groups",
                name,
                [wanted.security_group],
                [group.get("VpcSecurityGroupId")],
                PUT_BACK,
            )


def _parameters(
    overrides: Mapping[str, str | None], group: str, parameters: Mapping[str, str]
) -> Iterator[Finding]:
    for name, value in overrides.items():
        if parameters.get(name) != value:
            yield Finding(
                f"{FAMILY}.parameters",
                f"{group}.{name}",
                value,
                parameters.get(name),
                "Somebody changed the run's own parameter group: " + STOP,
            )


def _own_instance_groups(
    wanted: Wanted, parameters: Mapping[str, Mapping[str, str]]
) -> Iterator[Finding]:
    """An instance's group may say nothing else than the cluster's of what is overridden."""
    for group in wanted.instance_groups:
        said = parameters.get(group)
        if said is None:
            yield Finding(f"{FAMILY}.parameter_group", group, "a parameter group", None, STOP)
            continue
        for name, value in wanted.overrides.items():
            if said.get(name) not in (None, value):
                yield Finding(
                    f"{FAMILY}.parameters",
                    f"{group}.{name}",
                    value,
                    said[name],
                    "Somebody changed the run's own parameter group: " + STOP,
                )


def _traffic(wanted: Wanted, group: Mapping[str, Any]) -> Iterator[Finding]:
    subject = str(group.get("GroupId"))
    let_out = sorted({who for rule in group.get("IpPermissionsEgress") or () for who in _who(rule)})
    if let_out:
        yield Finding(
            f"{FAMILY}.egress",
            subject,
            "nothing let out",
            let_out,
            "Remove every egress rule of the group: answers to those who come in need none. "
            + STOP,
        )
    if subject != wanted.security_group:
        return  # that it is named at all is a finding already
    admitted = {
        (who, *_ports(rule)) for rule in group.get("IpPermissions") or () for who in _who(rule)
    }
    if not any(
        _is_tcp(rule) and first <= wanted.port <= last
        for rule in group.get("IpPermissions") or ()
        for first, last in (_ports(rule),)
        if any(_who(rule))
    ):
        yield Finding(
            f"{FAMILY}.ingress",
            subject,
            f"somebody let in on port {wanted.port}",
            None,
            "Let the runner in on that port: nothing could be proven of the copy.",
        )
    if wanted.admits is None:
        return
    expected = {(who, wanted.port, wanted.port) for who in wanted.admits}
    for who, first, last in sorted(admitted - expected):
        yield Finding(
            f"{FAMILY}.ingress",
            f"{subject}: {who}",
            None,
            f"let in on {_said(first, last)}",
            "Nobody but the runner may reach the copy: take the rule away. " + STOP,
        )
    for who, _, _ in sorted(expected - admitted):
        yield Finding(
            f"{FAMILY}.ingress",
            f"{subject}: {who}",
            f"let in on {_said(wanted.port, wanted.port)}",
            None,
            "Somebody took the rule away: let the runner in again.",
        )


def _who(rule: Mapping[str, Any]) -> Iterator[str]:
    for key, name in (
        ("IpRanges", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6"),
        ("UserIdGroupPairs", "GroupId"),
        ("PrefixListIds", "PrefixListId"),
    ):
        for one in rule.get(key) or ():
            yield str(one.get(name))


def _ports(rule: Mapping[str, Any]) -> tuple[int, int]:
    """First and last; all of them where every protocol is meant, or it has no ports."""
    if rule.get("IpProtocol") not in ("tcp", "6", "udp", "17"):
        return (0, 65535)
    return (int(rule.get("FromPort", 0)), int(rule.get("ToPort", 65535)))


def _is_tcp(rule: Mapping[str, Any]) -> bool:
    return rule.get("IpProtocol") in ("tcp", "6", "-1")


def _said(first: int, last: int) -> str:
    return f"port {first}" if first == last else f"ports {first} to {last}"


def _facts(wanted: Wanted) -> dict[str, Scalar]:
    whom = "whom the operator says" if wanted.admits is None else ", ".join(sorted(wanted.admits))
    return {
        f"{FAMILY}.parameter_group": wanted.parameter_group,
        f"{FAMILY}.security_group": wanted.security_group,
        f"{FAMILY}.admits": f"{whom}, on port {wanted.port}",
    }
