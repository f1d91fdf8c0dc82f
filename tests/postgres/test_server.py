"""A server of our own: how it starts and stops, who reaches it, and what it never does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fixtures.guardian import Guardian
from fixtures.postgres import server as server_module
from fixtures.postgres._configuration import without
from fixtures.postgres.account import Account
from fixtures.postgres.errors import (
    ChooseAnotherPort,
    FixServerSettings,
    ReadServerLog,
    RestartPostgres,
)
from fixtures.postgres.launcher import wait_for_exit
from fixtures.postgres.server import Server
from tests.fix_postgres import NewServer


def value(server: Server, sql: str) -> Any:
    with server.connect() as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]


def control(server: Server, line: str) -> str:
    """A line of pg_controldata, of a server that may be stopped."""
    shown = subprocess.run(
        [server.binaries.program("pg_controldata"), server.data],
        env={"LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    [found] = [
        rest for name, _, rest in (s.partition(":") for s in shown.splitlines()) if name == line
    ]
    return found.strip()


@pytest.fixture
def stopped(new_server: NewServer) -> Server:
    """Initialised, not started."""
    server = new_server()
    server.initialise()
    return server


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


# --- What it is ---


def test_only_fsync_is_not_as_in_production(server: Server) -> None:
    shown = {
        name: value(server, f"SHOW {name}")
        for name in ("fsync", "full_page_writes", "data_checksums", "wal_level", "server_encoding")
    }
    assert shown == {
        "fsync": "off",
        "full_page_writes": "on",
        "data_checksums": "on",
        "wal_level": "replica",
        "server_encoding": "UTF8",
    }


def test_every_cluster_has_an_identifier_of_its_own(new_server: NewServer) -> None:
    """Row 26: clusters cloned from one initdb share theirs, and cannot be told apart."""
    one, other = new_server("one"), new_server("other")
    one.initialise()
    other.initialise()
    identifier = "Database system identifier"
    assert control(one, identifier) != control(other, identifier)


def test_it_runs_as_the_servers_account_and_its_files_are_closed(
    server: Server, account: Account
) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid == account.uid
    for folder in (server.folder, server.data, server.socket_dir):
        assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (account.uid, 0o700)


def test_initialising_twice_is_refused_by_initdbs_own_words(stopped: Server) -> None:
    with pytest.raises(ReadServerLog, match=r"initdb failed \(exit 1\).*exists but is not empty"):
        stopped.initialise()


def test_a_program_that_does_not_end_is_killed_and_reported(
    stopped: Server, run_folder: Path
) -> None:
    programs = run_folder / "slow"
    programs.mkdir(mode=0o755)
    (programs / "initdb").write_text("#!/bin/sh\necho error: still busy\nexec sleep 1000\n")
    (programs / "initdb").chmod(0o755)
    stopped.binaries = replace(stopped.binaries, bin_dir=programs)
    with pytest.raises(ReadServerLog, match="initdb did not end within 1 s: error: still busy"):
        stopped.run("initdb", timeout=1)


# --- Starting and stopping ---


def test_it_starts_answers_and_stops(stopped: Server) -> None:
    assert (stopped.status, stopped.running, stopped.pid) == ("stopped", False, None)
    stopped.start()
    assert (stopped.status, stopped.running, stopped.exit_status) == ("ready", True, None)
    assert value(stopped, "SELECT 1") == 1
    with pytest.raises(RuntimeError, match="runs already"):
        stopped.start()
    stopped.stop()
    assert (stopped.status, stopped.running) == ("stopped", False)
    stopped.stop()


def test_fast_is_clean_and_immediate_is_a_crash(server: Server) -> None:
    with server.connect() as connection:  # a fast stop does not wait for it
        server.stop("fast")
        assert connection.info.status == psycopg.pq.ConnStatus.OK  # as far as it knows
    assert control(server, "Database cluster state") == "shut down"
    server.start()
    server.stop("immediate")
    assert control(server, "Database cluster state") == "in production"
    server.start()
    assert any("not properly shut down" in line for line in server.log_tail(50))


def test_a_killed_postmaster_is_not_ready_whatever_its_file_says(
    server: Server, guardian: Guardian
) -> None:
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    process = server._process
    assert process is not None
    assert wait_for_exit(guardian.client(), process, 10) == -signal.SIGKILL
    assert "ready" in (server.data / "postmaster.pid").read_text()
    assert (server.status, server.ready, server.exit_status) == ("stopped", False, -9)
    server.start()
    assert value(server, "SELECT 1") == 1


def test_a_server_that_ends_at_once_is_reported_in_its_logs_own_words(stopped: Server) -> None:
    stopped.configure(shared_preload_libraries="no_such_library")
    with pytest.raises(ReadServerLog) as refused:
        stopped.start()
    assert "postgres did not start (exit 1)" in str(refused.value)
    assert 'could not access file "no_such_library"' in str(refused.value)
    assert str(stopped.log) in str(refused.value)
    assert refused.value.lines
    assert not stopped.running
    stopped.configure(shared_preload_libraries=None)
    stopped.start()


def test_a_server_that_is_not_ready_in_time_is_stopped(stopped: Server) -> None:
    with pytest.raises(ReadServerLog, match=r"postgres was '.*', not ready, after 0 s"):
        stopped.start(timeout=0)
    assert not stopped.running


def test_a_stop_that_takes_too_long_is_reported(server: Server) -> None:
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ReadServerLog, match=r"did not stop \(fast\) within 0.1 s"):
        server.stop(timeout=0.1)
    assert server.running
    os.kill(pid, signal.SIGCONT)


def test_started_without_waiting_it_tells_how_far_it_is(stopped: Server) -> None:
    stopped.start(wait_ready=False)
    states = set()
    while "ready" not in states:
        states.add(stopped.status)
    assert states <= {"starting", "ready"}


# --- Who reaches it ---


def test_without_a_port_nothing_listens(server: Server) -> None:
    assert value(server, "SHOW listen_addresses") == ""
    assert value(server, "SELECT inet_server_addr()") is None


def test_two_servers_on_sockets_share_a_port_number(new_server: NewServer) -> None:
    for name in ("one", "other"):
        server = new_server(name)
        server.initialise()
        server.start()
        assert value(server, "SHOW data_directory") == str(server.data)


def test_on_a_port_it_asks_for_the_password(stopped: Server) -> None:
    stopped.start(0)
    with stopped.connect() as connection:
        connection.execute("CREATE ROLE app LOGIN PASSWORD 'right'")
    address: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": stopped.port,
        "dbname": "postgres",
        "user": "app",
    }
    with psycopg.connect(**address, password="right") as connection:
        row = connection.execute("SHOW listen_addresses").fetchone()
        assert row == ("127.0.0.1",)
    for password in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**address, password=password)


def test_a_taken_port_is_refused_when_it_was_asked_for(stopped: Server, taken_port: int) -> None:
    with pytest.raises(ChooseAnotherPort, match=f"port {taken_port} of 127.0.0.1 is taken"):
        stopped.start(taken_port)
    assert not stopped.running
    stopped.start()  # on its socket it is still to be had


def test_a_taken_port_is_replaced_when_we_chose_it(
    stopped: Server, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = server_module._free_port()
    ports = iter([taken_port, taken_port, free])
    monkeypatch.setattr(server_module, "_free_port", lambda: next(ports))
    stopped.start(0)
    assert stopped.port == free
    assert value(stopped, "SHOW port") == str(free)


def test_our_own_libpq_environment_does_not_reach_in(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, poison in {
        "PGHOST": "production.example.com",
        "PGUSER": "admin",
        "PGOPTIONS": "-c no_such_setting=1",
        "PGCHANNELBINDING": "require",
        "PGTARGETSESSIONATTRS": "standby",
        "PGCLIENTENCODING": "KLINGON",
    }.items():
        monkeypatch.setenv(name, poison)
    assert value(server, "SELECT current_user") == server.superuser


def test_psql_reaches_it_with_the_client_environment(server: Server) -> None:
    shown = subprocess.run(
        [
            server.binaries.program("psql"),
            "-XAtc",
            "SELECT current_user, current_setting('TimeZone')",
        ],
        env=server.client_environment(),
        capture_output=True,
        text=True,
        check=True,
        **server.account.popen_options(),
        cwd=server.folder,
    )
    assert shown.stdout.strip() in ("rdsadmin|UTC", "rdsadmin|Etc/UTC")


# --- Whose settings win ---


def test_what_a_restored_copy_brings_never_wins_over_ours(
    stopped: Server, account: Account, run_folder: Path
) -> None:
    """As Debian writes them: files elsewhere, which are those of the server it was copied from."""
    elsewhere = run_folder / "production"
    brought = {
        "data_directory": str(elsewhere),
        "hba_file": str(elsewhere / "pg_hba.conf"),
        "ident_file": str(elsewhere / "pg_ident.conf"),
        "external_pid_file": str(elsewhere / "pid"),
        "unix_socket_directories": str(elsewhere),
        "listen_addresses": "*",
        "port": "5433",
        "ssl": "on",
        "archive_mode": "on",
        "archive_command": "cp %p /production/%f",
        "log_statement": "all",
    }
    lines = "".join(f"{name} = '{text}'\n" for name, text in brought.items())
    with (stopped.data / "postgresql.conf").open("a") as theirs:
        theirs.write(lines)
    # ALTER SYSTEM is read after every file, and wins over all but the command line.
    (stopped.data / "postgresql.auto.conf").write_text("work_mem = '5MB'\n" + lines)
    (stopped.data / "pg_hba.conf").write_text("local all all reject\n")
    stopped.configure(archive_mode="off", archive_command="")
    stopped.start()

    shown = {name: value(stopped, f"SHOW {name}") for name in brought}
    assert [name for name in brought if shown[name] == brought[name]] == []
    assert (shown["data_directory"], shown["archive_mode"]) == (str(stopped.data), "off")
    assert value(stopped, "SHOW work_mem") == "5MB"  # what we do not set, the copy still does
    assert not elsewhere.exists()


def test_a_setting_is_reloaded_and_taken_back(server: Server) -> None:
    server.configure(**{"work_mem": "7MB", "drill.note": r"it's a \ path"})
    value(server, "SELECT pg_reload_conf()")
    server.stop()
    server.start()
    assert value(server, "SHOW work_mem") == "7MB"
    assert value(server, "SHOW drill.note") == r"it's a \ path"
    server.configure(work_mem=None)
    server.stop()
    server.start()
    assert value(server, "SHOW work_mem") == "4MB"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"port": "1"}, "port: a server's folder and Server.start decide this"),
        ({"data_directory": "/"}, "data_directory"),
        ({"work mem": "1"}, "'work mem' is not the name of a parameter"),
        ({"work_mem": "1MB\nssl=on"}, "the value of work_mem holds a line break"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    stopped: Server, settings: dict[str, str], said: str
) -> None:
    with pytest.raises(FixServerSettings, match=said):
        stopped.configure(**settings)


def test_only_our_names_leave_alter_system() -> None:
    lines = ["# Do not edit", "Work_Mem = '1MB'", "work_mem_other = '2'", "fsync='on'"]
    assert without(lines, ["work_mem", "fsync"]) == ["# Do not edit", "work_mem_other = '2'"]


# --- What it never does ---


def test_no_value_and_no_password_reaches_the_log(server: Server) -> None:
    secret = "hunter2"
    statements = [
        f"CREATE ROLE app LOGIN PASSWORD '{secret}'",
        f"ALTER ROLE nobody_such PASSWORD '{secret}'",
        "CREATE TABLE t (k text PRIMARY KEY, n int CHECK (n > 0))",
        f"INSERT INTO t VALUES ('{secret}', 1), ('{secret}', 2)",
        f"INSERT INTO t VALUES ('{secret}', 0)",
        f"SELECT 1 / (length('{secret}') - 7)",
    ]
    with server.connect() as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error:
                continue  # that they fail is what they are for
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES (%s, 1), (%s, 1)", [secret, secret])
    text = server.log.read_text()
    assert "duplicate key value violates unique constraint" in text
    assert secret not in text


def test_the_preflight_passes_on_a_server_of_one_version(server: Server) -> None:
    server.preflight()


def test_the_preflight_reports_programs_upgraded_under_a_running_server(
    server: Server, run_folder: Path
) -> None:
    """Row 31: after apt's unattended upgrade the files are newer than the process."""
    upgraded = run_folder / "upgraded"
    upgraded.mkdir(mode=0o755)
    (upgraded / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.99'\n")
    (upgraded / "postgres").chmod(0o755)
    running = server.binaries.version
    server.binaries = replace(server.binaries, bin_dir=upgraded)
    with pytest.raises(RestartPostgres) as refused:
        server.preflight()
    assert f"the running server is {running}" in str(refused.value)
    assert "is 15.99" in str(refused.value)


def test_the_preflight_reports_that_plpgsql_does_not_run(server: Server) -> None:
    """Row 31: plain SQL works, PL/pgSQL does not, because its library is of another version."""
    with server.connect() as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute(
            "UPDATE pg_proc SET probin = '/nowhere/plpgsql'"
            " WHERE proname = 'plpgsql_inline_handler'"
        )
    assert value(server, "SELECT 1") == 1
    with pytest.raises(RestartPostgres, match=r"PL/pgSQL does not run: could not access file"):
        server.preflight()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no /dev/shm to leave anything in")
def test_a_server_keeps_its_shared_memory_in_its_own_folder(server: Server) -> None:
    """What lay in /dev/shm would outlive a killed server."""
    server.stop()
    before = set(Path("/dev/shm").glob("PostgreSQL.*"))
    server.start()
    new = set(Path("/dev/shm").glob("PostgreSQL.*")) - before
    assert [] == [segment for segment in new if segment.owner() == server.data.owner()]
    assert list((server.data / "pg_dynshmem").iterdir())
