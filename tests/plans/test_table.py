"""Every plan of the table is judged as its row says, and no secret of it is told."""

from __future__ import annotations

import json

import pytest

from checks.judgement import Judgement
from checks.plan.adopt import Adoption, judge_adoption
from checks.plan.reading import read_plan
from checks.plan.snapshot import SnapshotRestore, judge_snapshot_restore
from tests.plans import canaries
from tests.plans.recipe import CLUSTER, COPY, NEW, SNAPSHOT, SOURCE
from tests.plans.row import MADE, Row
from tests.plans.table import ROWS


def judged(row: Row) -> Judgement:
    plan = read_plan(row.file.read_bytes())
    if row.judge == "adopt":
        adoption = Adoption(CLUSTER, row.restored or COPY, SOURCE, row.allowed)
        return judge_adoption(plan, adoption)
    restore = SnapshotRestore(CLUSTER, row.restored or NEW, SNAPSHOT, SOURCE, row.allowed)
    return judge_snapshot_restore(plan, restore)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_plan_is_judged_as_its_row_says(row: Row) -> None:
    judgement = judged(row)

    if not row.must:
        assert () == judgement.findings
    assert row.must <= {finding.check for finding in judgement.findings}
    said = [(str(one), repr(one), json.dumps(one.as_dict())) for one in judgement.findings]
    assert canaries.MARK not in repr((judgement, said, dict(judgement.facts)))


def test_every_plan_has_a_row_and_every_row_a_plan() -> None:
    files = [row.file.name for row in ROWS]

    assert sorted(files) == sorted(file.name for file in MADE.iterdir())


def test_the_table_is_as_long_as_promised() -> None:
    """Good ones too: a judge that refuses everything would pass without them."""
    assert 45 <= len(ROWS)
    assert 8 <= sum(not row.must for row in ROWS)
    for judge in ("adopt", "snapshot"):
        assert {True, False} == {bool(row.must) for row in ROWS if row.judge == judge}
