"""A copy that does not stand apart is found before anything runs in it; one that does is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checks.finding import Finding
from checks.quarantine import Wanted, judge_quarantine
from checks.quarantine_running import judge_in_force, judge_lifted

GROUP, PARAMETERS = "sg-0own", "core-drill-1-quarantine"
RUNNER = "10.1.2.0/24"
OVERRIDES = {"max_logical_replication_workers": "0", "shared_preload_libraries": "pgaudit"}
WANTED = Wanted(
    parameter_group=PARAMETERS,
    security_group=GROUP,
    port=5433,
    admits=frozenset({RUNNER}),
    overrides=OVERRIDES,
)


def rule(who: str, first: int = 5433, last: int = 5433, protocol: str = "tcp") -> dict[str, Any]:
    """An ingress or egress rule as EC2 describes it."""
    if protocol == "-1":
        return {"IpProtocol": "-1", "IpRanges": [{"CidrIp": who}]}
    return {
        "IpProtocol": protocol,
        "FromPort": first,
        "ToPort": last,
        "IpRanges": [{"CidrIp": who}],
    }


def group(**said: Any) -> dict[str, Any]:
    return {
        "GroupId": GROUP,
        "IpPermissions": [rule(RUNNER)],
        "IpPermissionsEgress": [],
        **said,
    }


def cluster(**said: Any) -> dict[str, Any]:
    return {
        "DBClusterIdentifier": "core-drill-1",
        "DBClusterParameterGroup": PARAMETERS,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": GROUP, "Status": "active"}],
        "AssociatedRoles": [],
        "DomainMemberships": [],
        **said,
    }


def found(
    entry: Mapping[str, Any] | None = None,
    *groups: Mapping[str, Any],
    wanted: Wanted = WANTED,
    parameters: Mapping[str, str] = OVERRIDES,
    **more: Any,
) -> list[Finding]:
    return list(
        judge_quarantine(
            wanted,
            cluster() if entry is None else entry,
            groups=groups or (group(),),
            parameters=parameters,
            **more,
        ).findings
    )


def test_a_copy_that_stands_in_its_quarantine_alone_is_none() -> None:
    """A clean one is silent, and the reader is told where it stands (R64)."""
    judged = judge_quarantine(WANTED, cluster(), groups=[group()], parameters=OVERRIDES)

    assert () == judged.findings
    assert f"{RUNNER}, on port 5433" == judged.facts["quarantine.admits"]


BROKEN: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str, str]] = {
    # what is wrong: (cluster, its groups, check that speaks, what it names)
    "the VPC's default group crept in": (
        cluster(
            VpcSecurityGroups=[
                {"VpcSecurityGroupId": GROUP},
                {"VpcSecurityGroupId": "sg-default"},
            ]
        ),
        [
            group(),
            group(GroupId="sg-default", IpPermissionsEgress=[rule("0.0.0.0/0", protocol="-1")]),
        ],
        "quarantine.security_groups",
        "sg-default",
    ),
    "the default group took its place": (
        cluster(VpcSecurityGroups=[{"VpcSecurityGroupId": "sg-default"}]),
        [group(GroupId="sg-default")],
        "quarantine.security_groups",
        "sg-default",
    ),
    "no group at all": (
        cluster(VpcSecurityGroups=[]),
        [],
        "quarantine.security_groups",
        GROUP,
    ),
    "the engine's default parameter group": (
        cluster(DBClusterParameterGroup="default.aurora-postgresql15"),
        [group()],
        "quarantine.parameter_group",
        "default.aurora-postgresql15",
    ),
    "the source's parameter group": (
        cluster(DBClusterParameterGroup="core-params"),
        [group()],
        "quarantine.parameter_group",
        "core-params",
    ),
    "a role": (
        cluster(AssociatedRoles=[{"RoleArn": "arn:aws:iam::1:role/export"}]),
        [group()],
        "quarantine.roles",
        "role/export",
    ),
    "a directory": (
        cluster(DomainMemberships=[{"Domain": "d-90670ad2f1"}]),
        [group()],
        "quarantine.directories",
        "d-90670ad2f1",
    ),
    "a way out": (
        cluster(),
        [group(IpPermissionsEgress=[rule("0.0.0.0/0", protocol="-1")])],
        "quarantine.egress",
        "0.0.0.0/0",
    ),
    "a way out to one network": (
        cluster(),
        [group(IpPermissionsEgress=[rule("10.9.0.0/16", 443, 443)])],
        "quarantine.egress",
        "10.9.0.0/16",
    ),
    "a way out to another group": (
        cluster(),
        [
            group(
                IpPermissionsEgress=[
                    {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-0prod"}]}
                ]
            )
        ],
        "quarantine.egress",
        "sg-0prod",
    ),
    "somebody else is let in": (
        cluster(),
        [group(IpPermissions=[rule(RUNNER), rule("10.0.0.0/8")])],
        "quarantine.ingress",
        "10.0.0.0/8",
    ),
    "the runner is let in on more": (
        cluster(),
        [group(IpPermissions=[rule(RUNNER), rule(RUNNER, 0, 65535)])],
        "quarantine.ingress",
        "ports 0 to 65535",
    ),
    "the application's group is let in": (
        cluster(),
        [
            group(
                IpPermissions=[
                    rule(RUNNER),
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 5433,
                        "ToPort": 5433,
                        "UserIdGroupPairs": [{"GroupId": "sg-0app"}],
                    },
                ]
            )
        ],
        "quarantine.ingress",
        "sg-0app",
    ),
    "nobody is let in": (
        cluster(),
        [group(IpPermissions=[])],
        "quarantine.ingress",
        "somebody let in on port 5433",
    ),
    "the runner, on another port": (
        cluster(),
        [group(IpPermissions=[rule(RUNNER, 5432, 5432)])],
        "quarantine.ingress",
        "port 5432",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_not_apart_is_found(fault: str) -> None:
    """Each of them is really so, and found by the check that is about it (R64)."""
    entry, groups, check, named = BROKEN[fault]

    findings = found(entry, *groups)

    assert check in {one.check for one in findings}
    assert any(named in str(one) for one in findings if one.check == check), findings


def test_a_parameter_that_somebody_changed_is_found() -> None:
    workers = found(parameters={**OVERRIDES, "max_logical_replication_workers": "4"})
    taken_out = found(parameters={"shared_preload_libraries": "pgaudit"})

    assert ["quarantine.parameters"] == [one.check for one in workers]
    assert ("0", "4") == (workers[0].expected, workers[0].actual)
    assert [None] == [one.actual for one in taken_out]


def test_what_is_left_to_the_engine_may_not_be_set() -> None:
    wanted = Wanted(
        PARAMETERS, GROUP, 5433, frozenset({RUNNER}), {"shared_preload_libraries": None}
    )

    silent = found(wanted=wanted, parameters={})
    cron = found(wanted=wanted, parameters={"shared_preload_libraries": "pg_cron"})

    assert [] == silent
    assert ["pg_cron"] == [one.actual for one in cron]


def test_an_operators_group_says_itself_whom_it_lets_in_but_lets_nothing_out() -> None:
    operators = Wanted(PARAMETERS, GROUP, 5433, None, OVERRIDES)
    two = group(IpPermissions=[rule(RUNNER), rule("10.7.0.0/16", 0, 65535)])

    assert [] == found(None, two, wanted=operators)
    assert ["quarantine.egress"] == [
        one.check
        for one in found(
            None, {**two, "IpPermissionsEgress": [rule("0.0.0.0/0")]}, wanted=operators
        )
    ]
    assert ["quarantine.ingress"] == [
        one.check for one in found(None, group(IpPermissions=[]), wanted=operators)
    ]


def test_an_instance_has_no_group_and_no_role_of_its_own() -> None:
    sound = {
        "DBInstanceIdentifier": "core-drill-1-1",
        "VpcSecurityGroups": [{"VpcSecurityGroupId": GROUP}],
    }
    stray = {
        **sound,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-default"}],
        "AssociatedRoles": [{"RoleArn": "arn:aws:iam::1:role/export"}],
    }

    assert [] == found(instances=[sound])
    assert ["quarantine.roles", "quarantine.security_groups"] == [
        one.check for one in found(instances=[stray])
    ]


def test_an_instance_parameter_group_that_undoes_the_clusters_is_found() -> None:
    """An instance's own group stands over its cluster's."""
    wanted = Wanted(PARAMETERS, GROUP, 5433, frozenset({RUNNER}), OVERRIDES, ("own",))

    sound = found(wanted=wanted, instance_parameters={"own": {"work_mem": "64"}})
    undone = found(
        wanted=wanted, instance_parameters={"own": {"shared_preload_libraries": "pg_cron"}}
    )
    gone = found(wanted=wanted, instance_parameters={})

    assert [] == sound
    assert ["own.shared_preload_libraries"] == [one.subject for one in undone]
    assert ["own"] == [one.subject for one in gone]


def test_a_group_that_is_named_is_not_yet_in_force() -> None:
    """Until a reboot the server runs with what it was started with."""
    harmless = {"pgaudit", "rdsutils"}
    running = {
        "max_logical_replication_workers": "0",
        "shared_preload_libraries": "rdsutils,pgaudit",
    }

    assert () == judge_in_force(OVERRIDES, running, harmless=harmless).findings
    (workers,) = judge_in_force(
        OVERRIDES, {**running, "max_logical_replication_workers": "4"}, harmless=harmless
    ).findings
    (cron,) = judge_in_force(
        OVERRIDES, {**running, "shared_preload_libraries": "pgaudit,pg_cron"}, harmless=harmless
    ).findings
    assert ("0", "4") == (workers.expected, workers.actual)
    assert ["pg_cron"] == cron.actual


def test_what_was_overridden_is_the_sources_again_once_it_is_let_out() -> None:
    source = {"max_logical_replication_workers": "4"}

    lifted = judge_lifted(source, source, {"max_logical_replication_workers": "4"})
    waiting = judge_lifted(source, source, {"max_logical_replication_workers": "0"})
    unknown = judge_lifted(source, {}, {"max_logical_replication_workers": "0"})

    assert () == (*lifted.findings, *lifted.gaps)
    assert [("4", "0")] == [(one.expected, one.actual) for one in waiting.findings]
    assert ["max_logical_replication_workers"] == [one.subject for one in unknown.gaps]
