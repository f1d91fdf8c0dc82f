"""The copy is of the time that was asked for, by the operator's own signs."""

from __future__ import annotations

from checks.baseline.between import judge_order
from drills.proofs import moments
from fixtures.claims import NotApplicable
from fixtures.judging import Judge
from fixtures.run import Run
from fixtures.shared_proofs import SharedProofs
from fixtures.verifying import Truth

proofs = SharedProofs(moments)


def test_the_target_lies_between_the_baselines(known_truth: Truth, run: Run, judge: Judge) -> None:
    """The baselines are of one cluster, from before and after the target (R23)."""
    before, after = known_truth.before, known_truth.after
    if before is None or (after is None and known_truth.source is None):
        raise NotApplicable("there are no two truths around a target")
    if run.settings.target.time is None:
        raise NotApplicable("[restore] target names no time, so what lies between is any moment")

    findings = judge(judge_order(before.identity.database, before, after, run.settings.target.time))

    assert findings == []
