"""Everything that a run leaves, searched for canaries; and two databases that are full of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from fixtures.postgres.server import Server
from tests.drills.fix_drill import Drill, Outcome
from tests.leaks import places

LOUD = (
    *("-l", "-vv", "--showlocals", "--tb=long", "-rA"),
    *("--log-level=DEBUG", "-o", "log_cli=true", "--capture=no"),
)
"""Every way in which pytest says more."""


def leaked(result: Outcome, *more: Path) -> dict[str, list[str]]:
    """Where a canary stands in what a run printed or left: nowhere, is what tests want."""
    found = {"printed": places.traces(result.out)}
    for folder in (result.folder, *more):
        files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in files:
            if path.is_file():
                found[str(path)] = places.traces(path.read_bytes())
    return {where: lines for where, lines in found.items() if lines}


@dataclass
class Leaky:
    """A source and a copy on one server, a canary in every place of both."""

    server: Server
    drill: Drill
    source: str = "leak_source"
    copy: str = "leak_copy"

    @property
    def version(self) -> int:
        """As ``server_version_num`` has its major: 150000."""
        return self.server.binaries.version.major * 10000

    def dsn(self, database: str) -> str:
        return f"host={self.server.socket_dir} user={self.server.superuser} dbname={database}"

    def do(self, statements: Iterable[str]) -> None:
        """In the copy, which is then no faithful one."""
        with self.server.connect(self.copy) as connection:
            for statement in statements:
                connection.execute(statement.encode())
                connection.commit()

    def verify(self, *options: str) -> Outcome:
        sides = (f"--source-dsn={self.dsn(self.source)}", f"--restored-dsn={self.dsn(self.copy)}")
        return self.drill.run("drills/verify", *sides, *options)


@pytest.fixture
def leaky(shop_server: Server, drill: Drill) -> Iterator[Leaky]:
    made = Leaky(shop_server, drill)
    with shop_server.connect() as connection:
        for statement in places.ROLES:
            connection.execute(statement.replace("{c}", f"{places.CANARY}-role").encode())
        for database in (made.source, made.copy):
            connection.execute(f"create database {database}".encode())
    for database in (made.source, made.copy):
        with shop_server.connect(database) as connection:
            for statement in places.put(connection.info.server_version):
                connection.execute(statement.encode())
    yield made
    for database in (made.source, made.copy):
        with shop_server.connect(database) as connection, suppress(psycopg.Error):
            connection.execute("drop subscription leak_subscribed")
    with shop_server.connect() as connection:
        for database in (made.source, made.copy):
            connection.execute(f"drop database {database} with (force)".encode())
        connection.execute("drop role leak_user")
