"""Who uses the databases, by user and application (R10), and which pooler a session came through.

A pooler hands on sessions of others under its own address, and often under their names: it is known
by what it calls itself where it does (pgbouncer.org/config.html `application_name_add_host`,
pgpool.net, RDS Proxy's own user `rdsproxyadmin`), else it is not. That no pooler was recognised
proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

RDS_PROXY = "RDS Proxy"
_POOLERS = {
    "rdsproxyadmin": RDS_PROXY,
    "rdsproxy": RDS_PROXY,
    "rds-proxy": RDS_PROXY,
    "pgbouncer": "PgBouncer",
    "pgpool": "Pgpool-II",
    "odyssey": "Odyssey",
    "pgcat": "PgCat",
    "supavisor": "Supavisor",
}
"""How a user or an application's name begins: whose it is."""


class Accessor(Protocol):
    """Backends that are alike, counted."""

    @property
    def database(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def application(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def addresses(self) -> Sequence[str]: ...


class Proxy(Protocol):
    """An RDS Proxy that leads to the source."""

    @property
    def name(self) -> str: ...
    @property
    def addresses(self) -> Sequence[str]: ...


def pooler_of(user: str | None, application: str) -> str | None:
    """The pooler that a session says it is of; None where it says none."""
    for said in (user or "", application):
        for beginning, name in _POOLERS.items():
            if said.lower().startswith(beginning):
                return name
    return None


def through(backends: Accessor, proxies: Collection[Proxy]) -> str | None:
    """By what sessions came, as a reader names it: ``RDS Proxy core-proxy``; None: nobody knows.

    A proxy is told by the addresses of its network interfaces, or by its own user.
    """
    known = [one for one in proxies if set(one.addresses) & set(backends.addresses)]
    pooler = pooler_of(backends.user, backends.application)
    if known or pooler == RDS_PROXY:
        names = [one.name for one in known or proxies]
        return f"{RDS_PROXY} {' or '.join(names)}".strip()
    return pooler


def who(backends: Accessor) -> str:
    """User and application."""
    application = f" ({backends.application})" if backends.application else ""
    return f"{backends.user or 'no user'}{application}"


def told(found: Iterable[Accessor], proxies: Collection[Proxy]) -> list[str]:
    """One line for all that are alike: whose they are, what they do, where they come from."""
    lines = []
    for backends in found:
        by = through(backends, proxies)
        parts = [
            f"{backends.database}: {who(backends)}: {backends.count} "
            f"{backends.state or 'of no known state'}",
            f"from {', '.join(backends.addresses)}" if backends.addresses else "",
            f"through {by}" if by else "",
        ]
        lines.append(", ".join(part for part in parts if part))
    return lines


def in_transaction(found: Iterable[Accessor]) -> list[Accessor]:
    """Those who have left a transaction open, and do nothing in it."""
    return [one for one in found if one.state.startswith("idle in transaction")]
