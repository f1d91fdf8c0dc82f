"""What the drill used, against what it may use (`[limits]`)."""

from __future__ import annotations

import pytest

from checks import limits
from fixtures.claims import NotApplicable
from fixtures.drill_run import DrillRun
from fixtures.judging import Judge
from fixtures.limits import Used


@pytest.mark.after_proofs
def test_what_the_drill_used_is_within_its_limits(
    used: Used, drill_run: DrillRun, judge: Judge
) -> None:
    """What the drill used is within its limits."""
    wanted = drill_run.run.settings.limits
    drill_run.facts("limits: what it has used, until its proofs were made", **used.facts(wanted))
    if wanted.instance_hours is None and wanted.restored_bytes is None:
        raise NotApplicable("there is no [limits] instance_hours or restored_bytes")

    findings = judge(limits.judge(used.quantities(wanted)))

    assert findings == []
