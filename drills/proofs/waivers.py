"""Every waiver was needed: one that matches nothing hides what nobody knows any more."""

from __future__ import annotations

import pytest

from fixtures.comparison import Copies
from fixtures.judging import Judge


@pytest.mark.after_proofs
def test_every_waiver_was_needed(copies: Copies, judge: Judge) -> None:
    """Every waiver matched a finding, or is optional."""
    findings = judge(judge.unneeded_waivers())

    assert findings == []
