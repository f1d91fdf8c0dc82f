"""Does the fence hold? Judged from an observation, `fixtures.postgres.fence.observe` (R13 to R20).

The observation's types are described here by what is read of them, because checks import nothing of
the other packages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from checks.finding import Finding

CHECK = "fence"
TOO_MANY_CONNECTIONS = "53300"
RDS_ADMINISTRATORS = frozenset({"rdsadmin"})
"""RDS's own superuser: no limit holds for it, nobody can end its sessions, it writes no rows."""


class Backends(Protocol):
    """Backends that are alike, counted."""

    @property
    def database(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def application(self) -> str: ...
    @property
    def backend(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def superuser(self) -> bool: ...
    @property
    def count(self) -> int: ...


class Prepared(Protocol):
    """A prepared transaction."""

    @property
    def database(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def name(self) -> str: ...


class Login(Protocol):
    """What came of the application's login to one database."""

    @property
    def database(self) -> str: ...
    @property
    def admitted(self) -> bool: ...
    @property
    def sqlstate(self) -> str | None: ...
    @property
    def words(self) -> str: ...
    @property
    def wrote(self) -> bool: ...


class Observation(Protocol):
    """A fenced source, as seen."""

    @property
    def databases(self) -> Sequence[str]: ...
    @property
    def maintenance(self) -> str: ...
    @property
    def door_open(self) -> bool: ...
    @property
    def limits(self) -> Mapping[str, int]: ...
    @property
    def clients(self) -> Sequence[Backends]: ...
    @property
    def workers(self) -> Sequence[Backends]: ...
    @property
    def prepared(self) -> Sequence[Prepared]: ...
    @property
    def logins(self) -> Sequence[Login]: ...
    @property
    def xmax_before(self) -> int: ...
    @property
    def xmax_after(self) -> int: ...
    @property
    def quiet_seconds(self) -> float: ...


def check_fence(
    seen: Observation,
    *,
    every_database: bool = True,
    tolerated_users: Collection[str] = RDS_ADMINISTRATORS,
) -> list[Finding]:
    """Everything that lets work into the fenced databases, or the administrator out.

    every_database   whether all connectable databases were to be fenced, the maintenance door apart
                     (R59); False where the settings name some of them
    tolerated_users  superusers who may stay
    """
    return [
        *_check_limits(seen, every_database=every_database),
        *_check_door(seen),
        *_check_sessions(seen, tolerated_users),
        *_check_workers(seen),
        *_check_prepared(seen),
        *_check_logins(seen),
        *_check_quiet(seen),
    ]


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


def _check_sessions(seen: Observation, tolerated_users: Collection[str]) -> list[Finding]:
    return [
        Finding(
            check=f"{CHECK}.session",
            subject=f"database {backends.database}: {_who(backends)}",
            expected="no session",
            actual=f"{backends.count} {backends.state or backends.backend}",
            remedy="R17: a superuser passes the limit: stop this client, then end its session."
            if backends.superuser
            else "R15: set the limit first, then end the session: clients come back at once.",
        )
        for backends in seen.clients
        if not (backends.superuser and backends.user in tolerated_users)
    ]


def _check_workers(seen: Observation) -> list[Finding]:
    return [
        Finding(
            check=f"{CHECK}.worker",
            subject=f"database {workers.database}: {workers.backend}",
            expected="no background process that writes",
            actual=workers.count,
            remedy="R13: disable the subscription, job or extension that runs it.",
        )
        for workers in seen.workers
    ]


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


def _check_logins(seen: Observation) -> list[Finding]:
    """R16 and R18. A refusal for another reason than the limit proves nothing about the fence."""
    probed = {login.database: login for login in seen.logins}
    findings = []
    for database in seen.databases:
        login = probed.get(database)
        if login is None:
            actual: object = "not tried"
            remedy = "R16: give the application's login: what was not tried is not proven."
        elif login.wrote:
            actual = "let in, and could write"
            remedy = "R18: set the connection limit to 0; see whether the login is a superuser's."
        elif login.admitted:
            actual = "let in, and could not write"
            remedy = "R16: set the connection limit to 0; see whether the login is a superuser's."
        elif login.sqlstate != TOO_MANY_CONNECTIONS or "for database" not in login.words:
            actual = f"refused with {login.sqlstate or 'an unknown SQLSTATE'}: {login.words}"
            remedy = "R16: correct the probe's login; this refusal is not the fence's."
        else:
            continue
        findings.append(
            Finding(
                check=f"{CHECK}.login",
                subject=f"database {database}",
                expected=f"the application refused with {TOO_MANY_CONNECTIONS} for this database",
                actual=actual,
                remedy=remedy,
            )
        )
    return findings


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


def _who(backends: Backends) -> str:
    application = f" ({backends.application})" if backends.application else ""
    return f"{backends.user or 'no user'}{application}"


def _limit(limit: int | None) -> object:
    return "no such database" if limit is None else f"connection limit {limit}"
