"""A copy has room."""

from __future__ import annotations

from checks.judgement import Judgement
from fixtures.judging import Judge


def test_there_is_room_for_a_copy(seen_room: Judgement, judge: Judge) -> None:
    """Quotas, or the disk, have room for a copy."""
    findings = judge(seen_room)

    assert findings == []
