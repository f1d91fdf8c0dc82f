"""The tables that must exist do."""

from __future__ import annotations

from collections.abc import Collection

from checks.inventory import must_have_tables
from fixtures.claims import NotApplicable
from fixtures.comparison import Copies
from fixtures.cumulus.within import where_meant
from fixtures.judging import Judge
from fixtures.run import Run


def test_the_metadata_inventory_is_there(
    copies: Copies, inventory: Collection[str], run: Run, judge: Judge
) -> None:
    """The tables that must exist do (R5)."""
    if not inventory:
        raise NotApplicable("[proof] must_have_tables names none")

    findings = judge(
        where_meant(
            copies,
            run.settings,
            ("proof", "must_have_tables"),
            "counts",
            lambda shared: must_have_tables(shared, inventory),
        )
    )

    assert findings == []
