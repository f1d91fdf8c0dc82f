"""One server for all tests of a worker; tests that change something have their own database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from fixtures.rehearsal.application import create_application
from fixtures.rehearsal.markers import create_markers
from fixtures.rehearsal.sample import create_sample
from fixtures.rehearsal.storage import roles
from fixtures.rehearsal.storage.roles import Master
from tests.rehearsal.workload.cluster import OWNER, Cluster


@pytest.fixture(scope="session")
def shared_cluster(guardian: Guardian, account: Account, binaries: Binaries) -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(
        folder / "w",
        binaries,
        account,
        guardian.client(),
        superuser=roles.SUPERUSER,
        settings={"track_commit_timestamp": "on", "fsync": "off"},
    )
    server.initialise()
    server.start()
    with server.connect() as connection:
        roles.create(connection, Master(OWNER, "not used by the socket"))
    yield Cluster(server)
    server.stop("immediate")


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """The server, and the disk space of the test's databases back afterwards."""
    before = shared_cluster.databases()
    yield shared_cluster
    for name in shared_cluster.databases() - before:
        shared_cluster.drop_database(name)


@pytest.fixture(scope="session")
def sample_template(shared_cluster: Cluster) -> str:
    name = shared_cluster.new_database()
    with shared_cluster.as_master(name) as connection:
        create_sample(connection)
    return name


@pytest.fixture(scope="session")
def pristine(shared_cluster: Cluster, sample_template: str) -> str:
    """The sample workload once for all tests that change nothing."""
    return shared_cluster.new_database(sample_template)


@pytest.fixture
def sample(cluster: Cluster, sample_template: str) -> str:
    """A database with the sample workload at scale 1."""
    return cluster.new_database(sample_template)


@pytest.fixture
def marked(cluster: Cluster) -> str:
    """A database with nothing but the markers' schema."""
    name = cluster.new_database()
    with cluster.as_master(name) as connection:
        create_application(connection)
        create_markers(connection)
    return name
