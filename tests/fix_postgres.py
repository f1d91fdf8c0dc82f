"""Fixtures that give a test real servers, all started by one guardian and gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, cast

import pytest

from fixtures.containers import Container
from fixtures.guardian import Guardian
from fixtures.postgres import binaries as postgres_binaries
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries, Engine
from fixtures.postgres.server import Server


class NewServer(Protocol):
    """Makes a server that is neither initialised nor started; stopped after the test."""

    def __call__(self, name: str = ..., settings: Mapping[str, str] | None = ...) -> Server: ...


@pytest.fixture
def work_dir() -> Iterator[Path]:
    """Of its own, so that a sweep in a test meets no other run's folders."""
    folder = Path(tempfile.mkdtemp(prefix="wd-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def guardian() -> Iterator[Guardian]:
    with Guardian.start() as started:
        yield started


@pytest.fixture(scope="session")
def account() -> Account:
    return Account.for_servers()


@pytest.fixture(scope="session")
def binaries(guardian: Guardian, account: Account) -> Binaries:
    """DRILL_TEST_ENGINE=embedded or system runs the same tests on another PostgreSQL, and
    DRILL_TEST_MAJOR on one of that major; container on that of the image in DRILL_TEST_IMAGE.
    """
    named = os.environ.get("DRILL_TEST_ENGINE", "auto")
    if named == "container":
        image = os.environ.get("DRILL_TEST_IMAGE")
        return Container.start(guardian, account, image=image, network="host").binaries
    engine = cast(Engine, named)
    major = os.environ.get("DRILL_TEST_MAJOR")
    found = postgres_binaries.find(engine, major=int(major) if major else None, account=account)
    return found.reachable_for(account, guardian.folder)


@pytest.fixture
def run_folder(guardian: Guardian, account: Account) -> Iterator[Path]:
    """A short, empty folder of this test, below the guardian's, owned by the servers' account.

    Gone after the test: each restored copy is a thousand files, and where the disk discards deleted
    blocks, deleting young files is quick and old ones takes minutes.
    """
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def new_server(
    run_folder: Path, binaries: Binaries, account: Account, guardian: Guardian
) -> Iterator[NewServer]:
    made: list[Server] = []

    def make(name: str = "a", settings: Mapping[str, str] | None = None) -> Server:
        server = Server(run_folder / name, binaries, account, guardian.client(), settings=settings)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop("immediate")


@pytest.fixture
def server(new_server: NewServer) -> Server:
    """A fresh running server on its socket."""
    fresh = new_server()
    fresh.initialise()
    fresh.start()
    return fresh
