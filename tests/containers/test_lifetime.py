"""Whatever a run does, and however it ends: no container, no volume, no process of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.containers import Container
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.launcher import wait_for_exit
from fixtures.postgres.server import Server
from tests.containers.conftest import Daemon
from tests.drills.test_kill import processes
from tests.harness.fix_project import Project, environment

pytestmark = pytest.mark.container

STEPS = """
import time
from fixtures.guardian import GuardianClient
from fixtures.postgres.server import Server

@procedure.step("Stand up a server in the container", touches="source")
def described_source(run):
    ground = run.preflight.ground
    guardian = GuardianClient(run.guardian_socket)
    server = Server(run.folder / "a", ground.binaries, ground.account, guardian)
    server.initialise()
    server.start()
    note(f"serving {guardian.ask('ping')['pid']}")
    return server

@procedure.step("Restore the cluster", touches="copy")
def restored_cluster(described_source):
    {restore}
    return described_source
"""
PROOFS = '''
def test_it_answers(restored_cluster):
    """It answers (R35)."""
    with restored_cluster.connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)
'''


def options(image: str) -> list[str]:
    return ["--engine=container", f"--container-image={image}"]


def nothing_is_left(project: Project, docker: Daemon, volumes: set[str]) -> None:
    """Ten seconds later at the latest."""
    deadline = time.monotonic() + 10
    while left := [*docker.containers(project.work), *processes(str(project.work)).values()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)  # the guardian, or the daemon, is ending them
    assert volumes == docker.volumes()


@pytest.mark.parametrize(
    ("restore", "status"),
    [pytest.param("pass", 0, id="proven"), pytest.param("assert False", 1, id="failed")],
)
@pytest.mark.parametrize(
    "how",
    [pytest.param((), id="alone", marks=pytest.mark.slow), pytest.param(("-n2",), id="-n2")],
)
def test_a_run_that_ends_leaves_nothing(
    project: Project,
    docker: Daemon,
    image: str,
    restore: str,
    status: int,
    how: tuple[str, ...],
) -> None:
    """Workers of xdist use the controller's container."""
    volumes = docker.volumes()
    project.drill(steps=STEPS, restore=restore, proofs=PROOFS)

    result = project.run(*options(image), "--keep-restored=never", *how, "drills/sample")

    assert status == result.status, result.out + result.err
    assert result.log
    assert [] == docker.containers(project.work)
    assert {} == processes(str(project.work))
    assert [] == list(project.work.iterdir())
    assert volumes == docker.volumes()


def test_files_that_are_kept_outlive_their_container(
    project: Project, docker: Daemon, image: str
) -> None:
    """The server was stopped properly first: another can start on them. Its programs are gone."""
    project.drill(steps=STEPS, restore="assert False", proofs=PROOFS)

    result = project.run(*options(image), "drills/sample")

    assert 1 == result.status, result.out + result.err
    (folder,) = project.work.glob("pgd-*")
    assert [] == docker.containers(project.work)
    assert "database system is shut down" in (folder / "a" / "log").read_text()
    gone = subprocess.run(
        [folder / "programs-1" / "postgres", "--version"], capture_output=True, text=True
    )
    assert 70 == gone.returncode
    assert "start the run again" in gone.stderr


def test_a_broker_that_is_killed_takes_everything_along(
    guardian: Guardian, account: Account, run_folder: Path, image: str, docker: Daemon
) -> None:
    """Its servers could not be stopped any more, and would write while their folder is deleted."""
    container = Container.start(guardian, account, image=image, network="none")
    server = Server(run_folder / "a", container.binaries, account, guardian.client())
    server.initialise()
    server.start()
    before = docker.containers(guardian.folder.parent)

    guardian.client().signal(container.process, signal.SIGKILL)

    deadline = time.monotonic() + 10
    while docker.containers(guardian.folder.parent) == before:
        assert time.monotonic() < deadline, before
        time.sleep(0.05)  # the daemon is removing it
    assert 70 == wait_for_exit(guardian.client(), server._process, 10)  # type: ignore[arg-type]
    assert "start the run again" in server.log.read_text()


def test_a_ryuk_that_does_not_start_is_done_without(
    guardian: Guardian,
    account: Account,
    image: str,
    docker: Daemon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its image is here, and is none of Ryuk's: the lock is what a container's life hangs on."""
    monkeypatch.setenv("RYUK_CONTAINER_IMAGE", image)
    before = set(docker.client.containers.list(all=True))

    with Container.start(guardian, account, image=image, network="none"):
        assert 1 == len(set(docker.client.containers.list(all=True)) - before)

    assert before == set(docker.client.containers.list(all=True))


Ending = Callable[[int, int], None]


def interrupt(run: int, _guardian: int) -> None:
    os.kill(run, signal.SIGINT)


def kill(run: int, _guardian: int) -> None:
    os.kill(run, signal.SIGKILL)


def kill_both(run: int, guardian: int) -> None:
    """The run first stopped, so that it cannot answer the guardian's death."""
    os.kill(run, signal.SIGSTOP)
    os.kill(guardian, signal.SIGKILL)
    os.kill(run, signal.SIGKILL)


@pytest.mark.parametrize("end", [interrupt, pytest.param(kill, marks=pytest.mark.slow), kill_both])
def test_a_run_that_is_ended_leaves_no_container(
    project: Project, docker: Daemon, image: str, end: Ending
) -> None:
    """With a server running inside. What stays of a killed run is a folder for the next sweep."""
    volumes = docker.volumes()
    project.drill(steps=STEPS, restore='note("waiting"); time.sleep(300)', proofs=PROOFS)
    log = project.folder / "performed.log"
    with (project.folder / "out").open("w") as output:
        running = subprocess.Popen(
            [
                *(sys.executable, "-m", "pytest", f"--work-dir={project.work}"),
                *options(image),
                *("--keep-restored=never", "drills/sample"),
            ],
            cwd=project.folder,
            env={**environment(), "DRILL_LOG": str(log)},
            stdout=output,
            stderr=output,
        )
        while not (log.exists() and "waiting" in log.read_text()):
            assert running.poll() is None, (project.folder / "out").read_text()
            time.sleep(0.05)  # until the server serves
        guardian = int(log.read_text().split()[1])
        assert 1 == len(docker.containers(project.work))
        end(running.pid, guardian)
        running.wait(60)

    nothing_is_left(project, docker, volumes)
    if end is interrupt:
        assert [] == list(project.work.iterdir())
        return
    project.drill()
    assert 0 == project.run("drills/sample").status
    assert [] == list(Path(project.work).glob("pgd-*"))
