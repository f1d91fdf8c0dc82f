"""Is the old cluster silent, now that everybody uses the copy? (R56)

Judged from `fixtures.postgres.silence.watch`, whose types are described here by what is read of
them, because checks import nothing of the other packages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from checks.fence import RDS_ADMINISTRATORS
from checks.finding import Finding
from checks.judgement import Gap, Judgement

CHECK = "silence"


class Client(Protocol):
    """A client that had a session."""

    @property
    def database(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def application(self) -> str: ...
    @property
    def address(self) -> str | None: ...
    @property
    def superuser(self) -> bool: ...


class Watched(Protocol):
    """An old cluster, watched for a while."""

    @property
    def databases(self) -> Sequence[str]: ...
    @property
    def seconds(self) -> float: ...
    @property
    def limits(self) -> Mapping[str, int]: ...
    @property
    def seen(self) -> Sequence[Client]: ...
    @property
    def sessions(self) -> Mapping[str, int | None]: ...
    @property
    def prepared(self) -> Sequence[tuple[str, str]]: ...
    @property
    def xmax_before(self) -> int: ...
    @property
    def xmax_after(self) -> int: ...


def check_silence(
    watched: Watched,
    *,
    limited: Collection[str],
    tolerated_users: Collection[str] = RDS_ADMINISTRATORS,
) -> Judgement:
    """Everything that shows that somebody still uses the old cluster, or could again.

    limited          databases whose connection limit is the fence; others are fenced otherwise
    tolerated_users  superusers who may be connected
    """
    findings = (
        *_sessions(watched, tolerated_users),
        *_short_sessions(watched),
        *_prepared(watched),
        *_writes(watched),
        *_fence(watched, limited),
    )
    return Judgement(findings, tuple(_unseen(watched)))


def _sessions(watched: Watched, tolerated_users: Collection[str]) -> list[Finding]:
    return [
        Finding(
            f"{CHECK}.session",
            f"database {one.database}: {one.user or 'no user'}"
            + (f" ({one.application})" if one.application else ""),
            f"no session within {watched.seconds:g} s",
            f"one from {one.address or 'the server itself'}",
            "R55: deploy this client again, so that it reads its login anew: it uses the old "
            "cluster.",
        )
        for one in watched.seen
        if not _tolerated(one, tolerated_users)
    ]


def _short_sessions(watched: Watched) -> list[Finding]:
    """Of those that no look met. Where one was met it is told already, or may be there."""
    return [
        Finding(
            f"{CHECK}.sessions",
            f"database {name}",
            f"no session began within {watched.seconds:g} s",
            f"{began} began, and ended before they were looked at",
            "R55: find who connects for a moment, a function or a job, and deploy it again.",
        )
        for name, began in _unmet(watched).items()
        if watched.limits.get(name) != 0
    ]


def _unseen(watched: Watched) -> list[Gap]:
    """A limit of 0 lets superusers in alone: one of RDS's own, probably, and nobody saw it."""
    return [
        Gap(
            f"{CHECK}.sessions",
            f"database {name}",
            f"{began} began within {watched.seconds:g} s past its limit of 0 and ended before they "
            "were looked at: superusers', of whom RDS has its own; look into its log",
        )
        for name, began in _unmet(watched).items()
        if watched.limits.get(name) == 0
    ]


def _unmet(watched: Watched) -> dict[str, int]:
    """Database: how many sessions began in it, where no look met any."""
    met = {one.database for one in watched.seen}
    return {name: began for name, began in watched.sessions.items() if began and name not in met}


def _prepared(watched: Watched) -> list[Finding]:
    return [
        Finding(
            f"{CHECK}.prepared",
            f"database {database}: transaction {name}",
            "no prepared transaction",
            "one is there",
            "R56: commit or roll it back: it outlives its session and can commit any time.",
        )
        for database, name in watched.prepared
    ]


def _writes(watched: Watched) -> list[Finding]:
    if watched.xmax_before == watched.xmax_after:
        return []
    return [
        Finding(
            f"{CHECK}.write",
            "next transaction id of the old cluster",
            watched.xmax_before,
            watched.xmax_after,
            f"R56: somebody wrote within {watched.seconds:g} s: what was written there is not in "
            "the copy; find the session, in databases outside the fence too.",
        )
    ]


def _fence(watched: Watched, limited: Collection[str]) -> list[Finding]:
    return [
        Finding(
            f"{CHECK}.fence",
            f"database {name}",
            "connection limit 0",
            "no such database" if (limit := watched.limits.get(name)) is None else limit,
            "R56: fence it again: whoever kept the old host would write there.",
        )
        for name in limited
        if watched.limits.get(name) != 0
    ]


def _tolerated(client: Client, tolerated_users: Collection[str]) -> bool:
    return client.superuser and client.user in tolerated_users
