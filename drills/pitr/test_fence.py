"""The source is closed to everybody but the administrator, and is not changed by the restore."""

from __future__ import annotations

from checks.fence import check_fence, check_limits
from fixtures.aws.described import Described
from fixtures.claims import NotProven
from fixtures.parity import check_source_untouched
from fixtures.postgres.fence import Fence, connection_limits, observe
from fixtures.source import Copy, Source


def test_nobody_writes_to_the_source(fenced_source: Fence, source: Source) -> None:
    """The fence holds: logins refused, sessions gone, nothing written (R9, R10, R13 to R20)."""
    observed = observe(
        source.connect_admin,
        source.databases,
        login=source.connect_application if source.application else None,
        maintenance=source.maintenance,
        quiet_seconds=1.0,
    )

    # Where others live in the cluster, those are fenced that were named, and no more (R60).
    findings = check_fence(observed, every_database=not source.tenants)

    if source.application is None and {one.check for one in findings} == {"fence.login"}:
        raise NotProven("[proof] application names no login that could be tried at the fence")
    assert findings == []


def test_the_fence_is_not_in_the_copy(
    writable_copy: Copy, fenced_source: Fence, source: Source
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
