"""Does the fence hold? Judged from an observation, `fixtures.postgres.fence.observe` (R13 to R20).

The observation's types are described by what is read of them (`fence_seen`), because checks import
nothing of the other packages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from checks.accessors import Proxy, through, who
from checks.fence_logins import CHECK as LOGIN
from checks.fence_logins import TOO_MANY_CONNECTIONS, Outside, judge_logins
from checks.fence_seen import BY_LIMIT, Observation, Rule
from checks.finding import Finding
from checks.judgement import Gap, Judgement

__all__ = [
    "RDS_ADMINISTRATORS",
    "TOO_MANY_CONNECTIONS",
    "check_fence",
    "check_limits",
    "check_rules",
    "judge_fence",
]

CHECK = "fence"
RDS_ADMINISTRATORS = frozenset({"rdsadmin"})
"""RDS's own superuser: no limit holds for it, nobody can end its sessions, it writes no rows."""


def judge_fence(
    seen: Observation,
    *,
    way: str = BY_LIMIT,
    every_database: bool = True,
    tolerated_users: Collection[str] = RDS_ADMINISTRATORS,
    proxies: Collection[Proxy] = (),
    let_in_before: Collection[str] = (),
    outside: Outside | None = None,
    rules: Sequence[Rule] = (),
) -> Judgement:
    """Everything that lets work into the fenced databases, or the administrator out.

    way              by what access was removed: a limit is one of several (R69)
    every_database   whether all connectable databases were to be fenced, the maintenance door apart
                     (R59); False where the settings name some of them
    tolerated_users  superusers who may stay
    proxies          RDS Proxies that lead to the source: a session of one is told by its name
    let_in_before    databases into which the application was let before
    outside          what the operator's own probe said, where there is one
    rules            ingress rules that admit somebody who was not to be kept
    """
    found = [
        *(_check_limits(seen, every_database=every_database) if way == BY_LIMIT else ()),
        *check_rules(rules),
        *_check_door(seen),
        *_check_sessions(seen, tolerated_users, proxies, way),
        *_check_workers(seen),
        *_check_prepared(seen),
        *_check_quiet(seen),
    ]
    logins = judge_logins(seen, way, let_in_before=let_in_before, outside=outside)
    gaps = () if seen.cron_jobs is not None else (_UNKNOWN_JOBS,)
    return Judgement(tuple(found), gaps) + logins


_UNKNOWN_JOBS = Gap(
    f"{CHECK}.cron",
    "jobs of pg_cron",
    "R13: the administrator cannot see every row of cron.job: see that no active job is of the "
    "fenced databases, or let it see them",
)


def check_fence(
    seen: Observation,
    *,
    every_database: bool = True,
    tolerated_users: Collection[str] = RDS_ADMINISTRATORS,
) -> list[Finding]:
    """What is wrong with a fence of connection limits; a login that was not tried is, too. Other
    gaps are `judge_fence`'s to tell.
    """
    judged = judge_fence(seen, every_database=every_database, tolerated_users=tolerated_users)
    untried = [
        Finding(gap.check, gap.subject, "the application refused", "not tried", f"{gap.reason}.")
        for gap in judged.gaps
        if gap.check == LOGIN
    ]
    return [*judged.findings, *untried]


def check_limits(expected: Mapping[str, int], actual: Mapping[str, int]) -> list[Finding]:
    """R21: the databases' connection limits are those from before the fence.

    Of the source after the fence is lifted, or of a copy restored from a time within the fence.
    """
    return [
        Finding(
            check=f"{CHECK}.lifted",
            subject=f"database {name}",
            expected=_limit(limit),
            actual=_limit(actual.get(name)),
            remedy=f"R21: alter database … connection limit {limit}: the fence came along.",
        )
        for name, limit in expected.items()
        if actual.get(name) != limit
    ]


def _check_limits(seen: Observation, *, every_database: bool) -> list[Finding]:
    wanted = list(seen.databases)
    if every_database:
        wanted += [name for name in seen.limits if name not in wanted and name != seen.maintenance]
    return [
        Finding(
            check=f"{CHECK}.limit",
            subject=f"database {name}",
            expected=_limit(0),
            actual=_limit(seen.limits.get(name)),
            remedy="R14: fence the database that the application uses, by this name."
            if name in seen.databases
            else "R59: fence this database too, or name in the settings those that are meant.",
        )
        for name in wanted
        if seen.limits.get(name) != 0
    ]


