"""What the operator expects of the copy holds."""

from __future__ import annotations

from fixtures.claims import NotApplicable
from fixtures.comparison import Copies
from fixtures.judging import Judge
from fixtures.run import Run


def test_the_operators_expectations_hold(copies: Copies, run: Run, judge: Judge) -> None:
    """Every [[expect]] gives what it must (R68)."""
    wanted = run.settings.expect
    if not wanted:
        raise NotApplicable("there is no [[expect]]")

    findings = judge(copies.expectations(wanted))

    assert findings == []
