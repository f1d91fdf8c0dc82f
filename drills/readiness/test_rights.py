"""Whoever asks may do what a restore takes."""

from __future__ import annotations

from collections.abc import Sequence

from checks.readiness.rights import Right, judge_rights
from checks.readiness.unasked import Unasked
from fixtures.judging import Judge


def test_every_right_that_a_restore_takes_is_there(
    asked_rights: Sequence[Right] | Unasked, judge: Judge
) -> None:
    """IAM allows every action that a drill calls."""
    findings = judge(judge_rights(asked_rights))

    assert findings == []
