"""Baselines made up, for what needs no server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from checks.baseline.model import Baseline
from fixtures.postgres.server import Server
from tests.checks.baseline import made_up
from tests.checks.baseline.databases import SOURCE, Databases


@pytest.fixture
def baseline() -> Baseline:
    return made_up.baseline(recorded_at=datetime(2024, 5, 1, 12, tzinfo=UTC))


@pytest.fixture
def databases(cluster: Server) -> Iterator[Databases]:
    """Of the test's own, on the server that all checks share."""
    made = Databases(cluster)
    yield made
    made.drop_all()


@pytest.fixture
def source(databases: Databases) -> str:
    """The name of a small source."""
    databases.make("source", SOURCE)
    return "source"
