"""A cluster as RDS gives it, and who uses it: what tests of fences stand on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from checks.fence import check_fence
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.fence import observe
from fixtures.postgres.server import Server

Connection = psycopg.Connection[Any]

MASTER = "master"
APP = "app"
CORE = "core"
TENANT = "Tenant's"
"""A name that only works quoted."""
FOREIGN = "foreign_one"


class Cluster:
    """A cluster as RDS gives it: the master is no superuser, but may end sessions and is an owner.

    The server is shared; databases and rights are made anew for each test. Connections opened here
    are closed after it.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.opened: list[Connection] = []
        self.admin = self.as_user("rdsadmin")("postgres")

    def set_up(self) -> None:
        for statement in (
            f"grant pg_signal_backend, pg_monitor to {MASTER}",
            f"create database {CORE} owner {MASTER}",
            f'create database "{TENANT}" owner {MASTER} connection limit 7',
        ):
            self.admin.execute(statement)
        with self.server.connect(CORE) as conn:
            conn.execute(f"create table granules (id int); grant insert on granules to {APP}")

    def tear_down(self) -> None:
        for conn in self.opened:
            conn.close()
        with self.server.connect("template1") as conn:
            conn.execute("alter database postgres connection limit -1")
            conn.execute(f"alter role {APP} reset all")
            for name in (CORE, TENANT, FOREIGN):
                conn.execute(
                    sql.SQL("drop database if exists {} (force)").format(sql.Identifier(name))
                )

    def as_user(self, user: str) -> Any:
        def connect(dbname: str) -> Connection:
            self.opened.append(self.server.connect(dbname, user))
            return self.opened[-1]

        return connect

    def master(self, dbname: str) -> Connection:
        return self.as_user(MASTER)(dbname)  # type: ignore[no-any-return]

    def app(self, dbname: str) -> Connection:
        return self.as_user(APP)(dbname)  # type: ignore[no-any-return]

    def limits(self) -> dict[str, int]:
        return dict(self.admin.execute("select datname, datconnlimit from pg_database").fetchall())

    def findings(self, *databases: str, quiet: float = 0.05, **more: Any) -> list[str]:
        """The checks that speak of the fence around the databases, as it is observed."""
        seen = observe(
            self.master,
            databases or (CORE, TENANT),
            login=self.app,
            quiet_seconds=quiet,
            patience=more.pop("patience", 10.0),
        )
        return [f"{one.check} {one.remedy[:3]}" for one in check_fence(seen, **more)]


@pytest.fixture(scope="module")
def shared(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    # Autovacuum would take transaction ids of its own, and some tests count them.
    settings = {"max_prepared_transactions": "2", "autovacuum": "off"}
    server = Server(folder, binaries, account, guardian.client(), settings=settings)
    server.initialise()
    server.start()
    with server.connect() as conn:
        conn.execute(f"create role {MASTER} login createdb; create role {APP} login")
    yield server
    server.stop("immediate")


@pytest.fixture
def cluster(shared: Server) -> Iterator[Cluster]:
    made = Cluster(shared)
    made.set_up()
    yield made
    made.tear_down()


def is_alive(conn: Connection) -> bool:
    try:
        conn.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True
