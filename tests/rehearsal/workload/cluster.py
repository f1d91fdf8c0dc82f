"""A cluster with RDS's roles and no cloud around it, for the workload and the incident."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from fixtures.postgres.server import Server
from fixtures.rehearsal.application import ROLE
from fixtures.rehearsal.load import load_file

OWNER = "core_admin"


@dataclass
class Cluster:
    """A running server as RDS would have it, and connections to it by its socket."""

    server: Server
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def as_superuser(self, database: str = "postgres") -> Connection[Any]:
        return self.server.connect(database)

    def as_master(self, database: str = "postgres") -> Connection[Any]:
        return self.server.connect(database, OWNER)

    def as_application(self, database: str) -> Connection[Any]:
        return self.server.connect(database, ROLE)

    def new_database(self, template: str = "template1") -> str:
        name = f"d{next(self._numbers)}"
        with self.as_superuser() as connection:
            connection.execute(
                sql.SQL("create database {} template {} owner {}").format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER)
                )
            )
        return name

    def databases(self) -> set[str]:
        with self.as_superuser() as connection:
            found = connection.execute("select datname from pg_database")
            return {name for (name,) in found}

    def drop_database(self, name: str) -> None:
        with self.as_superuser() as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )

    def load(self, path: Path) -> list[str]:
        return load_file(
            path,
            socket_dir=self.server.socket_dir,
            port=self.server.port,
            superuser=self.server.superuser,
            binaries=self.server.binaries,
            owner=OWNER,
        )


def value(connection: Connection[Any], query: str) -> Any:
    """The one value of a query."""
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def kill_sessions(cluster: Cluster, database: str) -> int:
    """End the application's sessions in a database, as a fence does; how many there were."""
    with cluster.as_superuser() as connection:
        ended = connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = %s and usename = %s",
            [database, ROLE],
        )
        return ended.rowcount
