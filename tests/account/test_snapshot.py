"""``pytest drills/snapshot --cloud=aws``: the newest snapshot, restored beside its source.

The application has stopped writing, so that what the source holds can be compared from end to end.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.baseline.file import save
from checks.baseline.record import record
from checks.content.plan import Reading
from tests.account.fix_account import CLUSTER, SETTINGS, TERRAFORM, Somebody
from tests.drills.fix_drill import Drill
from tests.faults.fix_faulty import Faulty, faulty, night

DRILL = "drills/snapshot"
BY_HAND = "before-the-upgrade"
needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """An account with a snapshot that was taken by hand, and a log of its requests."""
    with faulty(tmp_path_factory.mktemp("quiet")) as found:
        yield found


@pytest.fixture(scope="module")
def baseline(quiet: Faulty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was recorded of the source, just before the snapshot."""
    file = tmp_path_factory.mktemp("baseline") / "core-prod.json"
    save(record({"core": quiet.account.connect}, Reading()), file)
    take(quiet.account, BY_HAND)
    return file


def take(account: Somebody, name: str) -> None:
    account.rds.create_db_cluster_snapshot(
        DBClusterIdentifier=CLUSTER, DBClusterSnapshotIdentifier=name
    )
    account.rds.get_waiter("db_cluster_snapshot_available").wait(
        DBClusterSnapshotIdentifier=name, WaiterConfig={"Delay": 1}
    )


@needs_terraform
def test_a_drill_restores_the_newest_snapshot_and_touches_nothing_of_its_source(
    drill: Drill, quiet: Faulty, baseline: Path, tmp_path: Path
) -> None:
    """R51, R52, R46, R35: the plan is proven as after a loss and never applied, the copy is made by
    the API in its quarantine, proven and removed. From the log of the server, which knows neither
    guard nor policy, every change is of the run's own things.
    """
    settings = quiet.account.settings(tmp_path, SETTINGS + TERRAFORM)
    infra = {file: file.read_bytes() for file in files_of(quiet.account)}

    seen = night(quiet, drill, settings, [], DRILL, f"--baseline={baseline}")

    result = seen.result
    assert 0 == result.status, result.out
    assert result.verdict.startswith(f"PROVEN drill of {CLUSTER}")
    seen.left_nothing()
    assert infra == {file: file.read_bytes() for file in files_of(quiet.account)}
    asked = {change.operation for change in seen.changes}
    assert {"RestoreDBClusterFromSnapshot", "CreateDBInstance", "DeleteDBCluster"} <= asked
    assert "RestoreDBClusterToPointInTime" not in asked
    copy = result.facts("restored copy")["cluster"]
    for change in seen.changes:
        assert any(copy in name or name.startswith("sg-") for name in change.changes), change
    (backup,) = result.of("backup_identified")
    assert (BY_HAND, "manual snapshot") == (backup["name"], backup["kind"])
    claims = result.claims()
    for name in ("proven_plan", "verified_quarantine", "test_every_row_is_what_it_was"):
        assert "passed" == claims[name], name
    for name in ("removed_access", "applied_plan", "moved_clients", "resumed_ingest"):
        assert "withheld" == claims[name], name


def files_of(account: Somebody) -> list[Path]:
    return sorted(file for file in account.infra.rglob("*") if file.is_file())
