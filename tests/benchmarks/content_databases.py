"""Two databases with one equal, large table each, on a server of their own.

10 million rows are 1.28 GB a side, and an index of 0.2 GB; building both takes about a minute. The
server is the harness's own, with the defaults of an installation but for fsync, and is gone with
all its files when the context ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from fixtures.guardian import Guardian
from fixtures.postgres import binaries
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Engine
from fixtures.postgres.server import Server

ONE, OTHER = "one", "other"
TABLE = "granules"
LOGIN = "bench"

_TABLE = f"""
create table {TABLE} (
    id bigint primary key,
    collection int not null,
    status int not null,
    size bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    name text not null,
    checksum text not null
)
"""
# 124 bytes a row with its header. Nothing random: two runs build the same rows.
_ROWS = f"""
insert into {TABLE}
select i, i %% 1000, i %% 4, i * 7919 %% 1000003, '2024-01-01Z'::timestamptz + i * interval '1 s',
       '2024-01-01Z'::timestamptz + i * interval '1 s 7 ms', 'granule-' || lpad(i::text, 12, '0'),
       md5(i::text)
from generate_series(1, %s::bigint) as i
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A server with the databases `ONE` and `OTHER`, also reached on 127.0.0.1 with a password."""

    server: Server
    rows: int
    port: int
    password: str

    def connect(self, dbname: str) -> psycopg.Connection[Any]:
        return self.server.connect(dbname)

    def url(self, dbname: str) -> str:
        """For tools that connect by TCP."""
        return f"postgresql://{LOGIN}:{self.password}@127.0.0.1:{self.port}/{dbname}"


@contextmanager
def two_databases(rows: int, engine: Engine = "auto") -> Iterator[Pair]:
    """A running server with both databases, vacuumed and analysed, equal to the last byte."""
    account = Account.for_servers()
    with Guardian.start() as guardian:
        found = binaries.find(engine, account=account).reachable_for(account, guardian.folder)
        server = Server(
            guardian.folder / "bench",
            found,
            account,
            guardian.client(),
            settings={"max_wal_size": "8GB", "autovacuum": "off"},
        )
        server.initialise()
        server.start(listen_port=0)
        try:
            yield _fill(server, rows)
        finally:
            server.stop("immediate")


def _fill(server: Server, rows: int) -> Pair:
    password = secrets.token_hex(8)
    with server.connect() as conn:
        conn.execute(f"create role {LOGIN} superuser login password '{password}'".encode())
        conn.execute(f"create database {ONE}".encode())
    with server.connect(ONE) as conn:
        conn.execute(_TABLE.encode())
        conn.execute(_ROWS.encode(), [rows])
        conn.execute("vacuum (freeze, analyze)")
        conn.execute("checkpoint")
    with server.connect() as conn:
        conn.execute(f"create database {OTHER} template {ONE}".encode())
        conn.execute("checkpoint")
    return Pair(server, rows, server.port, password)
