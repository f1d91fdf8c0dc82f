"""What the tests of containers share: the image, the daemon's own view, tools in a container."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fixtures.containers import Container, programs
from fixtures.containers.broker import Broker
from fixtures.containers.running import LABEL, Running, Wish, running
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries


@pytest.fixture(scope="session")
def image() -> str:
    """An image that the daemon has; `tox -e containers` sees to both."""
    named = os.environ.get("DRILL_TEST_IMAGE")
    assert named, "run these by `tox -e containers`, or python -m tests.containers.docker pytest …"
    return named


@dataclass(frozen=True)
class Daemon:
    """What the daemon says there is."""

    client: Any

    def containers(self, below: Path) -> list[str]:
        """Our containers whose run folder lies below a folder, running or not."""
        every = self.client.containers.list(all=True, filters={"label": LABEL})
        return [
            one.id for one in every if below in Path(one.labels.get(f"{LABEL}.folder", "/")).parents
        ]

    def volumes(self) -> set[str]:
        """The names of all volumes."""
        return {volume.name for volume in self.client.volumes.list()}


@pytest.fixture(scope="session")
def docker(image: str) -> Iterator[Daemon]:
    from docker import from_env

    client = from_env()
    yield Daemon(client)
    client.close()


@pytest.fixture(scope="session")
def contained(guardian: Guardian, account: Account, image: str) -> Iterator[Binaries]:
    """The image's programs, in a container that has no network."""
    with Container.start(guardian, account, image=image, network="none") as container:
        yield container.binaries


@dataclass(frozen=True)
class Tools:
    """A folder of stand-ins for a shell and the like, and the folder that both sides see."""

    folder: Path
    shared: Path
    inside: Running
    account: Account

    def command(self, script: str, *words: str) -> list[str]:
        """A command line that runs a script of sh inside."""
        return [str(self.folder / "sh"), "-c", script, "sh", *words]

    def popen(
        self, script: str, *words: str, as_account: bool = True, **how: Any
    ) -> subprocess.Popen[bytes]:
        """Start it, as the servers' account, in the shared folder."""
        options: Mapping[str, Any] = {
            "cwd": self.shared,
            "env": {"PATH": os.defpath},
            "stdin": subprocess.DEVNULL,
            **(self.account.popen_options() if as_account else {}),
        }
        return subprocess.Popen(self.command(script, *words), **{**options, **how})

    def run(self, script: str, *words: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
        """Run it to its end, with both outputs caught."""
        content = how.pop("input", None)
        caught = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        if content is not None:
            caught["stdin"] = subprocess.PIPE
        with self.popen(script, *words, **{**caught, **how}) as process:
            out, err = process.communicate(content, timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture(scope="session")
def tools(guardian: Guardian, account: Account, image: str) -> Iterator[Tools]:
    """As a broker makes them, but of the image's shell, in a broker within this process."""
    shared = guardian.folder / "tools"
    shared.mkdir()
    account.own(shared)
    folder = guardian.folder / "stand-ins"
    with running(Wish(image, guardian.folder, "none")) as inside:
        paths: Mapping[str, str] = {"sh": "/bin/sh"}
        programs.make(folder, paths, account)
        trusted: Sequence[Path] = [guardian.folder]
        broker = Broker(
            folder,
            inside.daemon,
            inside.id,
            paths,
            account,
            unset=inside.variables,
            shared=trusted,
        )
        threading.Thread(target=broker.serve, daemon=True).start()
        yield Tools(folder, shared, inside, account)
