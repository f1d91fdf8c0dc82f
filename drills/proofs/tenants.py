"""Every database that is rewound with the named ones is known, and came back."""

from __future__ import annotations

from fixtures.judging import Judge
from fixtures.source import Copy, Source
from fixtures.tenants import judge_restored


def test_what_is_rewound_besides_came_back(
    writable_copy: Copy, source: Source, judge: Judge
) -> None:
    """Databases that nobody named came back, their owners' and open (R59, R60)."""
    findings = judge(judge_restored(writable_copy, source))

    assert findings == []
