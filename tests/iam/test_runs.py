"""Done when 6: each mode works under its document, in a cloud where IAM decides on every call."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.aws.description import describe
from fixtures.aws.instances import create_like
from fixtures.aws.names import new_identifier
from fixtures.aws.restore import restore
from fixtures.aws.tags import EXPIRES, RunTag, expiry_text
from fixtures.aws.wait import Pace, until_cluster_available, until_instance_available
from tests.account.fix_account import CLUSTER, SETTINGS, TERRAFORM
from tests.drills.fix_drill import Drill
from tests.dynamodb.archive import create_table, put
from tests.iam.conftest import Guarded
from tests.iam.documents import FOLDER, PLACEHOLDERS, document
from tests.iam.fix_iam import Decision, decisions

COLLECTIONS = PLACEHOLDERS["TABLE"]
TABLES = f"""
[[dynamodb.table]]
name = "{COLLECTIONS}"
attributes = ["name", "version"]
query = "select name, version from collections"
timestamp = "updatedAt"
"""
PACE = Pace(poll=0.05, deadline=600.0)
needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")


@contextmanager
def role_of(drill: Drill, guarded: Guarded, name: str) -> Iterator[str]:
    """The drill is run by an operator who may take that document's role, and nothing else."""
    drill.environ.update(guarded.account.environ)
    with (
        guarded.identities.role(f"restore-{name}", document(name)) as arn,
        guarded.identities.operator(f"restore-{name}") as keys,
    ):
        drill.environ.update(keys)
        yield arn


class Recorded:
    """What IAM decided since."""

    def __init__(self, guarded: Guarded) -> None:
        self._log = guarded.decisions
        self._before = len(decisions(self._log))

    def of(self, role: str) -> list[Decision]:
        """On the calls of that role's sessions."""
        return [one for one in self.all() if one.role == f"restore-{role}"]

    def all(self) -> list[Decision]:
        return decisions(self._log)[self._before :]


def hold_against_the_page(mode: str, calls: Iterable[Decision]) -> None:
    """What was called is what docs/iam/README.md says of that mode, neither more nor less."""
    said = ", ".join(f"`{one}`" for one in sorted({one.action for one in calls}))
    row = f"| recorded: {mode} | {said} |"
    assert row in (FOLDER / "README.md").read_text().splitlines(), f"it should say:\n{row}"


@needs_terraform
def test_a_drill_is_proven_under_its_document(
    drill: Drill, guarded: Guarded, tmp_path: Path
) -> None:
    """R32, R46. Terraform plans with the same rights: nobody else's call is among them."""
    with role_of(drill, guarded, "drill") as role:
        settings = guarded.account.settings(tmp_path, SETTINGS + TERRAFORM, role=role)
        recorded = Recorded(guarded)
        result = drill.run("--cloud=aws", f"--drill-config={settings}")
        made = recorded.all()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN drill of core-prod")
    assert "passed" == result.claims()["proven_plan"]
    assert [] == [one for one in made if one.refusal is not None]
    # The operator's own call is to take the role; every other is the session's, limited as it is.
    own = [one for one in made if one.role is None]
    assert {"sts:AssumeRole"} == {one.action for one in own if one.principal.endswith("/operator")}
    assert [one for one in own if one.action == "sts:AssumeRole"] == own
    calls = recorded.of("drill")
    assert all(one.limited for one in calls)
    hold_against_the_page("drill", calls)


@pytest.mark.slow
@needs_terraform
def test_a_drill_of_a_snapshot_is_proven_under_its_document(
    drill: Drill, guarded: Guarded, tmp_path: Path
) -> None:
    """R51: restored from it, planned and removed, by the role and within its session policy."""
    owner = guarded.account.rds
    owner.create_db_cluster_snapshot(
        DBClusterIdentifier=CLUSTER, DBClusterSnapshotIdentifier="by-hand"
    )
    owner.get_waiter("db_cluster_snapshot_available").wait(
        DBClusterSnapshotIdentifier="by-hand", WaiterConfig={"Delay": 1}
    )
    with role_of(drill, guarded, "drill") as role:
        settings = guarded.account.settings(tmp_path, SETTINGS + TERRAFORM, role=role)
        recorded = Recorded(guarded)
        result = drill.run(
            "drills/snapshot", "--cloud=aws", f"--drill-config={settings}", "--unproven=warn"
        )

    assert 0 == result.status, result.out
    assert "passed" == result.claims()["proven_plan"]
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    calls = recorded.of("drill")
    assert all(one.limited for one in calls)
    hold_against_the_page("drill, of a snapshot", calls)


