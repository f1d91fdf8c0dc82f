"""The tables that must exist do."""

from __future__ import annotations

from collections.abc import Collection

from checks.inventory import must_have_tables
from fixtures.claims import NotApplicable
from fixtures.comparison import Copies
from fixtures.judging import Judge


def test_the_metadata_inventory_is_there(
    copies: Copies, inventory: Collection[str], judge: Judge
) -> None:
    """The tables that must exist do (R5)."""
    if not inventory:
        raise NotApplicable("[proof] must_have_tables names none")

    findings = judge(copies.each("counts", lambda shared: must_have_tables(shared, inventory)))

    assert findings == []
