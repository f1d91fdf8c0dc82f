"""``pytest drills/snapshot --cloud=aws``: the newest snapshot, restored beside its source.

The application has stopped writing, so that what the source holds can be compared from end to end.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from checks.baseline.file import save
from checks.baseline.record import record
from checks.content.plan import Reading
from fixtures.aws import tags as tagging
from fixtures.aws.gone import Was, prove_gone
from fixtures.guardian import Guardian
from tests.account.fix_account import CLUSTER, SETTINGS, TERRAFORM, Somebody, somebody
from tests.account.test_keeping import reap
from tests.drills.fix_drill import Drill, Outcome
from tests.drills.test_adoption import without_terraform
from tests.drills.test_kill import at
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


def take(account: Somebody, name: str, of: str = CLUSTER) -> None:
    account.rds.create_db_cluster_snapshot(DBClusterIdentifier=of, DBClusterSnapshotIdentifier=name)
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


def test_a_copy_that_lacks_a_row_of_the_recorded_baseline_is_red(
    drill: Drill, quiet: Faulty, baseline: Path, tmp_path: Path
) -> None:
    """R35: what was there before the snapshot, and is there still, was in it. No terraform is
    needed without ``[terraform]``.
    """
    drill.environ["PATH"] = without_terraform(drill)
    result = run(
        drill,
        quiet.account,
        tmp_path,
        f"--baseline={baseline}",
        "--keep-restored=never",
        *("-p", "tests.sabotage.copy", "--sabotage=lost-row"),
    )

    assert 1 == result.status, result.out
    assert result.verdict.startswith(f"FAILED drill of {CLUSTER}")
    assert {"test_every_table_kept_its_rows", "test_every_row_is_what_it_was"} <= set(
        result.failed()
    )
    assert ("content.between.unmoved", "public.files") in {
        (one["check"], one["subject"]) for one in result.findings()
    }
    assert [CLUSTER] == clusters_of(quiet.account)


# What is asked: what the one line says.
REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no such snapshot": (
        ("--snapshot-id=core-prod-of-yesterday",),
        "--snapshot-id=core-prod-of-yesterday: there is no cluster snapshot",
    ),
    "another cluster's": (
        ("--snapshot-id=of-another",),
        "snapshot of-another is one of another, not of core-prod",
    ),
    "none as old": (
        ("--restore-to-time=2026-01-01T00:00:00Z",),
        "core-prod has no snapshot taken by 2026-01-01 00:00:00Z that could be restored",
    ),
    "a recovery": (
        ("--recover=arn:aws:rds:us-east-1:123456789012:cluster:core-prod", "--yes"),
        "drills/snapshot drills beside a source and recovers none",
    ),
    "a wait that ends": (("--wait=5",), "--wait=5: drills/snapshot waits as long as it takes"),
}


@pytest.fixture(scope="module")
def snapshot_of_another(quiet: Faulty) -> Iterator[None]:
    """Of a cluster that is gone by now."""
    rds = quiet.account.rds
    rds.create_db_cluster(
        DBClusterIdentifier="another",
        Engine="aurora-postgresql",
        MasterUsername="boss",
        MasterUserPassword="not-for-long",
    )
    rds.get_waiter("db_cluster_available").wait(
        DBClusterIdentifier="another", WaiterConfig={"Delay": 1}
    )
    take(quiet.account, "of-another", "another")
    rds.delete_db_cluster(DBClusterIdentifier="another", SkipFinalSnapshot=True)
    rds.get_waiter("db_cluster_deleted").wait(
        DBClusterIdentifier="another", WaiterConfig={"Delay": 1}
    )
    yield
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="of-another")


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(one, marks=() if "snapshot" in one or "another" in one else pytest.mark.slow)
        for one in REFUSED
    ],
)
def test_what_cannot_be_drilled_is_4_before_anything_is_made(
    case: str, drill: Drill, quiet: Faulty, snapshot_of_another: None, tmp_path: Path
) -> None:
    """R51, R52: nothing is asked for that would be paid for, and one line says what to do."""
    asked, said = REFUSED[case]
    begun = len(quiet.mutations())

    result = run(drill, quiet.account, tmp_path, *asked)

    assert 4 == result.status, result.out
    told = ("snapshot: BAD INPUT", "ERROR: ")
    (line,) = [one for one in result.out.splitlines() if one.startswith(told)]
    assert said in line
    assert [] == quiet.mutations()[begun:]


@pytest.mark.slow
def test_a_snapshot_that_aws_restores_without_a_row_is_red(drill: Drill, tmp_path: Path) -> None:
    """The same where the restore itself loses it, beside a source that is written to."""
    with (
        Guardian.start() as guardian,
        somebody(
            guardian, module="tests.sabotage.cloud", arguments=["--fault=loses-a-row"]
        ) as account,
    ):
        file = tmp_path / "core-prod.json"
        save(record({"core": account.connect}, Reading()), file)
        take(account, BY_HAND)
        result = run(drill, account, tmp_path, f"--baseline={file}", "--keep-restored=never")

    assert 1 == result.status, result.out
    assert ("content.between.unmoved", "public.granules") in {
        (one["check"], one["subject"]) for one in result.findings()
    }


@pytest.mark.slow
def test_beside_a_source_that_is_written_to_what_moves_lies_between(
    drill: Drill, account: Somebody, tmp_path: Path
) -> None:
    """DESIGN 4: recorded before, the snapshot, and the source as it is now; all three differ."""
    file = tmp_path / "core-prod.json"
    save(record({"core": account.connect}, Reading()), file)
    account.writer.wait_for(account.writer.ledger.acknowledged + 20)
    take(account, "in-the-midst")
    account.writer.wait_for(account.writer.ledger.acknowledged + 20)

    result = run(drill, account, tmp_path, f"--baseline={file}", "--snapshot-id=in-the-midst")

    assert 0 == result.status, result.out
    assert "bounded" == result.claims()["test_every_row_is_what_it_was"]
    assert [CLUSTER] == clusters_of(account)


@pytest.mark.slow
def test_without_a_baseline_rows_are_not_proven_and_frozen_ones_are(
    drill: Drill, quiet: Faulty, baseline: Path, tmp_path: Path
) -> None:
    """R36, R68: what never changes any more is equal in the source as it is now."""
    frozen = '[[content.frozen]]\ntable = "collections"\nwhere = "created_at < :t"\n'
    objectives = '[objectives]\ndata_loss = "1s"\n'

    text = SETTINGS + frozen + objectives
    result = run(drill, quiet.account, tmp_path, "--keep-restored=never", text=text)

    assert 1 == result.status, result.out
    claims = result.claims()
    assert "not proven" == claims["test_every_row_is_what_it_was"]
    assert "passed" == claims["test_what_no_longer_changes_came_back_equal"]
    assert ["test_the_snapshot_is_no_older_than_may_be_lost"] == [
        name for name in result.failed() if name.startswith("test_the_snapshot")
    ]


@pytest.mark.slow
def test_what_a_killed_drill_left_is_reaped(
    drill: Drill, quiet: Faulty, baseline: Path, tmp_path: Path
) -> None:
    """R70: by its tags, once it has expired; the source and its snapshots stay."""
    account = quiet.account
    drill.environ.update(account.environ)
    settings = account.settings(tmp_path)
    running = drill.start(DRILL, "--cloud=aws", f"--drill-config={settings}")
    reached = at("step_started", "given_password")
    until = time.monotonic() + 240
    while not reached(drill) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.2)  # until the journal tells of it
    running.kill()
    running.communicate()
    (name,) = [one for one in clusters_of(account) if one != CLUSTER]
    (cluster,) = account.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    members = account.rds.describe_db_instances(
        Filters=[{"Name": "db-cluster-id", "Values": [name]}]
    )["DBInstances"]
    past = tagging.expiry_text(
        max([cluster["ClusterCreateTime"], *(one["InstanceCreateTime"] for one in members)])
        + timedelta(seconds=1)
    )
    groups = [
        one["DBClusterParameterGroupArn"]
        for one in account.rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
        if one["DBClusterParameterGroupName"].startswith(name)
    ]
    for arn in [cluster["DBClusterArn"], *(one["DBInstanceArn"] for one in members), *groups]:
        account.rds.add_tags_to_resource(
            ResourceName=arn, Tags=[{"Key": tagging.EXPIRES, "Value": past}]
        )

    status, out = reap(drill, settings)

    assert 0 == status, out
    assert f"removed cluster {name}" in out
    assert [] == prove_gone(account.rds, Was.of(cluster, members))
    assert [CLUSTER] == clusters_of(account)
    account.rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=BY_HAND)


def run(
    drill: Drill, account: Somebody, folder: Path, *options: str, text: str = SETTINGS
) -> Outcome:
    drill.environ.update(account.environ)
    settings = account.settings(folder, text)
    return drill.run(DRILL, "--cloud=aws", f"--drill-config={settings}", *options)


def clusters_of(account: Somebody) -> list[str]:
    found = account.rds.describe_db_clusters()["DBClusters"]
    return sorted(one["DBClusterIdentifier"] for one in found)


def files_of(account: Somebody) -> list[Path]:
    return sorted(file for file in account.infra.rglob("*") if file.is_file())
