"""Foreign servers, and programs behind foreign tables: doors through which a query leaves the copy
(row 22 of docs/restores-that-lie.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.asking import Asking
from checks.isolation.danger import Danger, Fact, Quarantine
from checks.isolation.parameters import Parameters

SERVERS = "isolation.foreign_servers"
PROGRAMS = "isolation.programs"

BY_LIBPQ = ("postgres_fdw", "dblink_fdw")
"""Wrappers of PostgreSQL itself: both refuse to connect for a role without a user mapping."""
LOCAL = ("file_fdw",)
"""Reads files of the copy's own host; a program behind one of its tables is judged by itself."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class ForeignServer:
    """One foreign server. `host` and `port` only, of its options: others may hold secrets.

    handler  whether its wrapper can read foreign tables at all
    """

    name: str
    wrapper: str
    handler: bool
    mappings: int
    host: str | None
    port: str | None


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a database shows of the outside.

    programs  foreign tables that run a program when they are read
    dblink    whether that extension is installed: it uses any server that has a user mapping
    """

    servers: tuple[ForeignServer, ...]
    programs: tuple[str, ...]
    dblink: bool


def observe_foreign(ask: Asking) -> Foreign:
    servers = ask.rows(
        SERVERS,
        "pg_foreign_server",
        """
        select pg_catalog.quote_ident(s.srvname), w.fdwname, w.fdwhandler <> 0,
          (select count(*) from pg_catalog.pg_user_mappings m where m.srvid = s.oid),
          (select coalesce(max(option_value) filter (where option_name = 'hostaddr'),
                           max(option_value) filter (where option_name = 'host'))
           from pg_catalog.pg_options_to_table(s.srvoptions)),
          (select max(option_value) filter (where option_name = 'port')
           from pg_catalog.pg_options_to_table(s.srvoptions))
        from pg_catalog.pg_foreign_server s
        join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
        order by s.srvname collate "C"
        """,
    )
    programs = ask.rows(
        PROGRAMS,
        "pg_foreign_table",
        """
        select pg_catalog.format('%I.%I', n.nspname, c.relname)
        from pg_catalog.pg_foreign_table t
        join pg_catalog.pg_class c on c.oid = t.ftrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where exists (select from pg_catalog.pg_options_to_table(t.ftoptions)
                      where option_name = 'program')
        order by 1
        """,
    )
    dblink = ask.rows(
        SERVERS,
        "pg_extension",
        "select exists (select from pg_catalog.pg_extension where extname = 'dblink')",
    )
    return Foreign(
        tuple(ForeignServer(*row) for row in servers or ()),
        tuple(str(name) for (name,) in programs or ()),
        bool(dblink and dblink[0][0]),
    )


def judge_foreign(
    seen: Foreign, parameters: Parameters, quarantine: Quarantine
) -> Iterator[Danger | Fact]:
    for server in seen.servers:
        if server.wrapper in LOCAL:
            yield Fact(SERVERS, server.name, f"{server.wrapper}: reads files of the copy's host")
            continue
        yield Danger(
            SERVERS,
            server.name,
            "no way out, or one that is held",
            _described(server),
            "Close the copy's way out (a security group without egress, a network of its own) and "
            "give that as evidence, or drop the server's user mappings in the copy.",
            held=server_held(server, seen, parameters) or quarantine.holds,
        )
    for table in seen.programs:
        yield Danger(
            PROGRAMS,
            table,
            "no program that a query runs",
            "a foreign table that runs a program when it is read",
            "Drop the foreign table in the copy, or close the copy's way out and give that as "
            "evidence.",
            held=quarantine.holds,
        )


def server_held(server: ForeignServer, seen: Foreign, parameters: Parameters) -> str | None:
    """Why nobody can use a foreign server, or reaches nothing but the copy through it."""
    if not server.mappings and (server.wrapper in BY_LIBPQ or not server.handler):
        return "no user mapping: nobody can connect through it"
    if not server.handler and server.wrapper != "dblink_fdw" and not seen.dblink:
        return "its wrapper has no handler, and dblink is not installed: nothing can use it"
    if server.wrapper in BY_LIBPQ and is_itself(server.host, server.port, parameters.values):
        return "it leads to this very server"
    return None


def is_itself(host: str | None, port: str | None, parameters: Mapping[str, str]) -> bool:
    """Whether the observed server itself listens on an address, so that nobody else can.

    Loopback alone does not say so: the source, or a pooler in front of it, may run on this host.
    """
    if host is None or (port or "5432") != parameters.get("port"):
        return False
    if host.startswith("/"):
        folders = (parameters.get("unix_socket_directories") or "").split(",")
        return host.rstrip("/") in {one.strip().strip('"').rstrip("/") for one in folders}
    listens = {one.strip() for one in (parameters.get("listen_addresses") or "").split(",")}
    return host in LOOPBACK and bool(listens & {"*", host})


def _described(server: ForeignServer) -> str:
    mappings = "1 user mapping" if server.mappings == 1 else f"{server.mappings} user mappings"
    return f"{server.wrapper}, {mappings}"
