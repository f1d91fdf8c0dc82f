"""How long it took and what was lost, against the objectives (DESIGN 12)."""

from __future__ import annotations

from datetime import datetime

import pytest

from checks import objectives
from checks.objectives import Measurement
from fixtures.claims import NotApplicable, NotProven
from fixtures.drill_run import DrillRun
from fixtures.events import now
from fixtures.source import Copy, Origin
from fixtures.times import seconds


@pytest.mark.after_proofs
def test_times_and_data_loss_meet_their_objectives(
    writable_copy: Copy, newest_commit: datetime | None, source: Origin, drill_run: DrillRun
) -> None:
    """Times and data loss are within the objectives."""
    wanted = drill_run.run.settings.objectives
    began = drill_run.began
    assert began is not None

    def span(name: str, until: datetime | None, objective: float | None) -> Measurement:
        if until is None:
            return Measurement(name, None, objective, "the drill moved no clients")
        return Measurement(name, (until - began).total_seconds(), objective, source.notes)

    measured = [
        span(objectives.TIME_TO_WRITABLE, drill_run.writable_at, seconds(wanted.time_to_writable)),
        span(objectives.TIME_TO_PROVEN, now(), seconds(wanted.time_to_proven)),
        span(objectives.TIME_TO_SERVICE, drill_run.in_service_at, seconds(wanted.time_to_service)),
        objectives.measure_data_loss(source.asked_at, newest_commit, seconds(wanted.data_loss)),
    ]
    for one in measured:
        drill_run.measure(one.name, one.seconds, one.objective, one.note)

    judgement = objectives.judge(measured)
    findings = list(judgement.findings)

    assert findings == []
    if all(one.objective is None for one in measured):
        raise NotApplicable("there is no [objectives]")
    if judgement.not_proven:
        raise NotProven("; ".join(judgement.not_proven))
