"""Do clients use the copy: does what they read name it, does their login lead there, does what they
write arrive? (R42, R47, R55)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from checks.database import reason
from checks.finding import Finding
from checks.markers import TABLE

CHECK = "clients"
Connection = psycopg.Connection[Any]

_SERVER = """
    select host(inet_server_addr()), inet_server_port(), pg_postmaster_start_time()::text,
           to_regproc('aurora_db_instance_identifier') is not null
"""


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says of itself, whatever name it was reached by.

    address, port  where it took the connection
    started        to the microsecond: of two servers that share address and port, behind a proxy
                   or after a failover, it tells which
    instance       what Aurora calls the instance; None where it is none of Aurora's
    """

    address: str | None
    port: int | None
    started: str
    instance: str | None = None

    def __str__(self) -> str:
        named = "" if self.instance is None else f"{self.instance}, "
        return f"{named}{self.address}:{self.port}, up since {self.started}"


def observe_server(connection: Connection) -> Server:
    """Which server answers. A restored copy has its source's system identifier, and its databases
    the same oids, so that neither can tell them apart.
    """
    row = connection.execute(_SERVER).fetchone()
    assert row is not None
    address, port, started, aurora = row
    instance = None
    if aurora:
        named = connection.execute("select aurora_db_instance_identifier()").fetchone()
        instance = None if named is None else named[0]
    return Server(address, port, started, instance)


def check_where(
    expected: str, actual: str, subject: str = "the application's secret"
) -> list[Finding]:
    """`host:port` of the copy, and what a secret of the clients names."""
    if expected == actual:
        return []
    return [
        Finding(
            f"{CHECK}.secret",
            subject,
            expected,
            actual,
            "Name the copy in the secret that the application reads, and restart it.",
        )
    ]


def check_login(
    secret: str,
    login: Callable[[], Connection],
    *,
    copy: Sequence[Server],
    source: Server | None,
) -> list[Finding]:
    """Log in as the application does, through its secret, and have the server say which it is.

    login   returns a connection by what the secret says now, host included
    copy    the servers that the copy's endpoint leads to
    source  the old cluster's, where it can still be asked

    A login that works proves nothing by itself: the old cluster takes it just as well.
    """
    try:
        connection = login()
    except psycopg.OperationalError as refusal:
        return [
            Finding(
                f"{CHECK}.login",
                f"secret {secret}",
                "the application logs in with it",
                reason(refusal),
                "R42: a restore rewinds roles and passwords: set the role's password to that of "
                "the secret, and let its clients reach the copy.",
            )
        ]
    with connection:
        found = observe_server(connection)
    if found in copy:
        return []
    return [
        Finding(
            f"{CHECK}.server",
            f"secret {secret}",
            "; ".join(map(str, copy)),
            f"the old cluster, {found}" if found == source else f"{found}",
            "R55: what the secret names leads elsewhere: a record or proxy that still points to "
            "the old cluster; have it point to the copy.",
        )
    ]


def check_writes(
    database: str, *, restored: datetime | None, newest: datetime | None
) -> list[Finding]:
    """The newest commit that came back, and the newest there is since ingest was resumed.

    Aware times by the server's own clock; None where there is no commit to be seen.
    """
    if newest is not None and (restored is None or newest > restored):
        return []
    return [
        Finding(
            f"{CHECK}.writes",
            database,
            f"a commit after {restored.isoformat() if restored else 'the restore'}",
            newest,
            "Find out where the clients write, and stop them there.",
        )
    ]


def check_acknowledged(
    database: str, numbers: tuple[int, int] | None, connection: Connection
) -> list[Finding]:
    """The first and the last number of what a client was told is committed there, all between them
    included; None where it was told of nothing, so that it has not come.

    Each is there, once. The numbers of an incident's own markers lie between those of ticks.
    """
    if numbers is None:
        return [
            Finding(
                f"{CHECK}.acknowledged",
                database,
                "a commit that was acknowledged to the client",
                "none",
                "R55: find out where the client connects: what it reads names another host, or it "
                "was not deployed again.",
            )
        ]
    first, last = numbers
    row = connection.execute(
        f"select count(*), count(distinct number) from {TABLE} where number between %s and %s",  # noqa: S608
        (first, last),
    ).fetchone()
    assert row is not None
    found, different = row
    wanted = last - first + 1
    if (found, different) == (wanted, wanted):
        return []
    return [
        Finding(
            f"{CHECK}.acknowledged",
            f"{database}, numbers {first} to {last}",
            f"{wanted}, each once",
            f"{found}, {different} of them different",
            "Have nobody write until it is known where they went: a client was told that they are "
            "committed.",
        )
    ]
