"""One cloud for the tests of this folder, which has no cluster: its DynamoDB alone is asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.aws.session import Client, RehearsalSession
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from fixtures.rehearsal.cloud import RehearsalCloud


@pytest.fixture(scope="package")
def session(guardian: Guardian) -> Iterator[RehearsalSession]:
    with RehearsalCloud.start(guardian) as cloud:
        yield RehearsalSession(cloud.endpoint)


@pytest.fixture(scope="package")
def dynamodb(session: RehearsalSession) -> Client:
    return session.client("dynamodb")


@pytest.fixture(scope="package")
def server(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    """A running server, in place of a restored copy of a cluster."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(folder, binaries, account, guardian.client())
    server.initialise()
    server.start()
    yield server
    server.stop("immediate")
