"""One archive for the tests of this folder, idle before and after each."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.rehearsal.cumulus.archive import Archive, make_archive
from tests.rehearsal.helpers import Rds


@pytest.fixture(scope="session")
def deployed(rds: Rds) -> Archive:
    return make_archive(rds, "archive")


@pytest.fixture
def archive(deployed: Archive) -> Archive:
    deployed.wait_until_idle()
    return deployed


@pytest.fixture(scope="session")
def number() -> Callable[[], int]:
    """Numbers of notices, each once."""
    return itertools.count(1).__next__
