"""Runs ``pytest drills/verify`` on two databases of one server, the second a copy of the first."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from tests.drills.fix_drill import Drill, Outcome

SHOP = Path(__file__).with_name("shop.sql")
READER = "shop_reader"


@dataclass
class Shop:
    """A source and its restored copy, which a test may break."""

    server: Server
    drill: Drill
    source: str = "shop"
    copy: str = "shop_restored"
    user: str = ""

    def dsn(self, database: str) -> str:
        """As an operator would write it; the server asks for no password on its socket."""
        user = self.user or self.server.superuser
        return f"host={self.server.socket_dir} user={user} dbname={database}"

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """As the superuser."""
        return self.server.connect(database)

    def break_copy(self, *statements: str) -> None:
        """Do something to the copy that a restore should not have done."""
        with self.connect(self.copy) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def verify(self, *options: str) -> Outcome:
        """The source beside the copy."""
        return self.run(f"--source-dsn={self.dsn(self.source)}", *self.restored, *options)

    @property
    def restored(self) -> tuple[str, ...]:
        """The option that names the copy."""
        return (f"--restored-dsn={self.dsn(self.copy)}",)

    def run(self, *options: str) -> Outcome:
        """The drill with these options."""
        return self.drill.run("drills/verify", *options)


@pytest.fixture(scope="session")
def shop_server(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    """A server of an ordinary kind, with the source in it."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(folder, binaries, account, guardian.client(), settings={"autovacuum": "off"})
    server.initialise()
    server.start()
    with server.connect() as connection:
        connection.execute("create database shop")
        connection.execute(f"create role {READER} login".encode())
        if connection.info.server_version >= 140000:
            connection.execute(f"grant pg_read_all_data, pg_monitor to {READER}".encode())
    with server.connect("shop") as connection:
        connection.execute(SHOP.read_bytes())
    yield server
    server.stop("immediate")


@pytest.fixture
def shop(shop_server: Server, drill: Drill) -> Iterator[Shop]:
    """The source, and a faithful copy of it that is gone after the test."""
    made = Shop(shop_server, drill)
    copy, source = sql.Identifier(made.copy), sql.Identifier(made.source)
    with shop_server.connect() as connection:
        connection.execute(sql.SQL("create database {} template {}").format(copy, source))
    yield made
    with shop_server.connect() as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(copy))
