"""`python -m fixtures.rehearsal`: how it begins, how it ends, and what it leaves: nothing."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import psycopg
import pytest

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.control import Control
from fixtures.rehearsal.errors import ReadCloudLog
from tests.ending import ends_with_us
from tests.rehearsal.conftest import Source
from tests.rehearsal.helpers import (
    DATABASE,
    ENGINE,
    MASTER,
    PASSWORD,
    REGION,
    Rds,
    answers,
    client,
    refused,
    wait_until,
)

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "fixtures.rehearsal")
CREATE = {
    "DBClusterIdentifier": "mine",
    "Engine": ENGINE,
    "MasterUsername": MASTER,
    "MasterUserPassword": PASSWORD,
    "DatabaseName": DATABASE,
}


@dataclass(frozen=True)
class Started:
    """A cloud started as an operator would, with its own guardian."""

    process: subprocess.Popen[str]
    endpoint: str

    @cached_property
    def rds(self) -> Rds:
        return Rds(client("rds", self.endpoint), self)  # type: ignore[arg-type]  # has control

    @property
    def control(self) -> Control:
        return Control(self.endpoint)

    def family(self) -> set[int]:
        """It, its guardian, and all their descendants."""
        return descendants(self.process.pid)


def descendants(pid: int) -> set[int]:
    shown = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [tuple(map(int, line.split())) for line in shown.stdout.splitlines()]
    found = {pid}
    while more := {child for child, parent in pairs if parent in found} - found:
        found |= more
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and has not ended (a zombie has)."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return shown.returncode == 0 and not shown.stdout.strip().startswith("Z")


Start = Callable[..., Started]


@pytest.fixture
def start(run_folder: Path, engine: str) -> Iterator[Start]:
    """Starts clouds whose folders lie in `run_folder`; they are killed after the test."""
    processes: list[subprocess.Popen[str]] = []

    def launch(*options: str, **environment: str) -> Started:
        process = subprocess.Popen(
            [*PROGRAM, f"--work-dir={run_folder}", f"--engine={engine}", *options],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=ends_with_us(),
        )
        processes.append(process)
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first.startswith("endpoint="):
            _, said = process.communicate(timeout=30)
            pytest.fail(f"status {process.returncode}, {first!r}, {said}")
        return Started(process, first.strip().removeprefix("endpoint="))

    yield launch
    for process in processes:
        process.kill()
        process.communicate()
    # Their guardians outlive them, and clear up.
    wait_until(lambda: [] == list(run_folder.iterdir()))


def test_it_says_its_endpoint_first_and_nothing_else(start: Start, tmp_path: Path) -> None:
    """Scripts read that line. Warnings and requests go to the log in its folder.

    Nor does it use what it finds in its environment: a rehearsal is a sandbox (DESIGN 6).
    """
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://127.0.0.1:1\n")
    cloud = start(
        AWS_CONFIG_FILE=str(config),
        AWS_PROFILE="production",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        PGHOST="203.0.113.1",
        PGSERVICE="production",
        PGOPTIONS="-c no_such_setting=1",
    )
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", cloud.endpoint)
    cloud.rds.create("mine")
    log = cloud.control.cloud().folder / "cloud.log"
    assert PASSWORD not in log.read_text()

    cloud.process.terminate()
    out, err = cloud.process.communicate(timeout=20)
    assert ("", "", 0) == (out, err, cloud.process.returncode)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_leaves_nothing(
    start: Start, run_folder: Path, signum: signal.Signals
) -> None:
    """In the middle of its work too: one cluster serves, another is being created."""
    cloud = start()
    cloud.rds.create("mine")
    cloud.rds.create_instance("mine")
    cloud.rds.api.create_db_cluster(**{**CREATE, "DBClusterIdentifier": "other"})
    family = cloud.family()
    assert len(family) > 5, "cloud, guardian, postgres and its children"
    port = cloud.control.cluster(REGION, "mine").port

    cloud.process.send_signal(signum)
    assert 0 == cloud.process.wait(timeout=20)

    assert [] == [pid for pid in family if alive(pid)]
    assert [] == list(run_folder.iterdir())
    assert not answers(port)


def test_killed_it_leaves_nothing(start: Start, run_folder: Path) -> None:
    """Ten seconds after a `kill -9` nothing of it lives, and its folder is gone (DESIGN 7).

    In the middle of everything: a snapshot, a stopped cluster, five restores under way.
    """
    cloud = start()
    cloud.rds.create("mine")
    cloud.rds.create_instance("mine")
    cloud.rds.create("stopped")
    cloud.rds.api.stop_db_cluster(DBClusterIdentifier="stopped")
    cloud.rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier="mine", DBClusterSnapshotIdentifier="mine"
    )
    for number in range(5):
        cloud.rds.api.restore_db_cluster_to_point_in_time(
            SourceDBClusterIdentifier="mine",
            DBClusterIdentifier=f"copy-{number}",
            UseLatestRestorableTime=True,
        )
    family = cloud.family()
    folder = cloud.control.cloud().folder
    assert folder.is_dir()

    cloud.process.kill()
    wait_until(lambda: not any(alive(pid) for pid in family), 10)
    wait_until(lambda: not folder.exists(), 10)
    assert [] == list(run_folder.iterdir())
    holding = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True).stdout
    assert str(run_folder) not in holding


def test_two_at_once_know_nothing_of_each_other(start: Start) -> None:
    first, second = start(), start()
    first.rds.create("mine")
    assert [] == second.rds.names()
    second.rds.create("mine")
    second.process.terminate()
    second.process.communicate(timeout=20)

    assert "available" == first.rds.describe("mine")["Status"]
    first.rds.create_instance("mine")
    first.rds.connect("mine").close()


def test_two_in_one_run_share_its_guardian(
    guardian: Guardian, cloud: RehearsalCloud, engine: str
) -> None:
    """And when one is stopped its servers are, long before the run ends."""
    with RehearsalCloud.start(guardian, engine=engine) as other:
        rds = Rds(client("rds", other.endpoint), other)
        rds.create("source")
        rds.create_instance("source")
        facts = other.control.cluster(REGION, "source")
        assert guardian.folder == other.control.cloud().folder == cloud.control.cloud().folder
        pid = int((facts.data / "postmaster.pid").read_text().split()[0])
        assert alive(pid)

    assert not other.running
    assert not alive(pid)
    assert facts.data.exists(), "the files are the guardian's"
    assert cloud.running


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's table of sockets")
def test_every_socket_of_it_is_on_loopback(start: Start) -> None:
    """As `ss -ltn` shows it, from the same table: cloud, cluster and single instance."""
    cloud = start()
    cloud.rds.create("mine")
    cloud.rds.create_instance("mine")
    ours = {int(cloud.endpoint.rpartition(":")[2]), cloud.rds.describe("mine")["Port"]}
    listening: dict[int, set[str]] = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, port = local.partition(":")
            if state == "0A":
                listening.setdefault(int(port, 16), set()).add(address)
    # 127.0.0.1, in the byte order of the machine.
    loopback = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
    if sys.byteorder == "big":
        loopback = socket.inet_aton("127.0.0.1").hex().upper()
    assert {port: {loopback} for port in ours} == {port: listening[port] for port in ours}


def test_it_listens_on_loopback_alone(rds: Rds, source: Source) -> None:
    """So does its Postgres: another address of this machine is still free on these ports."""
    ports = int(rds.cloud.endpoint.rpartition(":")[2]), rds.describe(source.name)["Port"]
    for port in ports:
        assert answers(port)
        with socket.socket() as probe:
            probe.bind(("127.0.0.2" if sys.platform == "linux" else "", port))


def contents(folder: Path) -> dict[Path, bytes]:
    """Of every file; WAL that is archived and pruned meanwhile is nowhere any more."""
    held = {}
    for path in (one for one in folder.rglob("*") if one.is_file()):
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
            held[path] = path.read_bytes()
    return held


def test_no_password_is_kept_anywhere(start: Start) -> None:
    """Not in a log, a file, a command line, moto's own state, or the control API."""
    cloud = start()
    cloud.rds.create("mine")
    # Before there is an instance, whose attributes moto cannot show.
    state = Control(cloud.endpoint)._ask("GET", "/moto-api/data.json")
    cloud.rds.create_instance("mine")
    second = "another-10-secret"
    cloud.rds.api.modify_db_cluster(DBClusterIdentifier="mine", MasterUserPassword=second)
    cloud.rds.wait("db_cluster_available", DBClusterIdentifier="mine")
    cloud.rds.connect("mine", password=second).close()

    folder = cloud.control.cloud().folder
    words = [PASSWORD.encode(), second.encode()]
    held = contents(folder)
    assert any(MASTER.encode() in content for content in held.values()), "data are among them"
    assert [] == [path for path, content in held.items() if any(one in content for one in words)]
    arguments = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True).stdout
    shown = json.dumps([state, repr(cloud.control.cluster(REGION, "mine"))]).encode()
    assert not any(word in arguments + shown for word in words)


