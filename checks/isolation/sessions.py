"""Who can reach the copy, and who does: a client that writes to a copy has lost its source."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from checks.asking import Asking
from checks.isolation.danger import Danger, Fact
from checks.isolation.parameters import Parameters

SESSIONS = "isolation.sessions"
LISTENING = "isolation.listening"

OURS = ("restore-drills",)
"""Prefixes of the application names under which this project connects."""

PROVIDERS = ("rdsadmin", "rdsproxyadmin", "azuresu", "cloudsqladmin", "cloudsqlagent")
"""Roles under which a provider looks after its servers; nobody else can log in as they."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """Sessions of somebody else in this database, counted."""

    user: str
    application: str
    sessions: int


def observe_strangers(ask: Asking, ours: Collection[str] = OURS) -> tuple[Strangers, ...]:
    """Client sessions in the current database that are not ours.

    Ours are those named so, and those of the very login that asks, from the same address: whoever
    verifies may well have psql open beside it.
    """
    seen = ask.rows(
        SESSIONS,
        "pg_stat_activity",
        "select pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage')"
        " or (select rolsuper from pg_catalog.pg_roles where rolname = current_user)",
    )
    if seen is not None and not seen[0][0]:
        ask.hidden(SESSIONS, "pg_stat_activity", "pg_read_all_stats")
    rows = ask.rows(
        SESSIONS,
        "pg_stat_activity",
        """
        select coalesce(a.usename, ''), coalesce(a.application_name, ''), count(*)
        from pg_catalog.pg_stat_activity a
        left join pg_catalog.pg_stat_activity me on me.pid = pg_catalog.pg_backend_pid()
        where a.backend_type = 'client backend' and a.pid <> pg_catalog.pg_backend_pid()
          and a.datname = pg_catalog.current_database()
          and not (a.application_name like any (%s))
          and not (a.usename = me.usename and a.client_addr is not distinct from me.client_addr)
          and a.usename <> all (%s)
        group by 1, 2 order by 1, 2
        """,
        [[f"{name}%" for name in ours], list(PROVIDERS)],
    )
    return tuple(Strangers(str(user), str(name), int(count)) for user, name, count in rows or ())


def judge_strangers(seen: tuple[Strangers, ...]) -> Iterator[Danger | Fact]:
    for one in seen:
        name = f" ({one.application})" if one.application else ""
        yield Danger(
            SESSIONS,
            f"{one.user}{name}",
            "nobody but who verifies it",
            "1 session" if one.sessions == 1 else f"{one.sessions} sessions",
            "Find out who this is: a client that works on the copy believes it to be the source. "
            "Close the copy's way in, and end the session.",
        )


def judge_listening(parameters: Parameters) -> Iterator[Danger | Fact]:
    """Where it listens is told: whether a client may come in is a matter of who verifies it."""
    addresses = parameters.get("listen_addresses")
    if addresses is not None:
        port = parameters.get("port")
        said = f"{addresses}, port {port}" if addresses else "a Unix socket only"
        yield Fact(LISTENING, "", said)
