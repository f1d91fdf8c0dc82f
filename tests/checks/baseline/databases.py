"""Databases of a test's own on the shared server: a source that is written to, and copies of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from checks.baseline.model import Baseline, DatabaseBaseline
from checks.baseline.record import Wanted, record, record_database
from checks.content.plan import Reading
from checks.shared_snapshot import Connect, SharedSnapshot
from fixtures.postgres.server import Server

SOURCE = """
create table providers (id int primary key, name text not null);
insert into providers select n, 'provider ' || n from generate_series(1, 50) n;

create table granules (
    id bigint generated always as identity primary key,
    provider int not null references providers,
    status text not null default 'queued',
    created_at timestamptz not null
);
insert into granules (provider, status, created_at)
    select 1 + n % 50, 'done', '2024-05-01 00:00Z'::timestamptz + n * interval '1 minute'
    from generate_series(1, 400) n;

create table heartbeat (beat timestamptz not null);
insert into heartbeat values ('2024-05-01 12:00:00Z');
create sequence tickets start 1000;
select nextval('tickets');
"""


class Databases:
    """Makes databases on a server, and drops them at the end."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._made: list[str] = []

    def make(self, name: str, script: str = "", *, template: str = "template1") -> None:
        with self.server.connect() as connection:
            connection.execute(f'create database "{name}" template "{template}"')
        self._made.append(name)
        self.run(name, script)

    def run(self, name: str, script: str) -> None:
        with self.server.connect(name) as connection:
            connection.execute(script.encode())

    def drop(self, name: str) -> None:
        with self.server.connect() as connection:
            connection.execute(f'drop database "{name}" with (force)')
        self._made.remove(name)

    def drop_all(self) -> None:
        for name in list(self._made):
            self.drop(name)

    def connect(self, name: str, user: str | None = None) -> Connect:
        if user is None:
            return partial(self.server.connect, name)
        return partial(self.server.connect, name, user)

    @contextmanager
    def snapshot(self, name: str, user: str | None = None) -> Iterator[SharedSnapshot]:
        with SharedSnapshot(self.connect(name, user), sessions=2) as shared:
            yield shared

    def record(self, name: str, wanted: Wanted | None = None) -> Baseline:
        """Of one database, under the name ``core`` whatever it is called."""
        return record({"core": self.connect(name)}, Reading(), wanted=wanted, sessions=2)

    def observe(self, name: str, like: Baseline) -> DatabaseBaseline:
        """A copy, as it is held against a baseline."""
        with self.snapshot(name) as shared:
            return record_database(shared, Reading(), wanted=Wanted(like=like), name="core")
