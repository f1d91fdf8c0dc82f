"""Servers, base backups and recovery by a container's programs, as physical drills use them."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.launcher import wait_for_exit
from fixtures.postgres.recovery import recover
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget

pytestmark = pytest.mark.container


@pytest.fixture
def source(
    run_folder: Path, contained: Binaries, guardian: Guardian, account: Account
) -> Iterator[Server]:
    """A running server whose programs come out of a container without a network."""
    server = Server(run_folder / "source", contained, account, guardian.client())
    server.initialise()
    server.start()
    yield server
    server.stop("immediate")


def test_a_server_starts_answers_and_stops(source: Server) -> None:
    """Ready by its own word, in a file that names it by the id it has inside."""
    assert "ready" == source.status
    lines = (source.data / "postmaster.pid").read_text().splitlines()
    assert str(source.pid) != lines[0]
    with source.connect() as connection:
        (version,) = connection.execute("show server_version").fetchone() or ("",)
        assert version.startswith(source.binaries.version.text)
    source.preflight()
    source.stop()
    assert "stopped" == source.status
    assert "database system is shut down" in source.log.read_text()
    assert not (source.data / "postmaster.pid").exists()


def test_a_server_that_was_killed_is_not_ready_until_its_next_start_is(source: Server) -> None:
    """SIGKILL of what was launched is SIGKILL of the server, whose file goes on saying ready."""
    process = source._process
    assert process is not None
    source.launcher.signal(process, signal.SIGKILL)
    assert -signal.SIGKILL == wait_for_exit(source.launcher, process, 20)
    assert "stopped" == source.status

    with pytest.raises(psycopg.OperationalError):
        while True:  # until its last backend has noticed
            with source.connect() as connection:
                connection.execute("select 1")
    source.start()

    with source.connect() as connection:
        assert (1,) == connection.execute("select 1").fetchone()
    assert "was interrupted" in source.log.read_text()


def test_its_container_has_no_network(source: Server) -> None:
    """A server that is told to listen is not heard: its 127.0.0.1 is another than ours."""
    source.stop()
    source.start(listen_port=0)
    assert "ready" == source.status
    with socket.socket() as outside:
        assert 0 != outside.connect_ex(("127.0.0.1", source.port))


def test_a_base_backup_is_recovered_to_a_time(
    source: Server, run_folder: Path, account: Account
) -> None:
    """Backup, archive, replay, promotion (R65): every program of it is the image's."""
    archive = WalArchive.create(run_folder / "archive", account)
    source.configure(archive_mode="on", archive_command=archive.archive_command)
    source.configure(track_commit_timestamp="on")
    source.stop()
    source.start()
    with source.connect() as connection:
        connection.execute("create table ledger as select 1 as row")
        backup = BaseBackup.take(source, run_folder / "backup")
        connection.execute("insert into ledger values (2)")
        (at,) = connection.execute(
            "select pg_xact_commit_timestamp(xmin) from ledger where row = 2"
        ).fetchone() or (None,)
        connection.execute("insert into ledger values (3)")
        connection.execute("select pg_switch_wal()")
    source.stop()
    copy = Server(run_folder / "copy", source.binaries, account, source.launcher)

    with ExitStack() as ending:
        ending.callback(copy.stop, "immediate")
        reached = recover(backup, archive, RecoveryTarget.time(at), copy)
        with copy.connect() as connection:
            rows = connection.execute("select row from ledger order by row").fetchall()

    assert [(1,), (2,)] == rows
    assert 2 == reached.timeline


def test_programs_are_those_of_the_image(contained: Binaries, account: Account) -> None:
    """Its origin names the image and which bytes those were."""
    assert "container " in contained.origin
    assert "sha256:" in contained.origin
    assert contained.version == contained.probe(account)
    for name in ("initdb", "pg_basebackup", "pg_verifybackup", "pg_controldata", "psql"):
        assert contained.program(name).is_file()
    for name in ("pg_dump", "pg_restore", "pg_dumpall", "pg_waldump", "pg_amcheck"):
        assert contained.program(name).is_file()
