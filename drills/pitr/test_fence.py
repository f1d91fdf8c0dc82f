"""The source is closed to everybody but the administrator, and is not changed by the restore."""

from __future__ import annotations

from checks.fence import check_limits
from fixtures.aws.described import Described
from fixtures.fencing.removal import RemovedAccess
from fixtures.judging import Judge
from fixtures.parity import check_source_untouched
from fixtures.postgres.fence import connection_limits
from fixtures.source import Copy, Source


def test_nobody_writes_to_the_source(
    fenced_source: RemovedAccess, source: Source, judge: Judge
) -> None:
    """The fence holds: logins refused, sessions gone, nothing written (R9, R10, R13 to R20)."""
    findings = judge(fenced_source.judge(source))

    assert findings == []


def test_the_fence_is_not_in_the_copy(
    writable_copy: Copy, fenced_source: RemovedAccess, source: Source
) -> None:
    """The fence was not restored with the data (R21)."""
    restored = connection_limits(writable_copy.connect, maintenance=source.maintenance)

    findings = check_limits(fenced_source.limits, restored)

    assert findings == []


def test_the_restore_left_the_source_alone(
    writable_copy: Copy, described_source: Described, source: Source
) -> None:
    """The source is configured as it was before the restore (R32)."""
    findings = check_source_untouched(source, described_source, source.describe())

    assert findings == []
