"""One server for all checks, the sample database, and a fresh copy of it for each test to break."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest

from checks.database import snapshot
from checks.markers import Markers, observe_markers
from checks.schema.fingerprint import OneSession
from checks.schema.observation import SchemaObservation
from checks.schema.sides import observe_schema
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from tests.checks.pair import Pair, made
from tests.sabotage import samples

Connection = psycopg.Connection[Any]

FAITHFUL = "faithful"
READER = "reader"
"""A login that may connect and see catalogs, and owns nothing."""


class Connect(Protocol):
    """Opens an autocommit connection to a database of the server; closed after the test."""

    def __call__(self, dbname: str = ..., user: str = ...) -> Connection: ...


@dataclass(frozen=True, slots=True)
class Truth:
    """What the checks observed in the faithful database."""

    schema: SchemaObservation
    markers: Markers


@pytest.fixture(scope="session")
def cluster(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    """One running server that knows commit times; faults stay within a database, so it is
    shared.
    """
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(
        folder,
        binaries,
        account,
        guardian.client(),
        settings={
            "track_commit_timestamp": "on",
            "autovacuum": "off",
            "max_prepared_transactions": "4",
        },
    )
    server.initialise()
    server.start()
    with server.connect() as conn:
        conn.execute(f"create role {READER} login")
    yield server
    server.stop("immediate")


@pytest.fixture(scope="session")
def truth(cluster: Server) -> Truth:
    """Loads the sample as the database `FAITHFUL`, a template from now on, and observes it."""
    with cluster.connect() as conn:
        conn.execute(f"create database {FAITHFUL}")
    with cluster.connect(FAITHFUL) as conn:
        conn.execute(samples.sql())
        with snapshot(conn) as cursor:
            schema = observe_schema(OneSession(cursor))
        return Truth(schema, observe_markers(conn))


@pytest.fixture
def connect(cluster: Server) -> Iterator[Connect]:
    opened: list[Connection] = []

    def open_one(dbname: str = "postgres", user: str = cluster.superuser) -> Connection:
        opened.append(cluster.connect(dbname, user))
        return opened[-1]

    yield open_one
    for conn in opened:
        conn.close()


@pytest.fixture
def copy(cluster: Server, truth: Truth) -> Iterator[Connection]:
    """A superuser's connection to a fresh copy of the faithful database."""
    name = "copied"
    with cluster.connect() as conn:
        conn.execute(f"create database {name} template {FAITHFUL}")
    copied = cluster.connect(name)
    yield copied
    copied.close()
    with cluster.connect() as conn:
        conn.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def databases(cluster: Server) -> Iterator[Pair]:
    """Two empty databases, to be filled alike and made different."""
    with made(cluster) as pair:
        yield pair


@pytest.fixture
def pair(databases: Pair) -> Iterator[Pair]:
    """The same, emptied after the test."""
    yield databases
    databases.both("drop schema public cascade", "create schema public")
