"""A server with a source that is recorded on either side of T, and copies that are right or not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from tests.checks.baseline.databases import SOURCE, Databases


@pytest.fixture(scope="session")
def cluster(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(folder, binaries, account, guardian.client(), settings={"autovacuum": "off"})
    server.initialise()
    server.start()
    yield server
    server.stop("immediate")


@pytest.fixture
def databases(cluster: Server) -> Iterator[Databases]:
    """A source called `core`, and whatever else the test makes."""
    made = Databases(cluster)
    made.make("core", SOURCE)
    yield made
    made.drop_all()
