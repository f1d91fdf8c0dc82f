"""Whole drills with ``--cloud=aws`` beside a source whose AWS fails, and its server's own log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.fix_drill import Drill
from tests.faults.fix_faulty import Faulty, faulty, night


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with faulty(tmp_path_factory.mktemp("faulty")) as found:
        yield found


@pytest.fixture
def settings(account: Faulty, tmp_path: Path) -> Path:
    return account.account.settings(tmp_path)


def test_a_drill_asks_for_no_change_of_its_source(
    drill: Drill, account: Faulty, settings: Path
) -> None:
    """From the log of the server, which knows neither guard nor policy: every change that was asked
    for is one of the run's own things."""
    seen = night(account, drill, settings, [])

    assert 0 == seen.result.status, seen.result.out
    assert seen.result.verdict.startswith("PROVEN drill of core-prod")
    seen.left_nothing()
    assert {"RestoreDBClusterToPointInTime", "CreateDBInstance", "DeleteDBCluster"} <= {
        change.operation for change in seen.changes
    }
    copy = seen.result.facts("restored copy")["cluster"]
    for change in seen.changes:
        assert any(copy in name or name.startswith("sg-") for name in change.changes), change