def _check_door(seen: Observation) -> list[Finding]:
    if seen.door_open:
        return []
    return [
        Finding(
            check=f"{CHECK}.door",
            subject=f"database {seen.maintenance}",
            expected="the administrator's new connection comes in",
            actual="it is refused",
            remedy="R19: keep the open session, and lift the limit of the maintenance database.",
        )
    ]


def check_rules(rules: Sequence[Rule]) -> list[Finding]:
    """R69: rules that let somebody in on the source's port who was not to be kept."""
    return [
        Finding(
            check=f"{CHECK}.rule",
            subject=f"security group {rule.group}: rule {rule.id}",
            expected="nobody admitted on the source's port but [access] keep",
            actual=rule.said,
            remedy="R69: revoke it: something put it there, Terraform or a person.",
        )
        for rule in rules
    ]


def _check_sessions(
    seen: Observation, tolerated_users: Collection[str], proxies: Collection[Proxy], way: str
) -> list[Finding]:
    findings = []
    for backends in seen.clients:
        if backends.superuser and backends.user in tolerated_users:
            continue
        by = through(backends, proxies)
        if backends.superuser:
            remedy = "R17: a superuser passes the limit: stop this client, then end its session."
        elif way == BY_LIMIT:
            remedy = "R15: set the limit first, then end the session: clients come back at once."
        else:
            remedy = "R15: close the way it comes by first, then end the session."
        if by is not None:
            remedy += f" R69: it came through {by}: take its target away, or stop it."
        elif proxies:
            names = ", ".join(one.name for one in proxies)
            remedy += f" R69: it may have come through RDS Proxy {names}."
        findings.append(
            Finding(
                check=f"{CHECK}.session",
                subject=f"database {backends.database}: {who(backends)}"
                + (f" through {by}" if by else ""),
                expected="no session",
                actual=f"{backends.count} {backends.state or backends.backend}",
                remedy=remedy,
            )
        )
    return findings


def _check_workers(seen: Observation) -> list[Finding]:
    """R13: no limit holds for what the server itself starts; what is seen, and what may come."""
    found = [
        Finding(
            check=f"{CHECK}.worker",
            subject=f"database {workers.database}: {workers.backend}",
            expected="no background process that writes",
            actual=workers.count,
            remedy="R13: disable the subscription, job or extension that runs it.",
        )
        for workers in seen.workers
    ]
    found += [
        Finding(
            check=f"{CHECK}.subscription",
            subject=f"database {one.database}: subscription {one.name}",
            expected="switched off",
            actual="switched on",
            remedy="R13: alter subscription … disable: its worker passes every limit.",
        )
        for one in seen.subscriptions
    ]
    if seen.cron_jobs:
        found.append(
            Finding(
                check=f"{CHECK}.cron",
                subject="active jobs of pg_cron in the fenced databases",
                expected=0,
                actual=seen.cron_jobs,
                remedy="R13: update cron.job set active = false; its workers pass every limit.",
            )
        )
    return found


def _check_prepared(seen: Observation) -> list[Finding]:
    return [
        Finding(
            check=f"{CHECK}.prepared",
            subject=f"database {prepared.database}: transaction {prepared.name}",
            expected="no prepared transaction",
            actual=f"one of {prepared.owner}",
            remedy="R13: commit or roll it back: it outlives its session and can commit any time.",
        )
        for prepared in seen.prepared
    ]


def _check_quiet(seen: Observation) -> list[Finding]:
    if seen.xmax_before == seen.xmax_after:
        return []
    return [
        Finding(
            check=f"{CHECK}.quiet",
            subject="next transaction id of the cluster",
            expected=seen.xmax_before,
            actual=seen.xmax_after,
            remedy=f"R13: somebody wrote within {seen.quiet_seconds:g} s; find the session, in "
            "databases outside the fence too.",
        )
    ]


def _limit(limit: int | None) -> object:
    return "no such database" if limit is None else f"connection limit {limit}"
