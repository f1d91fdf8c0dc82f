"""A cloud for the commands."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import Rds, client


@pytest.fixture(scope="session")
def cloud(guardian: Guardian) -> Iterator[RehearsalCloud]:
    engine = os.environ.get("DRILL_TEST_ENGINE", "auto")
    with RehearsalCloud.start(guardian, engine=engine) as started:
        yield started


@pytest.fixture(scope="session")
def rds(cloud: RehearsalCloud) -> Rds:
    return Rds(client("rds", cloud.endpoint), cloud)