def test_a_lag_delays_what_is_restorable(start: Start) -> None:
    """R2: AWS lags by about five minutes; what is not described as restorable is refused."""
    lagging = start("--restorable-lag=2")
    lagging.rds.create("mine")
    wait_until(lambda: "LatestRestorableTime" in lagging.rds.describe("mine"))
    now = datetime.now(UTC)
    latest = lagging.rds.describe("mine")["LatestRestorableTime"]
    assert timedelta(seconds=1) < now - latest < timedelta(seconds=30)

    message = refused(
        "InvalidParameterValue",
        lagging.rds.api.restore_db_cluster_to_point_in_time,
        SourceDBClusterIdentifier="mine",
        DBClusterIdentifier="copy",
        RestoreToTime=datetime.now(UTC),
    )
    assert "later than" in message


def test_a_file_is_loaded(start: Start, tmp_path: Path) -> None:
    """The DSN works as it is printed, and holds no password."""
    script = tmp_path / "shop.sql"
    script.write_text("create table wares (name text);\ninsert into wares values ('lamp');\n")
    cloud = start(f"--load={script}")
    assert cloud.process.stdout is not None
    key, _, dsn = cloud.process.stdout.readline().strip().partition("=")

    assert "dsn" == key
    with psycopg.connect(dsn) as connection:
        assert [("lamp",)] == connection.execute("table wares").fetchall()
        assert ("rehearsal",) == connection.execute("select current_user").fetchone()
        password = connection.pgconn.password.decode()
    assert password
    assert password not in dsn


