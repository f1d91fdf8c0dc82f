"""What cannot be had is refused in one line with its remedy, exit 4, and leaves nothing."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fixtures.containers import Container, ContainerError, check_installed, container, images
from fixtures.containers.container import _folders
from fixtures.containers.errors import (
    ChooseAnotherImage,
    InstallContainers,
    MoveFiles,
    UseALocalDaemon,
)
from fixtures.containers.probe import look, require_shared
from fixtures.containers.running import Wish, running
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from tests.containers.conftest import Daemon, Tools
from tests.harness.fix_project import Project


def refused(project: Project, *options: str) -> str:
    """The one line that a run ends with, before any step of it."""
    project.drill()
    result = project.run("--engine=container", *options, "drills/sample")
    assert 4 == result.status, result.out + result.err
    assert [] == result.log
    assert [] == list(project.work.iterdir())
    (line,) = [line for line in result.err.splitlines() if line.strip()]
    return line


def test_no_daemon_names_the_place_and_the_remedy(project: Project) -> None:
    project.environ["DOCKER_HOST"] = "unix:///no/such/docker.sock"

    line = refused(project)

    assert "at unix:///no/such/docker.sock none answers" in line
    assert "start it" in line
    assert "DOCKER_HOST" in line


@contextmanager
def distant_daemon() -> Iterator[str]:
    """Answers as a daemon at a TCP port does to whoever says hello."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"ApiVersion": "1.41"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_daemon_somewhere_else_is_refused(project: Project) -> None:
    """Its containers would see neither our folders nor our sockets."""
    with distant_daemon() as host:
        project.environ["DOCKER_HOST"] = host
        line = refused(project)

    assert f"DOCKER_HOST={host}" in line
    assert "daemon of this machine" in line


def test_a_rehearsal_cloud_that_runs_has_brought_its_postgres(project: Project) -> None:
    line = refused(project, "--rehearsal-endpoint=http://127.0.0.1:9")

    assert "leave out --rehearsal-endpoint" in line


def test_the_package_is_named_when_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed()  # it is there
    monkeypatch.setattr(container, "find_spec", lambda name: None)
    with pytest.raises(InstallContainers, match=r"pip install -e '\.\[containers\]'"):
        check_installed()


def test_the_image_of_a_major_is_pinned_to_a_minor() -> None:
    for major, name in images.PINNED.items():
        assert images.wanted(None, major) == name
        assert name.startswith(f"postgres:{major}.")
    assert images.PINNED[max(images.PINNED)] == images.wanted(None)
    assert "mine:1" == images.wanted("mine:1", 15)
    with pytest.raises(ChooseAnotherImage, match="--container-image"):
        images.wanted(None, 11)


def test_a_file_in_a_folder_of_the_systems_is_not_shared(tmp_path: Path) -> None:
    (tmp_path / "dump").touch()
    assert [tmp_path.resolve()] == _folders([tmp_path / "dump", tmp_path])
    for path in ("/etc/passwd", "/usr/lib/os-release", "/dump.sql"):
        with pytest.raises(MoveFiles, match="folder of its own"):
            _folders([Path(path)])


@pytest.mark.container
def test_an_image_that_is_nowhere_names_it_and_the_remedy(project: Project, image: str) -> None:
    line = refused(project, "--container-image=restore-drills/nowhere:1")

    assert "--container-image=restore-drills/nowhere:1" in line
    assert "docker load" in line


@pytest.mark.container
def test_an_image_of_another_major_is_refused(
    guardian: Guardian, account: Account, image: str, docker: Daemon
) -> None:
    """A base backup restores on its own major only."""
    with pytest.raises(ContainerError, match=r"and 11 is needed.*name an image of 11"):
        Container.start(guardian, account, image=image, major=11, network="none")
    assert [] == docker.containers(guardian.folder.parent / "nothing")


@pytest.mark.container
def test_an_image_without_postgres_is_refused(tools: Tools, docker: Daemon) -> None:
    """Of the same image, when its programs are not where they were."""
    bare = docker.client.containers.get(tools.inside.id).image
    tag = "restore-drills/bare:1"
    made = docker.client.containers.create(bare, ["sh", "-c", "rm -r /usr/lib/postgresql"])
    try:
        made.start()
        assert 0 == made.wait()["StatusCode"]
        made.commit(*tag.split(":"))
        with running(Wish(tag, tools.shared.parent, "none")) as inside:
            with pytest.raises(ChooseAnotherImage, match="there is no PostgreSQL in it") as refusal:
                look(inside.daemon, inside.id, tools.account, tag, None)
            assert tag in str(refusal.value)
    finally:
        made.remove(force=True)
        docker.client.images.remove(tag)


@pytest.mark.container
def test_a_folder_that_the_container_does_not_see_is_refused(
    tools: Tools, account: Account, work_dir: Path
) -> None:
    """As with a daemon in a virtual machine; the folder that it shares is seen."""
    require_shared(tools.inside.daemon, tools.inside.id, account, tools.shared)
    with pytest.raises(UseALocalDaemon, match="do not see the files"):
        require_shared(tools.inside.daemon, tools.inside.id, account, work_dir)


@pytest.mark.container
def test_a_daemon_that_has_not_our_folder_makes_none(image: str, work_dir: Path) -> None:
    """It is refused, and no folder appears in its place."""
    gone = work_dir / "gone"
    with (
        pytest.raises(UseALocalDaemon, match="has no folder"),
        running(Wish(image, gone, "none")),
    ):
        raise AssertionError
    assert not os.path.lexists(gone)
