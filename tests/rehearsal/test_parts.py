"""The cloud's small parts, each by itself."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fixtures.postgres.account import Account
from fixtures.postgres.launcher import Process
from fixtures.rehearsal.errors import RehearsalError
from fixtures.rehearsal.launches import Launches
from fixtures.rehearsal.storage.meter import Meter
from fixtures.rehearsal.storage.ports import PortReservation
from fixtures.rehearsal.storage.roles import Master
from fixtures.rehearsal.storage.worker import Worker
from tests.rehearsal.helpers import answers


def test_a_worker_does_one_thing_after_another() -> None:
    done: list[int] = []
    first_may_end = threading.Event()
    worker = Worker("of the test")

    def first() -> None:
        first_may_end.wait(10)
        done.append(1)

    worker.submit("first", first)
    second = worker.submit("second", lambda: done.append(2))
    assert not second.wait(0.05)
    first_may_end.set()
    second.result()
    worker.close()

    assert [1, 2] == done


def test_a_job_that_fails_keeps_its_reason_and_stops_nobody() -> None:
    worker = Worker("of the test")

    def fail() -> None:
        raise LookupError("gone")

    failed = worker.submit("failing", fail)
    following = worker.submit("following", lambda: None)
    following.result()
    worker.close()

    with pytest.raises(LookupError, match="gone"):
        failed.result()


def test_a_meter_counts_work_that_fails_too() -> None:
    meter = Meter()
    with pytest.raises(LookupError), meter.measured("backup"):
        raise LookupError
    with meter.measured("backup"):
        pass

    assert ["backup"] == list(meter.seconds())


def test_a_reserved_port_refuses_until_somebody_listens_on_it() -> None:
    reserved = PortReservation()
    assert not answers(reserved.port)

    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", reserved.port))
        server.listen()
        assert answers(reserved.port)

    assert not answers(reserved.port)
    reserved.close()


def test_a_master_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(Master("core_admin", "hunter2"))


class Recorder:
    """A launcher whose processes run until they are signalled."""

    def __init__(self) -> None:
        self.signalled: dict[int, int] = {}
        self._pids = iter(range(100, 200))

    def launch(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        account: Account | None,
    ) -> Process:
        return Process(next(self._pids), 1)

    def poll(self, process: Process) -> int | None:
        return 0 if process.pid in self.signalled else None

    def signal(self, process: Process, signum: int, *, group: bool = False) -> None:
        self.signalled[process.pid] = signum


def test_closed_launches_end_what_runs_and_start_nothing(tmp_path: Path) -> None:
    """A server must not go on, or come up, after its cloud was told to end."""
    recorder = Recorder()
    launches = Launches(recorder)

    def launch(program: str) -> Process:
        return launches.launch(
            [f"/bin/{program}"], cwd=tmp_path, env={}, log=tmp_path / "log", account=None
        )

    ended, server, tool = launch("initdb"), launch("postgres"), launch("pg_basebackup")
    launches.signal(ended, signal.SIGTERM)
    assert 0 == launches.poll(ended)

    launches.close()

    assert {
        ended.pid: signal.SIGTERM,
        server.pid: signal.SIGQUIT,
        tool.pid: signal.SIGKILL,
    } == recorder.signalled
    with pytest.raises(RehearsalError, match="being stopped"):
        launch("postgres")
