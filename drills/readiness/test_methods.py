"""Something reaches the recovery target."""

from __future__ import annotations

from checks.readiness.methods import judge_methods
from fixtures.claims import Withheld
from fixtures.judging import Judge
from fixtures.readiness.model import Ways


def test_a_method_reaches_the_target(laid_out: Ways, judge: Judge) -> None:
    """A method reaches the target (R2, R22, R61)."""
    findings = judge(
        judge_methods(laid_out.methods, laid_out.target, laid_out.data_loss, laid_out.subject)
    )

    assert findings == []


def test_the_wal_leads_there(laid_out: Ways, judge: Judge) -> None:
    """The WAL leads from the backup to the target without a gap (R63)."""
    if isinstance(laid_out.wal, Withheld):
        raise laid_out.wal.signal()

    findings = judge(laid_out.wal)

    assert findings == []
