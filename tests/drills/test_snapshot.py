"""``pytest drills/snapshot``: a cluster that is gone comes back from a snapshot, by Terraform."""

from __future__ import annotations

import json
import shutil

import pytest

from fixtures.aws.session import RehearsalSession
from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.daily import daily
from tests.drills import journal
from tests.drills.fix_drill import Drill
from tests.drills.test_adoption import without_terraform
from tests.sabotage.secrets import CANARY

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
SNAPSHOT = "drills/snapshot"
CLUSTER = "module.rds_cluster.aws_rds_cluster.cumulus"


@needs_terraform
@pytest.mark.parametrize(
    "made", daily(["manual", "automated", "copied-manual", "copied-automated"], "manual")
)
def test_a_lost_cluster_comes_back_from_a_snapshot(drill: Drill, made: str) -> None:
    """With no source alive: the data is the snapshot's, and the clients use the copy (R51).

    R53 before the deployment, R54 before the clients: by the order of the runbook.
    """
    result = drill.run(SNAPSHOT, f"--snapshot-id={made}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    assert {"passed", "not applicable"} == set(result.claims().values())
    journal.holds_what_is_asked(result, "snapshot")
    assert f"creates {CLUSTER}" == journal.in_words(result)[CLUSTER]
    source, backup = (
        journal.only(result, "source_identified"),
        journal.only(result, "backup_identified"),
    )
    assert result.verdict.startswith(f"PROVEN rehearsal of {source['name']}")
    # A copy of an automated snapshot is a manual one.
    kind = "copied manual" if made.startswith("copied") else made
    assert f"{kind} snapshot" == backup["kind"]
    assert 0 <= backup["age_seconds"] < 300
    assert f"snapshot {backup['name']}" == journal.only(result, "target_asked")["target"]
    told = journal.moments(result)
    assert told["last good marker"] < told["backup ended"] < told["first bad marker"]
    assert told["first bad marker"] < told["source lost"]
    assert told["last good marker"] == journal.at(journal.only(result, "target_reached"))
    journal.every_table_is_equal(result, result.facts("incident")["core: rows at the snapshot"])
    assert not list(drill.work.iterdir())
    performed = [event["name"] for event in result.of("step_finished")]
    assert performed.index("removed_access") < performed.index("applied_plan")
    proofs = result.events.index(result.of("proof_finished")[-1])
    moved = next(e for e in result.of("step_finished") if e["name"] == "moved_clients")
    rows = next(e for e in result.of("proof_finished") if "kept_its_rows" in e["name"])
    assert result.events.index(rows) < result.events.index(moved) < proofs


@pytest.mark.slow
@needs_terraform
def test_a_copy_that_is_wrong_gets_no_clients(drill: Drill) -> None:
    """R54: verified before anything is redeployed."""
    result = drill.run(SNAPSHOT, "-p", "tests.sabotage.copy", "--sabotage=lost-row")

    assert 1 == result.status, result.out
    assert {"test_every_table_kept_its_rows", "passed_gate"} <= set(result.failed())
    assert "moved_clients" not in result.claims()
    assert any("public.files" in json.dumps(finding) for finding in result.findings())


@needs_terraform
def test_clients_that_were_not_moved_are_red(drill: Drill) -> None:
    """R55: the secret still names the old host, and ingest does not come back."""
    result = drill.run(SNAPSHOT, "-p", "tests.sabotage.clients")

    assert 1 == result.status, result.out
    failed = set(result.failed())
    assert {"test_their_secrets_name_the_copy", "resumed_ingest"} <= failed
    # The old cluster is gone, and takes no login any more.
    assert "test_the_application_is_on_the_copy_by_its_own_login" in failed


@pytest.mark.slow
@needs_terraform
def test_clients_that_were_not_deployed_again_are_red(drill: Drill) -> None:
    """R55: the secret names the copy, and what runs keeps the host of before."""
    result = drill.run(SNAPSHOT, "-p", "tests.sabotage.deployments")

    assert 1 == result.status, result.out
    assert "resumed_ingest" in result.failed()
    assert "passed" == result.claims()["test_their_secrets_name_the_copy"]


@needs_terraform
def test_a_source_that_is_still_there_is_refused(drill: Drill) -> None:
    """R53, R61: what it takes after the snapshot would be lost. Nothing was touched: exit 4."""
    result = drill.run(SNAPSHOT, "-p", "tests.sabotage.survivor")

    assert 4 == result.status, result.out
    assert "is still there" in result.out
    assert "updated_tfvars" not in result.claims()


@pytest.mark.slow
@needs_terraform
def test_no_secret_is_printed_or_left(drill: Drill) -> None:
    """R49."""
    result = drill.run(SNAPSHOT, "-p", "tests.sabotage.secrets", "-vv", "-l")

    assert 0 == result.status, result.out
    assert CANARY not in result.out
    files = [path for path in drill.evidence.rglob("*") if path.is_file()]
    assert files
    assert [] == [path for path in files if CANARY.encode() in path.read_bytes()]


@pytest.mark.slow
@needs_terraform
def test_somebodys_cloud_is_left_without_what_was_made_in_it(drill: Drill) -> None:
    with Guardian.start() as guardian:
        cloud = RehearsalCloud.start(guardian)
        result = drill.run(SNAPSHOT, f"--rehearsal-endpoint={cloud.endpoint}")
        session = RehearsalSession(cloud.endpoint)
        rds = session.client("rds")

        assert 0 == result.status, result.out
        assert [] == rds.describe_db_clusters()["DBClusters"]
        assert [] == rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]
        assert [] == session.client("secretsmanager").list_secrets()["SecretList"]


def test_an_unknown_kind_of_snapshot_is_4(drill: Drill) -> None:
    result = drill.run(SNAPSHOT, "--snapshot-id=core-prod-of-yesterday")

    assert 4 == result.status, result.out
    assert "manual, automated, copied-manual, copied-automated" in result.out


def test_without_terraform_it_is_refused_before_anything_is_started(drill: Drill) -> None:
    """Nothing can be restored without it: no reason to fail, and none to rehearse a loss."""
    drill.environ["PATH"] = without_terraform(drill)

    result = drill.run(SNAPSHOT)

    assert 4 == result.status, result.out
    assert "ERROR: drills/snapshot restores by a plan of Terraform" in result.out
    assert "terraform is not on the PATH, nor is tofu: install it" in result.out
    assert not list(drill.evidence.glob("*"))


@pytest.mark.slow
def test_among_all_drills_nothing_of_it_is_proven_without_terraform(drill: Drill) -> None:
    """`pytest drills` performs the others; a drill that proved nothing does not end well."""
    drill.environ["PATH"] = without_terraform(drill)
    others = ("pitr", "physical", "logical", "readiness", "verify", "plan")

    result = drill.run("drills", *(f"--ignore=drills/{other}" for other in others))

    assert 1 == result.status, result.out
    assert "NOT PROVEN" in result.verdict
    assert "terraform is not on the PATH" in result.out
