"""Every row is there, and is what it was."""

from __future__ import annotations

from fixtures.comparison import Comparison
from fixtures.judging import Judge


def test_every_table_kept_its_rows(comparison: Comparison, judge: Judge) -> None:
    """Row counts of every table as of T (R35)."""
    findings = judge(comparison.counts())

    assert findings == []


def test_every_row_is_what_it_was(comparison: Comparison, judge: Judge) -> None:
    """Every row of every key range, and every large object (R36)."""
    findings = judge(comparison.content())

    assert findings == []


def test_sequences_go_on_where_they_were(comparison: Comparison, judge: Judge) -> None:
    """No sequence will give out again what it had given out (R39)."""
    findings = judge(comparison.sequences())

    assert findings == []
