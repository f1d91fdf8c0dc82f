"""The copy is of the time that was asked for, by the operator's own signs."""

from __future__ import annotations

from checks.baseline.heartbeat import judge_heartbeat
from fixtures.claims import NotApplicable
from fixtures.comparison import Comparison, Copies
from fixtures.drill_run import DrillRun
from fixtures.judging import Judge
from fixtures.run import Run
from fixtures.wishes import wishes_of


def test_the_last_heartbeat_before_the_target_is_there(
    copies: Copies, run: Run, drill_run: DrillRun, judge: Judge
) -> None:
    """The newest heartbeat is the last one before the target (R41)."""
    beat = run.settings.content.heartbeat
    if beat is None:
        raise NotApplicable("there is no [content.heartbeat]")
    t = wishes_of(run.settings, drill_run.target_time).t

    findings = judge(
        copies.each(
            "heartbeat",
            lambda shared: judge_heartbeat(shared, beat.table, beat.column, t, beat.every),
        )
    )

    assert findings == []


def test_what_no_longer_changes_came_back_equal(
    comparison: Comparison, run: Run, judge: Judge
) -> None:
    """Frozen ranges came back equal (R36)."""
    if not run.settings.content.frozen:
        raise NotApplicable("there is no [[content.frozen]]")

    findings = judge(comparison.frozen())

    assert findings == []