@pytest.mark.parametrize(
    ("options", "environment", "words"),
    [
        (["--load=/no/such/file.sql"], {}, "/no/such/file.sql"),
        (["--restorable-lag=soon"], {}, "--restorable-lag"),
        (["--restorable-lag=-1"], {}, "--restorable-lag"),
        (["--retention-day=0"], {}, "--retention-day"),
        (["--retention-day=a week"], {}, "--retention-day"),
        (["--engine=container"], {"DOCKER_HOST": "unix:///no/such.sock"}, "DOCKER_HOST"),
        (["--container-image=postgres:17.11"], {}, "--container-image"),
        (["--port=99999"], {}, "--port=99999"),
        (["--work-dir=/no/such/folder"], {}, "--work-dir"),
        (["--engine=system"], {"PG_BIN": "/no/such/bin"}, "PG_BIN"),
    ],
)
def test_bad_input_ends_it_with_one_line(
    run_folder: Path, options: list[str], environment: dict[str, str], words: str
) -> None:
    ended = subprocess.run(
        [*PROGRAM, f"--work-dir={run_folder}", *options],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert 4 == ended.returncode
    assert "" == ended.stdout
    assert 1 == len(ended.stderr.splitlines())
    assert words in ended.stderr
    assert [] == list(run_folder.iterdir())


def test_a_port_that_is_taken(run_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [*PROGRAM, f"--port={port}"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert 4 == ended.returncode
    assert f"--port={port}" in ended.stderr


def test_a_port_that_is_asked_for(start: Start) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cloud = start(f"--port={port}")
    assert f"http://127.0.0.1:{port}" == cloud.endpoint


def test_a_cloud_that_does_not_start_says_why(guardian: Guardian) -> None:
    with pytest.raises(ReadCloudLog, match=r"status 4: .*--engine"):
        RehearsalCloud.start(guardian, engine="none")


def test_a_cloud_that_does_not_answer_is_given_up(guardian: Guardian) -> None:
    with pytest.raises(ReadCloudLog, match=r"did not answer within 1 s: thinking"):
        RehearsalCloud.start(guardian, module="tests.rehearsal.silent", timeout=1)
