"""Every waiver of readiness is still needed."""

from __future__ import annotations

import pytest

from fixtures.judging import Judge
from fixtures.readiness.model import Ways


@pytest.mark.after_proofs
def test_every_waiver_was_needed(laid_out: Ways, judge: Judge) -> None:
    """Every waiver of readiness matched a finding, or is optional."""
    findings = judge(judge.unneeded_waivers())

    assert findings == []
