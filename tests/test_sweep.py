"""Sweeping: what killed runs left goes, and nothing else does."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures import _processes
from fixtures._processes import Known
from fixtures.guardian import sweep
from fixtures.postgres.account import Account
from fixtures.postgres.server import Server
from tests.fix_postgres import NewServer

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def dead(work_dir: Path) -> Path:
    """The folder of a run that was killed, its guardian too."""
    return make_dead(work_dir / "pgd-00000000")


def make_dead(folder: Path) -> Path:
    folder.mkdir(mode=0o711)
    (folder / "lock").touch(mode=0o600)
    return folder


def test_a_dead_runs_folder_is_removed_and_named(dead: Path, work_dir: Path) -> None:
    [swept] = sweep(work_dir)
    assert str(swept).startswith(f"removed {dead}: ")
    assert list(work_dir.iterdir()) == []


def test_a_live_runs_folder_stays(dead: Path, work_dir: Path) -> None:
    with (dead / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert sweep(work_dir) == []
    assert dead.is_dir()


def test_another_users_folder_stays(
    dead: Path, work_dir: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    if account.is_current:  # we cannot give files away: be somebody else instead
        monkeypatch.setattr(os, "geteuid", lambda: account.uid + 1)
    else:
        account.own(dead)
    assert sweep(work_dir) == []
    assert dead.is_dir()


def test_a_symbolic_link_to_a_folder_stays(work_dir: Path) -> None:
    elsewhere = make_dead(work_dir / "elsewhere")
    (work_dir / "pgd-link").symlink_to(elsewhere)
    assert sweep(work_dir) == []
    assert (elsewhere / "lock").exists()


@pytest.mark.parametrize(
    "kept",
    [
        {"until": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
        {"until": None},
        {"until": "next Tuesday"},
    ],
)
def test_a_kept_folder_stays(dead: Path, work_dir: Path, kept: dict[str, object]) -> None:
    (dead / "kept.json").write_text(json.dumps(kept))
    assert sweep(work_dir) == []
    assert dead.is_dir()


def test_a_folder_in_the_making_stays_and_an_abandoned_one_goes(work_dir: Path) -> None:
    made = work_dir / "pgd-00000001"
    made.mkdir()
    assert sweep(work_dir) == []
    os.utime(made, (0, 0))
    assert [made] == [swept.folder for swept in sweep(work_dir)]


def test_only_the_recorded_process_is_killed(dead: Path, work_dir: Path) -> None:
    """A process id is used again sooner or later; a later process that has it must live."""
    with (
        subprocess.Popen(["sleep", "1000"]) as bystander,
        subprocess.Popen(["sleep", "1000"]) as it,
    ):
        known = {process.pid: known_as(process.pid) for process in (bystander, it)}
        other = known[bystander.pid]
        for recorded in (
            replace(other, started=other.started - 1),
            replace(other, machine="another boot"),
            known[it.pid],
        ):
            recorded.write(dead)
        with (dead / "processes.jsonl").open("a") as record:
            record.write('{"pid": ')  # torn by a full disk
        [swept] = sweep(work_dir)
        assert "killed 1 of its processes" in swept.reason
        assert (it.wait(), bystander.poll()) == (-signal.SIGKILL, None)
        bystander.kill()


def known_as(pid: int) -> Known:
    started = _processes.start_time(pid)
    assert started is not None
    return Known(pid, started, "sleep", _processes.machine())


# A container's root: it may not look into the processes of another account.
WITHOUT_PTRACE = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_SYS_PTRACE = 24, 19
ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
"""
LIST_SERVERS = """
import sys
import threading
from pathlib import Path
from fixtures._processes import working_below
print(*(known.pid for known in working_below(Path(sys.argv[1]))))
"""


@pytest.mark.parametrize("privileges", ["all", "a container's"])
def test_a_servers_processes_are_known_by_the_folder_they_work_in(
    server: Server, new_server: NewServer, privileges: str
) -> None:
    other = new_server("other")
    other.initialise()
    other.start()
    with server.connect() as connection:
        scripts = [LIST_SERVERS] if privileges == "all" else [WITHOUT_PTRACE, LIST_SERVERS]
        shown = subprocess.run(
            [sys.executable, "-c", *scripts, server.folder],
            env={"PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = {int(pid) for pid in shown.split()}
        assert {server.pid, connection.info.backend_pid} <= found
        assert other.pid not in found


@pytest.mark.skipif(sys.platform != "linux", reason="threads have process ids on Linux alone")
def test_an_id_that_is_a_threads_by_now_is_left_alone(dead: Path, work_dir: Path) -> None:
    """Ids are given out to threads too: one of them must not stop every later run from starting."""
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        number = thread.native_id
        assert number is not None
        started = _processes.start_time(number)
        assert started is not None
        Known(number, started, "postgres", _processes.machine()).write(dead)

        [swept] = sweep(work_dir)
        assert swept.removed
        assert thread.is_alive()
    finally:
        ended.set()
        thread.join()
