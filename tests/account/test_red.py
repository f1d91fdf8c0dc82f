"""``pytest drills/pitr --cloud=aws`` is red where AWS restored something else than was asked for.

Nobody knows what the source was at T: what was read of it before and after is all there is.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from tests.account.fix_account import CLUSTER, REGION, SETTINGS, somebody
from tests.drills.fix_drill import Drill

ROWS = "test_every_table_kept_its_rows"
CONTENT = "test_every_row_is_what_it_was"
SCHEMA = "test_every_object_of_the_source_is_there"
UNCHANGED = "test_what_no_longer_changes_came_back_equal"
FROZEN = """
[[content.frozen]]
table = "granules"
where = "cumulus_id <= 100"
"""

# What the cloud does: (proofs that must fail, a check and a subject that must be found).
WRONG: dict[str, tuple[set[str], tuple[str, str]]] = {
    # The oldest row of a table that moves, with all that refers to it: nothing else notices.
    "loses-a-row": ({ROWS, CONTENT, UNCHANGED}, ("content.between.unmoved", "public.granules")),
    "loses-a-table": ({ROWS, CONTENT}, ("content.between.table", "public.rules")),
    # To before B1: the rows that were written until then are not there.
    "forgets-wal": ({ROWS, CONTENT}, ("content.between.unmoved", "public.granules")),
    # To behind B2: rows that were written after it are there.
    "ignores-target": ({ROWS, CONTENT}, ("content.between.moved", "public.granules")),
}


@pytest.mark.parametrize(
    "fault",
    [pytest.param(one, marks=[] if one == "loses-a-row" else pytest.mark.slow) for one in WRONG],
)
def test_a_copy_that_is_not_what_was_asked_for_is_red(
    drill: Drill, tmp_path: Path, fault: str
) -> None:
    """R35, R36."""
    failed, found = WRONG[fault]
    arguments = [f"--fault={fault}"]
    with (
        Guardian.start() as guardian,
        somebody(guardian, module="tests.sabotage.cloud", arguments=arguments) as account,
    ):
        # What a restore without WAL comes to; B1 is recorded when more has been written.
        account.cloud.control.take_backup(REGION, CLUSTER)
        account.writer.wait_for(account.writer.ledger.acknowledged + 5)
        drill.environ.update(account.environ)
        settings = account.settings(tmp_path, SETTINGS + FROZEN)

        result = drill.run("--cloud=aws", f"--drill-config={settings}")

    assert 1 == result.status, result.out
    assert result.verdict.startswith(f"FAILED drill of {CLUSTER}")
    assert failed <= set(result.failed())
    assert found in {(one["check"], one["subject"]) for one in result.findings()}
    assert "passed" == result.claims()["requested_restore"]
