"""Something reaches the recovery target."""

from __future__ import annotations

from checks.readiness.methods import judge_methods
from fixtures.judging import Judge
from fixtures.readiness.model import Ways


def test_a_method_reaches_the_target(laid_out: Ways, judge: Judge) -> None:
    """A method reaches the target (R2, R22, R61)."""
    findings = judge(
        judge_methods(laid_out.methods, laid_out.target, laid_out.data_loss, laid_out.subject)
    )

    assert findings == []
