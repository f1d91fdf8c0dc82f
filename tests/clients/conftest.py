"""A cloud in which secrets have labels as AWS moves them, and what a command is run with."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import client

PASSWORD = "canary-of-the-clients-9"
CONTENT = {
    "username": "app",
    "password": PASSWORD,
    "engine": "postgres",
    "host": "old.example",
    "port": "5432",
    "database": "core",
    "dbClusterIdentifier": "core-prod",
    "of the application's own": [1],
}


@pytest.fixture(scope="package")
def cloud(guardian: Guardian) -> Iterator[RehearsalCloud]:
    with RehearsalCloud.start(guardian) as started:
        yield started


@pytest.fixture(scope="package")
def secrets(cloud: RehearsalCloud) -> Any:
    return client("secretsmanager", cloud.endpoint)


@pytest.fixture(scope="package")
def pair(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[list[Server]]:
    """The old cluster and its copy, as far as logins and sessions go: two servers, shared."""
    servers = []
    for _ in range(2):
        folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
        account.own(folder)
        settings = {"autovacuum": "off", "max_prepared_transactions": "2"}
        server = Server(folder / "s", binaries, account, guardian.client(), settings=settings)
        server.initialise()
        server.start()
        servers.append(server)
    yield servers
    for server in servers:
        server.stop("immediate")


@pytest.fixture
def secret(secrets: Any) -> str:
    """The login of an application, as its deployment made it."""
    name = f"core-{uuid.uuid4().hex[:8]}_db_login"
    secrets.create_secret(Name=name, SecretString=json.dumps(CONTENT))
    return name
