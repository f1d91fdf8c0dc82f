"""A sound database with everything in it that integrity looks at, and copies of it to break."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from checks.integrity.amcheck import install_amcheck
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import Connection
from tests.sabotage import samples
from tests.sabotage.faults.integrity import COPY

SOUND = "sound"

READS_ALL = "reads_all"
"""A login with pg_read_all_data and nothing more."""


class Shared(Protocol):
    """Opens a shared snapshot of the copy, as somebody; a context manager."""

    def __call__(self, user: str = ..., sessions: int = ...) -> SharedSnapshot: ...


@pytest.fixture(scope="session")
def sound(cluster: Server) -> str:
    """The template: the samples that are ours, analysed, with amcheck."""
    folder = Path(samples.__file__).parent
    with cluster.connect() as conn:
        # Marked as what it is, so that it is nobody's database to observe.
        conn.execute(f"create database {SOUND} is_template true")
        conn.execute(f"create role {READS_ALL} login")
        if conn.info.server_version >= 140000:
            conn.execute(f"grant pg_read_all_data to {READS_ALL}")
    with cluster.connect(SOUND) as conn:
        for file in ("core.sql", "integrity.sql"):
            conn.execute((folder / file).read_bytes())
        # Documented findings of the core sample, which others need there.
        conn.execute("drop table core.scratch; drop materialized view core.unpopulated")
        conn.execute("analyze")
        install_amcheck(conn)
    return SOUND


@pytest.fixture
def copy(cluster: Server, sound: str) -> Iterator[Connection]:
    """A superuser's connection to a fresh copy of the sound database."""
    with cluster.connect() as conn:
        conn.execute(f"create database {COPY} template {sound}")
    try:
        with cluster.connect(COPY) as copied:
            yield copied
        _end_prepared(cluster)
    finally:
        with cluster.connect() as conn:
            conn.execute(f"drop database if exists {COPY} with (force)")


@pytest.fixture
def shared(cluster: Server, copy: Connection) -> Shared:
    def open_one(user: str = cluster.superuser, sessions: int = 2) -> SharedSnapshot:
        return SharedSnapshot(partial(cluster.connect, copy.info.dbname, user), sessions=sessions)

    return open_one


@contextmanager
def statements(cluster: Server) -> Iterator[Connection]:
    """A session of its own: what a fault sets there ends with it."""
    with cluster.connect(COPY) as conn:
        yield conn


def _end_prepared(cluster: Server) -> None:
    """They would keep their database from being dropped."""
    with cluster.connect(COPY) as conn:
        for (gid,) in conn.execute("select quote_literal(gid) from pg_prepared_xacts").fetchall():
            conn.execute(f"rollback prepared {gid}")
