"""A recovery with tables of DynamoDB: what was asked for is found again, stays, is protected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.account.fix_tables import EXECUTIONS, GRANULES, TABLES, Twin
from tests.dynamodb.archive import create_table
from tests.recovery.fix_recovery import Recovery

pytestmark = pytest.mark.slow


@pytest.fixture
def tables(recovery: Recovery) -> Any:
    """The cluster's tables, which hold what it holds; a client that may do anything."""
    twin = Twin(recovery.account.session.client("dynamodb"))
    create_table(twin.client, GRANULES, ["granuleId"])
    create_table(twin.client, EXECUTIONS, ["arn"])
    with recovery.account.connect() as connection:
        twin.put(connection)
    twin.client.update_table(TableName=EXECUTIONS, DeletionProtectionEnabled=True)
    settings: Path = recovery.settings
    settings.write_text(settings.read_text() + TABLES)
    return twin.client


def copies(client: Any) -> dict[str, dict[str, Any]]:
    """The copies of tables by their source's names."""
    found = [client.describe_table(TableName=one)["Table"] for one in _names(client)]
    return {
        one["RestoreSummary"]["SourceTableArn"].rpartition("/")[2]: one
        for one in found
        if "RestoreSummary" in one
    }


def test_a_recovery_that_was_killed_goes_on_with_the_tables_it_asked_for(
    recovery: Recovery, tables: Any
) -> None:
    """R24, R58: nothing is asked for twice; the copies stay, as protected as their sources."""
    killed = recovery.stop("requested_tables", "SIGKILL")
    before = {one["TableId"] for one in copies(tables).values()}

    result = recovery.run(f"--resume={killed.folder.name}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    assert "passed" == result.claims()["test_every_row_has_its_item_and_other_items_are_newer"]
    found = copies(tables)
    assert before == {one["TableId"] for one in found.values()}
    assert found[EXECUTIONS]["DeletionProtectionEnabled"]
    assert not found[GRANULES]["DeletionProtectionEnabled"]
    (copy,) = recovery.copies()
    for source, one in found.items():
        assert f"{copy}-{source}" == one["TableName"]
        tags = tables.list_tags_of_resource(ResourceArn=one["TableArn"])["Tags"]
        held = {tag["Key"]: tag["Value"] for tag in tags}
        assert one["TableId"] == held["restore-drills:resource"]
        assert "restore-drills:expires" not in held
        window = tables.describe_continuous_backups(TableName=one["TableName"])
        recovered = window["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert "ENABLED" == recovered["PointInTimeRecoveryStatus"]


def test_a_recovery_that_is_taken_back_keeps_them_and_says_so(
    recovery: Recovery, tables: Any
) -> None:
    """It deletes nothing, and names what somebody may delete."""
    stopped = recovery.stop("restored_tables", "SIGINT")
    names = _names(tables)

    taken_back = recovery.command(f"--back-out={stopped.folder.name}")

    assert 0 == taken_back.returncode, taken_back.stderr
    for one in copies(tables).values():
        assert f"kept: table {one['TableName']}" in taken_back.stdout
    assert names == _names(tables)


def _names(client: Any) -> set[str]:
    return {*client.list_tables()["TableNames"]}
