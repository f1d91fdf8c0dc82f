"""The source is protected, and in a state in which it can be restored."""

from __future__ import annotations

from checks.judgement import Judgement
from checks.readiness.source import SeenSource, check_protection, check_state
from fixtures.claims import NotApplicable
from fixtures.judging import Judge


def test_its_state_lets_it_be_restored(found_source: SeenSource, judge: Judge) -> None:
    """The source is in a state in which it can be restored."""
    findings = judge(Judgement(tuple(check_state(found_source))))

    assert findings == []


def test_it_cannot_be_deleted_by_one_call(found_source: SeenSource, judge: Judge) -> None:
    """Deletion protection is on."""
    if found_source.is_gone:
        raise NotApplicable("the source is gone")

    findings = judge(Judgement(tuple(check_protection(found_source))))

    assert findings == []