@pytest.mark.slow
def test_a_drill_with_tables_of_dynamodb_is_proven_under_its_document(
    drill: Drill, guarded: Guarded, tmp_path: Path
) -> None:
    """R24, R58: restored, tagged, read and removed, by the role and within its session policy."""
    owner = guarded.account.session.client("dynamodb")
    create_table(owner, COLLECTIONS, ["name", "version"])
    with guarded.account.connect() as connection:
        for name, version in connection.execute("select name, version from collections"):
            put(owner, COLLECTIONS, name=name, version=version)
    with role_of(drill, guarded, "drill") as role:
        settings = guarded.account.settings(tmp_path, SETTINGS + TABLES, role=role)
        recorded = Recorded(guarded)
        result = drill.run("--cloud=aws", f"--drill-config={settings}")

    assert 0 == result.status, result.out
    assert "passed" == result.claims()["test_every_row_has_its_item_and_other_items_are_newer"]
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    calls = recorded.of("drill")
    assert all(one.limited for one in calls)
    of_tables = [one for one in calls if one.action.startswith("dynamodb:")]
    hold_against_the_page("drill, for tables of DynamoDB", of_tables)
    assert [COLLECTIONS] == owner.list_tables()["TableNames"]


def test_readiness_is_proven_under_its_document(
    drill: Drill, guarded: Guarded, tmp_path: Path
) -> None:
    """Each night: a role that can do nothing but ask, about the rights of the role of drills."""
    judged = guarded.identities.role("restore-drill", document("drill"))
    with judged as drills, role_of(drill, guarded, "readiness") as role:
        text = f'{SETTINGS}\n[readiness]\nrights_of = "{drills}"\n'
        settings = guarded.account.settings(tmp_path, text, role=role)
        recorded = Recorded(guarded)
        result = drill.run("drills/readiness", "--cloud=aws", f"--drill-config={settings}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN readiness of core-prod")
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    hold_against_the_page("readiness", recorded.of("readiness"))


@pytest.mark.slow
def test_what_a_drill_left_is_cleared_away_under_the_document_of_reaping(
    drill: Drill, guarded: Guarded, tmp_path: Path
) -> None:
    """R70, and the role of drills may do it too. The source goes on."""
    for name in ("reap", "drill"):
        left = leave_a_copy(guarded, f"left-by-{name}")
        with role_of(drill, guarded, name) as role:
            settings = guarded.account.settings(tmp_path, SETTINGS, role=role)
            recorded = Recorded(guarded)
            result = drill.run("--reap", f"--drill-config={settings}")

        assert 0 == result.status, result.out
        assert left in result.out
        assert [] == [one for one in recorded.all() if one.refusal is not None]
        clusters = guarded.account.rds.describe_db_clusters()["DBClusters"]
        assert [CLUSTER] == [one["DBClusterIdentifier"] for one in clusters]
        if name == "reap":
            hold_against_the_page("reap", recorded.of("reap"))


@pytest.mark.slow
def test_a_drill_by_a_role_that_may_only_ask_ends_before_anything_is_made(
    drill: Drill, guarded: Guarded, tmp_path: Path
) -> None:
    """The alarm rings: what lets the drill through is the document, and nothing else."""
    with role_of(drill, guarded, "readiness") as role:
        settings = guarded.account.settings(tmp_path, SETTINGS, role=role)
        result = drill.run("drills/pitr", "--cloud=aws", f"--drill-config={settings}")

    assert 1 == result.status, result.out
    assert "rds:RestoreDBClusterToPointInTime" in result.out
    clusters = guarded.account.rds.describe_db_clusters()["DBClusters"]
    assert [CLUSTER] == [one["DBClusterIdentifier"] for one in clusters]


def leave_a_copy(guarded: Guarded, run: str) -> str:
    """What a drill that died leaves, expired the moment it was there; its name."""
    rds = guarded.account.rds
    tag = RunTag(run, owner="somebody", expires=datetime.now(UTC) + timedelta(hours=1))
    source, name = describe(rds, CLUSTER), new_identifier(CLUSTER, run)
    restore(rds, source, name, "latest", tag)
    until_cluster_available(rds, name, pace=PACE)
    for created in create_like(rds, source, name, tag):
        until_instance_available(rds, created.identifier, pace=PACE)
    # An expiry before something was made would be some wrong clock's, and is refused.
    over = [{"Key": EXPIRES, "Value": expiry_text(datetime.now(UTC) + timedelta(seconds=1))}]
    copy = describe(rds, name)
    for arn in (copy.arn, *(one.arn for one in copy.instances)):
        rds.add_tags_to_resource(ResourceName=arn, Tags=over)
    return name
