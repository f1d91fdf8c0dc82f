"""The copy is another database than its source, and one of the cluster that was meant."""

from __future__ import annotations

from checks.identity import judge_identity
from fixtures.judging import Judge
from fixtures.verifying import Reached, Truth


def test_the_copy_is_a_copy_and_not_the_source(
    known_truth: Truth, reached_copy: Reached, judge: Judge
) -> None:
    """The copy is another database than its source (R65)."""
    findings = judge(judge_identity(known_truth.identity, reached_copy.identity))

    assert findings == []
