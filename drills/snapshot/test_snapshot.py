"""The snapshot is young enough: what was written since would be lost with the source."""

from __future__ import annotations

import pytest

from checks.snapshot_age import check_age
from fixtures.aws.snapshots import SnapshotDescription
from fixtures.claims import NotApplicable
from fixtures.run import Run
from fixtures.source import Source


@pytest.mark.after_proofs
def test_the_snapshot_is_no_older_than_may_be_lost(
    found_snapshot: SnapshotDescription, source: Source, run: Run
) -> None:
    """The snapshot is no older than the objectives allow (R62)."""
    settings = run.settings
    allowed = {
        setting: most
        for setting, most in (
            ("[objectives] data_loss", settings.objectives.data_loss),
            ("[readiness] snapshot_max_age", settings.readiness.snapshot_max_age),
        )
        if most is not None
    }
    if not allowed:
        raise NotApplicable("neither [objectives] data_loss nor [readiness] snapshot_max_age")

    findings = check_age(found_snapshot.identifier, found_snapshot.taken, source.asked_at, allowed)

    assert findings == []
