"""The account of these tests: one a module, because a cluster of its own takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from tests.account.fix_account import Somebody, somebody


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Somebody]:
    """An account with a cluster that is in use."""
    with Guardian.start() as guardian, somebody(guardian) as found:
        yield found


@pytest.fixture
def settings(account: Somebody, tmp_path: Path) -> Path:
    """Its settings file."""
    return account.settings(tmp_path)
