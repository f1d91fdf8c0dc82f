"""The planner knows what was restored."""

from __future__ import annotations

from checks.dumped import check_analysed
from fixtures.comparison import Copies
from fixtures.judging import Judge


def test_every_table_was_analysed(copies: Copies, judge: Judge) -> None:
    """Every table was analysed since it was restored (R34)."""
    findings = judge(copies.each("statistics", check_analysed))

    assert findings == []
