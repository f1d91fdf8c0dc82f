"""Backups are kept as long, and made as often, as was promised."""

from __future__ import annotations

from checks.judgement import Judgement
from fixtures.claims import Withheld
from fixtures.judging import Judge
from fixtures.readiness.model import Kept


def test_they_reach_back_as_far_as_was_promised(found_backups: Kept, judge: Judge) -> None:
    """Backups are kept as long as was promised (R1, R4)."""
    findings = judge(_asked(found_backups.reach_back))

    assert findings == []


def test_the_newest_is_young_enough(found_backups: Kept, judge: Judge) -> None:
    """One that can be restored was made lately (R62)."""
    findings = judge(_asked(found_backups.newest))

    assert findings == []


def test_what_would_be_lost_now_is_within_the_objective(found_backups: Kept, judge: Judge) -> None:
    """What would be lost now is within the objective."""
    findings = judge(_asked(found_backups.lag))

    assert findings == []


def _asked(judgement: Judgement | Withheld) -> Judgement:
    """The judgement; a claim that no setting makes is not applicable."""
    if isinstance(judgement, Withheld):
        raise judgement.signal()
    return judgement
