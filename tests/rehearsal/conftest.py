"""One cloud for the tests of this folder, and one source cluster that none of them changes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import Rds, client, next_whole_second


@pytest.fixture(scope="session")
def engine() -> str:
    """DRILL_TEST_ENGINE=embedded or system runs the same tests on another PostgreSQL."""
    return os.environ.get("DRILL_TEST_ENGINE", "auto")


@pytest.fixture(scope="session")
def cloud(guardian: Guardian, engine: str) -> Iterator[RehearsalCloud]:
    with RehearsalCloud.start(guardian, engine=engine) as started:
        yield started


@pytest.fixture(scope="session")
def rds(cloud: RehearsalCloud) -> Rds:
    return Rds(client("rds", cloud.endpoint), cloud)


@pytest.fixture
def new_name(rds: Rds) -> Iterator[Callable[[], str]]:
    """Names for clusters that are deleted after the test."""
    given: list[str] = []

    def name() -> str:
        given.append(f"mine-{next(_NUMBERS)}")
        return given[-1]

    yield name
    for mine in given:
        if mine in rds.names():
            if rds.describe(mine)["DeletionProtection"]:
                rds.api.modify_db_cluster(DBClusterIdentifier=mine, DeletionProtection=False)
            rds.delete(mine)


_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Source:
    """A cluster with a table `marks`: row 1 was there at `good`, row 2 came after it."""

    name: str
    good: datetime


@pytest.fixture(scope="session")
def source(rds: Rds) -> Source:
    rds.create("source", BackupRetentionPeriod=7, Tags=[{"Key": "team", "Value": "core"}])
    rds.create_instance("source")
    with rds.connect("source") as connection:
        connection.execute("create table marks (mark int)")
        connection.execute("insert into marks values (1)")
        good = next_whole_second(connection)
        connection.execute("insert into marks values (2)")
    return Source("source", good)


@pytest.fixture(scope="session")
def spare(rds: Rds, source: Source) -> str:
    """A cluster that never had an instance, asked for as some minor of the server's major."""
    major = rds.describe(source.name)["EngineVersion"].split(".")[0]
    rds.create("spare", EngineVersion=f"{major}.1")
    return "spare"
