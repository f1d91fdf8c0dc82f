"""docs/sql/drill_role.sql: the role reads all that a baseline asks for, and no more."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from checks.baseline.record import record
from checks.content.plan import Reading
from fixtures.postgres.server import Server
from tests.fix_postgres import NewServer

SCRIPT = Path(__file__).parents[2] / "docs/sql/drill_role.sql"
ADMINISTRATOR = "core_admin"
"""As RDS's master user: no superuser, and gives on what it was given to give on."""
LANDSCAPE = (
    f"create role {ADMINISTRATOR} login createdb createrole",
    f"grant pg_read_all_data, pg_monitor to {ADMINISTRATOR} with admin option",
    "create role core_app login password 'app-not-a-secret'",
    f"create database core owner {ADMINISTRATOR}",
    f"create database other owner {ADMINISTRATOR}",
    "revoke connect on database core, other from public",
    # Where the role is older than this, as in a source that was upgraded.
    "revoke create on schema public from public",
)
TABLES = (
    "create schema deep",
    "create table deep.granules (id int primary key, name text)",
    "insert into deep.granules select n, 'g' || n from generate_series(1, 100) n",
    "create sequence deep.ids",
    "create view deep.some as select * from deep.granules where id < 10",
)


@pytest.fixture
def source(new_server: NewServer) -> Server:
    server = new_server()
    server.initialise()
    server.start()
    if server.binaries.version.major < 14:
        pytest.skip("pg_read_all_data came with PostgreSQL 14")
    with server.connect() as connection:
        for statement in LANDSCAPE:
            connection.execute(statement)
    for database in ("core", "other"):
        with connected(server, ADMINISTRATOR, database) as connection:
            for statement in TABLES:
                connection.execute(statement)
    return server


def connected(server: Server, role: str, database: str) -> psycopg.Connection[Any]:
    return server.connect(database, role)


def ran(server: Server, *variables: str) -> subprocess.CompletedProcess[str]:
    """The script, as the administrator."""
    set_to = [word for variable in variables for word in ("-v", variable)]
    return subprocess.run(
        [
            *(str(server.binaries.program("psql")), "-X", "-q", "-f", str(SCRIPT), *set_to),
        ],
        env={**server.client_environment("core"), "PGUSER": ADMINISTRATOR},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_role_records_a_baseline_and_can_write_nothing(source: Server) -> None:
    """R59: every database, whole; and no statement of its session changes anything."""
    first = ran(source)
    again = ran(source)
    assert (0, 0) == (first.returncode, again.returncode), first.stderr + again.stderr

    baseline = record(
        {
            name: lambda name=name: connected(source, "restore_drill", name)  # type: ignore[misc]
            for name in ("core", "other")
        },
        Reading(),
    )

    assert {"core", "other"} == set(baseline.databases)
    assert not baseline.unreached
    assert [100, 100] == [one.content.rows for one in baseline.databases.values()]
    assert baseline.settings.whole
    with connected(source, "restore_drill", "core") as session:
        with pytest.raises(errors.ReadOnlySqlTransaction):
            session.execute("insert into deep.granules values (0, 'x')")
        # Switched off, which a session may do, it has no right all the same.
        session.execute("set default_transaction_read_only = off")
        for statement in (
            "insert into deep.granules values (0, 'x')",
            "delete from deep.granules",
            "truncate deep.granules",
            "select nextval('deep.ids')",
            "create table deep.mine (n int)",
            "create table public.mine (n int)",
            "create database mine",
            "create role mine",
            "alter role core_app password 'x'",
            "select pg_terminate_backend(pg_backend_pid()), pg_switch_wal()",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement)  # type: ignore[call-overload]


def test_what_is_nobodys_to_read_is_not_read(source: Server) -> None:
    """Files and programs of the server, other sessions' work, rows that a policy keeps back."""
    assert 0 == ran(source).returncode
    with connected(source, ADMINISTRATOR, "core") as owner:
        owner.execute("create table deep.kept (n int)")
        owner.execute("insert into deep.kept values (1)")
        owner.execute("alter table deep.kept enable row level security")
    with connected(source, "restore_drill", "core") as session:
        for statement in (
            "select pg_read_file('postgresql.conf')",
            "copy deep.granules to program 'cat'",
            "copy deep.granules to '/dev/null'",
            "set role core_app",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement)  # type: ignore[call-overload]
        assert [] == session.execute("select * from deep.kept").fetchall()


def test_what_it_could_read_besides_is_said(source: Server) -> None:
    """pg_read_all_data covers the catalogs, verifiers of passwords among them: the script says so,
    for whoever keeps the login.
    """
    assert 0 == ran(source).returncode
    with connected(source, "restore_drill", "core") as session:
        row = session.execute(
            "select rolpassword is not null from pg_authid where rolname = 'core_app'"
        ).fetchone()

    assert (True,) == row
    assert "verifiers of passwords (pg_authid)" in SCRIPT.read_text()


def test_it_connects_to_the_databases_that_were_named_and_so_often(source: Server) -> None:
    """Another name, one database, two sessions."""
    done = ran(source, "role=drill-2", "databases=core", "connections=2")
    assert 0 == done.returncode, done.stderr

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connected(source, "drill-2", "other")
    with (
        connected(source, "drill-2", "core"),
        connected(source, "drill-2", "core"),
        pytest.raises(psycopg.OperationalError, match="too many connections for role"),
    ):
        connected(source, "drill-2", "core")


@pytest.mark.parametrize("more", ["createdb", "createrole"])
def test_a_role_that_may_do_more_is_refused(source: Server, more: str) -> None:
    """Nothing is granted to it: a drill's login is never somebody's administrator."""
    with source.connect() as connection:
        connection.execute(f"create role mighty login {more}")  # type: ignore[call-overload]

    refused = ran(source, "role=mighty")

    assert 3 == refused.returncode
    assert "give the drill a role of its own" in refused.stderr
    with source.connect() as connection:
        row = connection.execute(
            "select pg_has_role('mighty', 'pg_read_all_data', 'member')"
        ).fetchone()
    assert (False,) == row
