"""Tables of DynamoDB that go with the cluster are no part of this drill, which is said."""

from __future__ import annotations

from fixtures.claims import NotApplicable, NotProven
from fixtures.run import Run
from fixtures.source import Copy


def test_tables_of_dynamodb_are_restored_with_it(writable_copy: Copy, run: Run) -> None:
    """Its tables of DynamoDB are restored to the same time (R24)."""
    wanted = run.settings.dynamodb
    if wanted is None or not wanted.table:
        raise NotApplicable("no settings name tables of DynamoDB")
    raise NotProven("drills/snapshot restores no tables of DynamoDB: drills/pitr does")
