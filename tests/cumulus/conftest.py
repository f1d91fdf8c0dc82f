"""A database of each generation of Cumulus, sound, and copies of it to break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import cluster as cluster
from tests.cumulus import schemas

Connection = psycopg.Connection[Any]
MakeCopy = Callable[[str], Connection]
"""A superuser's connection to a fresh copy of a version's database; gone after the test."""

COPY = "copied"


@pytest.fixture(scope="session")
def sound(cluster: Server) -> dict[str, str]:
    """Version → its template database."""
    made = {}
    for version in schemas.FILES:
        made[version] = f"cumulus_{version}"
        with cluster.connect() as conn:
            conn.execute(f"create database {made[version]}")
        with cluster.connect(made[version]) as conn:
            conn.execute(schemas.sql(version))
    return made


@pytest.fixture
def copy(cluster: Server, sound: dict[str, str]) -> Iterator[MakeCopy]:
    """Makes a copy of a version's database, one a test."""
    opened: list[Connection] = []

    def make(version: str) -> Connection:
        with cluster.connect() as conn:
            conn.execute(f"create database {COPY} template {sound[version]}")
        opened.append(cluster.connect(COPY))
        return opened[-1]

    yield make
    for conn in opened:
        conn.close()
    with cluster.connect() as conn:
        conn.execute(f"drop database if exists {COPY} with (force)")


@pytest.fixture
def shared(cluster: Server) -> SharedSnapshot:
    """The copy at the moment at which a check first asks for it: enter it."""
    return SharedSnapshot(partial(cluster.connect, COPY), sessions=2)
